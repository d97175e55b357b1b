/** One thread of a simulation: runs the seeds it is given and reports in portions. */
import { parentPort, workerData } from 'node:worker_threads';
import { addDraws, type DrawCounts } from './faults/drawn.ts';
import { addCoverage, type Coverage, runHistory } from './history.ts';
import type { Violation } from './judge/invariant.ts';

export interface Share {
  readonly first: number;
  readonly count: number;
  /** Every so many seeds is this thread's. */
  readonly stride: number;
}

export interface Portion {
  readonly histories: number;
  readonly requests: number;
  readonly virtualMs: number;
  readonly recordings: number;
  /** Equal for equal seeds, whatever the number of threads. */
  readonly hash: number;
  readonly coverage: Coverage;
  readonly draws: DrawCounts;
  readonly failures: readonly { readonly seed: number; readonly violations: readonly Violation[] }[];
}

const PORTION = 200;

async function run({ first, count, stride }: Share): Promise<void> {
  // Stacks cost a tenth of the time, and nobody reads them here.
  Error.stackTraceLimit = 0;
  for (let done = 0; done < count; ) {
    const coverage: Coverage = new Map();
    const draws: DrawCounts = new Map();
    const portion = { histories: 0, requests: 0, virtualMs: 0, recordings: 0, hash: 0 };
    const failures: { seed: number; violations: readonly Violation[] }[] = [];
    for (; done < count && portion.histories < PORTION; done++) {
      const history = await runHistory({ seed: first + done * stride });
      portion.histories += 1;
      portion.virtualMs += history.virtualMs;
      portion.recordings += history.recordings;
      portion.hash ^= history.hash;
      for (const requests of history.sites.values()) portion.requests += requests;
      addCoverage(coverage, history);
      addDraws(draws, history.draws);
      if (history.violations.length > 0) failures.push({ seed: history.seed, violations: history.violations });
    }
    parentPort?.postMessage({ ...portion, coverage, draws, failures } satisfies Portion);
  }
}

await run(workerData as Share);
