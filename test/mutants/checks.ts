/** The checks that a planted bug has to get past, each run in a copy of the repository. */
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { runNode } from '../simulation/run-node.ts';
import type { Finding } from './hunt.ts';

export interface Verdict {
  readonly passed: boolean;
  /** What was found, in one line. */
  readonly what: string;
}
export type Check = (folder: string) => Promise<Verdict>;

const PASSED: Verdict = { passed: true, what: '' };

/** Histories from seed 1 on, then every fault at every request of a call. */
export const simulation =
  (histories: number): Check =>
  async (folder) => {
    const run = await runNode(folder, ['test/mutants/hunt.ts', String(histories)]);
    if (run.status === 0) return PASSED;
    const finding = parse<Finding>(run.output.trim().split('\n').at(-1) ?? '');
    const what = finding ? `${finding.invariant}, ${finding.where}: ${finding.what}` : run.how;
    return { passed: false, what: `simulation: ${what}` };
  };

interface JestReport {
  readonly numFailedTestSuites: number;
  readonly testResults: readonly {
    readonly name: string;
    readonly status: string;
    readonly assertionResults: readonly { readonly status: string; readonly fullName: string }[];
  }[];
}

/** The tests of steps and rules, which take seconds; then those that need emulators, and those of the house. */
export const stepTests: Check = (folder) => tests(folder, ['test/lambdas/(?!shared/(adapters|contracts))']);
export const adapterTests: Check = (folder) =>
  tests(folder, ['test/lambdas/shared/(adapters|contracts)', 'test/house']);
/** Those that run each deployed function with the template's environment. */
export const wiringTests: Check = (folder) => tests(folder, ['test/wiring']);
/** Those of what is deployed: resources, rights, alarms. */
export const deploymentTests: Check = (folder) => tests(folder, ['test/lib']);

/** Runs the tests up to the first that fails, and then that one once more: what fails once in a while proves nothing. */
async function tests(folder: string, patterns: readonly string[]): Promise<Verdict> {
  for (let attempt = 0; attempt < 3; attempt++) {
    const first = await failure(folder, patterns);
    if (first === undefined) return PASSED;
    const again = await failure(folder, [first.file]);
    if (again !== undefined) return { passed: false, what: again.what };
  }
  return { passed: false, what: 'tests: fail now and then' };
}

interface Failure {
  /** From the copy's root. */
  readonly file: string;
  readonly what: string;
}

async function failure(folder: string, patterns: readonly string[]): Promise<Failure | undefined> {
  const reportFile = join(folder, 'jest-report.json');
  rmSync(reportFile, { force: true });
  const run = await runNode(folder, [
    'node_modules/jest/bin/jest.js',
    ...['--ci', '--runInBand', '--bail=1', '--json', `--outputFile=${reportFile}`],
    // Beside the copy, so that it goes with it.
    `--cacheDirectory=${join(folder, '.jest-cache')}`,
    ...patterns,
  ]);
  if (run.status === 0) return undefined;
  const report = existsSync(reportFile) ? parse<JestReport>(readFileSync(reportFile, 'utf8')) : undefined;
  const file = report?.testResults.find(({ status }) => status === 'failed');
  if (!file) return { file: '', what: `tests: ${run.how}` };
  const name = file.assertionResults.find(({ status }) => status === 'failed')?.fullName ?? 'does not load';
  const path = file.name.slice(file.name.indexOf('test/'));
  return { file: path, what: `${path}: ${name}` };
}

function parse<Value>(text: string): Value | undefined {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
