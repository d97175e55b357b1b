import { spawn } from 'node:child_process';

/**
 * Runs a program of the benchmark to its end. @returns what it wrote to file descriptor 3, as JSON.
 *
 * @throws Error with the end of its output where it failed or wrote nothing
 */
export async function runProgram<Report>(program: string, given: object, env: NodeJS.ProcessEnv): Promise<Report> {
  const child = spawn(process.execPath, [program, JSON.stringify(given)], {
    env,
    stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
  });
  let [output, report] = ['', ''];
  const [, stdout, stderr, result] = child.stdio;
  for (const stream of [stdout, stderr]) {
    stream?.on('data', (text) => {
      output = `${output}${text}`.slice(-1_000_000);
    });
  }
  result?.on('data', (text) => {
    report += text;
  });
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  if (code !== 0 || report === '') throw new Error(`${program} failed:\n${shortened(output)}`);
  return JSON.parse(report) as Report;
}

/** A bundle's stack trace quotes the bundle, which is one line of half a megabyte. */
const shortened = (output: string): string =>
  output
    .split('\n')
    .map((line) => line.slice(0, 300))
    .slice(-12)
    .join('\n');
