/** Row 17: how long one waits for the first call, and what the tests take. */
import { execFile, spawn } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { BenchContext, Group } from '../group.ts';
import { atMost, interleave, type Measurement, measured, pairedRatios, spread } from '../report/measurement.ts';

export const commands: Group = { name: 'commands', rows: [17], run };

const exec = promisify(execFile);
const TESTS_MINUTES_MAX = 10;

async function run(context: BenchContext): Promise<readonly Measurement[]> {
  context.tell('npm start and cdk synth');
  const variants = { baseline: () => synthesis(context), ours: () => firstCall(context) };
  const { baseline, ours } = await interleave(context.quick ? 1 : 3, variants);
  const first = measured({
    row: 17,
    of: 'npm start',
    baseline: `${spread(baseline).median.toFixed(1)} s`,
    ours: `${spread(ours).median.toFixed(1)} s`,
    ratio: pairedRatios(ours, baseline),
    goal: atMost(1.5),
  });
  if (context.quick) return [first];
  context.tell('npm test');
  return [first, await tests(context)];
}

/** Seconds that `cdk synth` takes. */
async function synthesis({ root, directory }: BenchContext): Promise<number> {
  const output = join(directory, 'cdk.out');
  const cdk = join(root, 'node_modules', 'aws-cdk', 'bin', 'cdk');
  const begun = performance.now();
  await exec(process.execPath, [cdk, 'synth', '--quiet', '--output', output], { cwd: root });
  const seconds = (performance.now() - begun) / 1000;
  rmSync(output, { recursive: true });
  return seconds;
}

/** Seconds from the start of local mode until Twilio has its instructions for a call. */
async function firstCall({ root, directory }: BenchContext): Promise<number> {
  const data = join(directory, 'local');
  const begun = performance.now();
  const child = spawn(process.execPath, [join(root, 'local', 'main.ts'), '--port', '0', '--data', data], {
    cwd: root,
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  let output = '';
  const seconds = await new Promise<number>((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code) => reject(new Error(`Local mode ended with ${code}:\n${output}`)));
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      output += text;
      if (/fetched TwiML .*\(200\)/.test(output)) resolve((performance.now() - begun) / 1000);
    });
  });
  child.kill('SIGINT');
  await exited;
  rmSync(data, { recursive: true, force: true });
  return seconds;
}

/** CPU time of `npm test` with all that it starts, as the shell counts it. */
async function tests({ root }: BenchContext): Promise<Measurement> {
  const begun = performance.now();
  const script = 'npm test >"$0" 2>&1; echo "exit $?"; times';
  const { stdout } = await exec('sh', ['-c', script, '/dev/null'], { cwd: root, timeout: 15 * 60_000 });
  const minutes = cpuMinutes(stdout);
  const passed = /^exit 0$/m.test(stdout);
  return measured({
    row: 17,
    of: 'npm test, CPU minutes',
    baseline: '-',
    ours: minutes.toFixed(1),
    ratio: spread([minutes]),
    goal: atMost(TESTS_MINUTES_MAX),
    note: `the goal is in minutes; ${((performance.now() - begun) / 60_000).toFixed(1)} on the clock; the tests ${passed ? 'passed' : 'did not all pass'}`,
  });
}

/** The shell's `times` ends with what its children took: `1m2.345s 0m6.789s`, user and system. */
export function cpuMinutes(times: string): number {
  const last = times.trim().split('\n').at(-1) ?? '';
  const parts = [...last.matchAll(/(\d+)m([\d.]+)s/g)].map(
    ([, minutes, seconds]) => Number(minutes) + Number(seconds) / 60,
  );
  if (parts.length !== 2) throw new Error(`The shell's times cannot be read: ${last}`);
  return parts.reduce((sum, part) => sum + part, 0);
}
