/** Finds a short list of faults that still breaks what a failing history broke. */

import type { Fault } from './faults/faults.ts';
import { listedPlan } from './faults/faults.ts';
import { type History, runHistory } from './history.ts';

/** Runs that a shrinking may take; a long list is halved first, so that this is plenty. */
const RUNS_MAX = 400;

/**
 * Leaves faults out, in ever smaller groups, as long as the same invariant stays broken.
 *
 * @returns the shortest failing history found; its `faults` are the list.
 */
export async function shrink(failing: History): Promise<History> {
  const wanted = new Set(failing.violations.map(({ invariant }) => invariant));
  const fails = (history: History) => history.violations.some(({ invariant }) => wanted.has(invariant));
  const run = (faults: readonly Fault[]) => runHistory({ seed: failing.seed, plan: listedPlan(faults) });

  let runs = 1;
  let shortest = await run(failing.faults);
  // Latencies may shift where faults are listed instead of drawn; then there is nothing to shrink.
  if (!fails(shortest)) return failing;
  for (let size = Math.ceil(shortest.faults.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let start = 0; start < shortest.faults.length && runs < RUNS_MAX; ) {
      const fewer = shortest.faults.filter((_, index) => index < start || index >= start + size);
      const history = await run(fewer);
      runs += 1;
      if (fails(history) && history.faults.length < shortest.faults.length) shortest = history;
      else start += size;
    }
  }
  return shortest;
}
