/** Compares Twilio's lists of calls and of recordings with the table, and takes in what it does not know. */
import { changeRow } from '../shared/rows/change-row.ts';
import {
  beginMemory,
  isFullDue,
  type PassKind,
  progressOf,
  withLeft,
} from '../shared/rules/reconcile/reconcile-memory.ts';
import type { ReconcileRow } from '../shared/rules/table/rows.ts';
import { isRecordingSid } from '../shared/rules/values/sids.ts';
import { accountAgain, callList, type NumbersOfRun, numbersOfRun } from './calls.ts';
import { isUnreadable, placeOfRun, runPass } from './pass.ts';
import { handOverStopped } from './pieces.ts';
import { recordingList, takeInAgain } from './recordings.ts';
import { beginRun, hasTime, type List, type PassOutcome, type ReconcileDependencies, type Run } from './run.ts';

export type { ReconcileDependencies } from './run.ts';

/**
 * One run of the schedule: what is new first, then, once a day, all of the window. A pass that does not come to its end in this run
 * goes to the queue, and the next run begins the one after it. What fails keeps nothing else from being compared, and the window stays for it.
 */
export async function reconcile(deps: ReconcileDependencies): Promise<void> {
  const begun = deps.clock.now();
  // The first run begins the memory before it asks Twilio, so that no failure of later runs can move the window on.
  const { row: memory } = await changeRow(deps, { kind: 'reconcile' }, (known) =>
    known ? undefined : beginMemory(begun),
  );
  const run = beginRun(deps, memory?.left);
  const numbers = numbersOfRun(deps);
  await askAgain(run, numbers);
  // A call is noted before its recordings are looked at: they are taken in where their call has a row.
  const lists = [callList(run, numbers), recordingList(run)];
  const stopped = await goOver(
    run,
    (['fresh', 'full'] as const).flatMap((kind) => lists.map((list) => ({ list, kind }))),
  );
  await handOverStopped(run, stopped);
  await tell(run);
  if (run.failures.length > 0) {
    throw new AggregateError(run.failures, `${run.failures.length} requests failed; the next run does what is left.`);
  }
}

interface Job {
  readonly list: List;
  readonly kind: PassKind;
}

/**
 * Each pass gets its share of the time that is left, so that none waits for another for ever.
 *
 * @returns those that have not come to their end
 */
async function goOver(run: Run, jobs: readonly Job[]): Promise<readonly Job[]> {
  const { clock } = run.deps;
  const stopped: Job[] = [];
  for (const [index, job] of jobs.entries()) {
    const now = clock.now();
    run.until = now + (run.end - now) / (jobs.length - index);
    if ((await compare(run, job)) === 'stopped') stopped.push(job);
  }
  return stopped.length > 0 && clock.now() < run.end ? goOver(run, stopped) : stopped;
}

async function compare(run: Run, { list, kind }: Job): Promise<PassOutcome> {
  const { table, clock } = run.deps;
  try {
    const progress = progressOf((await table.read({ kind: 'reconcile' })) as ReconcileRow, list.name);
    if (kind === 'full' && !isFullDue(progress, clock.now())) return 'done';
    const outcome = await runPass(run, list, placeOfRun(kind), progress);
    // What has come in since an earlier run began the pass is new.
    return outcome === 'done' && kind === 'fresh' && progress.fresh ? 'stopped' : outcome;
  } catch (error) {
    run.failures.push(error);
    return 'failed';
  }
}

/** Entries that could not be read, one by one: they may be readable by now, or their rows repaired. */
async function askAgain(run: Run, numbers: NumbersOfRun): Promise<void> {
  for (const sid of run.left) {
    if (!hasTime(run)) return;
    try {
      await (isRecordingSid(sid) ? takeInAgain(run.deps, sid) : accountAgain(run, numbers, sid));
      run.left.delete(sid);
      run.settled.add(sid);
    } catch (error) {
      if (!isUnreadable(error)) run.failures.push(error);
    }
  }
}

async function tell({ deps, left, settled, unnamed }: Run): Promise<void> {
  await changeRow(deps, { kind: 'reconcile' }, (memory) => {
    const known = new Set(memory?.left);
    const isNew = [...left].some((sid) => !known.has(sid)) || [...settled].some((sid) => known.has(sid));
    return memory && isNew ? withLeft(memory, left, settled) : undefined;
  });
  const count = left.size + unnamed;
  if (count === 0) return;
  deps.log.count('ReconcileLeft', count);
  const [first = ''] = left;
  deps.log.error("Entries of Twilio's lists could not be read", { event: 'list_unreadable', count, key: first });
}
