/** The simulation's command, as tests run it. */
import { join } from 'node:path';
import { type NodeRun, runNode } from './run-node.ts';

export const ROOT = join(import.meta.dirname, '..', '..');
export const MAIN = 'test/simulation/main.ts';

export const simulate = (...args: readonly string[]): Promise<NodeRun> => simulateIn(ROOT, ...args);

/** @param folder the repository, or a copy of it */
export const simulateIn = (folder: string, ...args: readonly string[]): Promise<NodeRun> =>
  runNode(folder, [MAIN, '--threads', '2', ...args]);

/** The line of the summary that begins with `label`, without it. */
export function summary(output: string, label: string): string | undefined {
  const line = output.split('\n').find((one) => one.startsWith(label));
  return line?.slice(label.length).trim();
}
