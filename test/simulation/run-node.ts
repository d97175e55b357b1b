/** Runs the simulation, or a check, as a process of its own: Node takes TypeScript as it is. */
import { spawn } from 'node:child_process';

/** Far longer than any run takes; what does not end is ended. */
const LIMIT_MS = 9 * 60_000;

export interface NodeRun {
  readonly status: number | null;
  readonly output: string;
  /** How it ended, in one line. */
  readonly how: string;
}

/** Runs Node with `args` in `folder`, to its end. */
export function runNode(folder: string, args: readonly string[]): Promise<NodeRun> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, args, { cwd: folder, timeout: LIMIT_MS, killSignal: 'SIGKILL' });
    let output = '';
    let errors = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      errors += text;
    });
    child.once('error', reject);
    child.once('close', (status) => {
      const error = errors.split('\n').find((line) => /\w*Error\b/.test(line)) ?? `ended with ${status}`;
      resolve({ status, output, how: status === null ? 'did not come to an end' : error.trim() });
    });
  });
}
