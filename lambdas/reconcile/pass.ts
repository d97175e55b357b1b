/** A pass over one of Twilio's lists: page by page from the newest entry back, kept in the memory as it goes. */
import { pMapSettled } from 'p-map';
import { credentialsRenewed } from '../shared/entry/renew-credentials.ts';
import type { Refusal } from '../shared/ports/twilio.ts';
import { changeRow } from '../shared/rows/change-row.ts';
import type { ListPass, ListProgress } from '../shared/rules/reconcile/list-progress.ts';
import {
  beginAgain,
  beginPass,
  continuePass,
  endPass,
  failedAt,
  hasRoomFor,
  heldUp,
  type ListName,
  type PassKind,
  progressOf,
  unnamed,
  withLeft,
  withProgress,
} from '../shared/rules/reconcile/reconcile-memory.ts';
import { UnreadableRow } from '../shared/rules/table/unreadable-row.ts';
import { type Instant, SECOND, toIso } from '../shared/rules/values/instant.ts';
import {
  type EntriesPage,
  type Entry,
  hasTime,
  type List,
  type PassOutcome,
  type Run,
  UnreadableEntry,
} from './run.ts';

/** Entries compared concurrently: one after the other, an hour of many calls would outlast the run's time. */
const AT_ONCE = { concurrency: 25 };

/** Attempts at one page, with pauses of 1, 2, 4 and 8 seconds. */
const ATTEMPTS_MAX = 5;

/** Where a pass stands in the memory. */
export interface Place {
  readonly kind: PassKind;
  of(progress: ListProgress): ListPass | undefined;
  continued(progress: ListProgress, pass: ListPass): ListProgress;
  ended(progress: ListProgress, pass: ListPass): ListProgress;
}

/** That of a pass of the schedule: each list has one of each kind. */
export const placeOfRun = (kind: PassKind): Place => ({
  kind,
  of: (progress) => progress[kind],
  continued: (progress, pass) => continuePass(progress, kind, pass),
  ended: (progress, pass) => endPass(progress, kind, pass),
});

/** Goes over a page at least, however little time there is. What fails is added to the run's failures. */
export async function runPass(run: Run, list: List, place: Place, progress: ListProgress): Promise<PassOutcome> {
  const { clock } = run.deps;
  const { kind } = place;
  let pass = place.of(progress) ?? beginPass(progress, kind, clock.now());
  let isWhereStopped = pass.page !== undefined;
  let reading = readPage(run, list, pass);
  let count = 0;
  for (;;) {
    const reply = await reading;
    if (reply.kind !== 'page') {
      if (!isWhereStopped) return fail(run, list, pass, reply.reason);
      // Perhaps Twilio does not know the place any more where an earlier run has stopped.
      isWhereStopped = false;
      pass = beginAgain(pass, clock.now());
      reading = readPage(run, list, pass);
      continue;
    }
    isWhereStopped = false;
    const next = nextPage(reply, kind, pass);
    const goesOn = next !== undefined && hasTime(run);
    // Twilio makes the next page while this one is compared.
    if (goesOn) reading = unobserved(readPage(run, list, { ...pass, page: next }));
    const settled = await settlePage(run, pass, reply);
    pass = settled.pass;
    count += settled.count;
    if (reply.isCut) {
      const again = beginAgain(pass, clock.now());
      await save(run, list.name, (known) => place.continued(known, again));
      return fail(run, list, pass, 'where its next page begins cannot be read');
    }
    if (next === undefined) {
      await list.end();
      await end(run, list, place, pass, count);
      return 'done';
    }
    const reached = { ...pass, page: next };
    pass = reached;
    await save(run, list.name, (known) => place.continued(known, reached));
    if (!goesOn) return pause(run, list, kind, count);
  }
}

/** Where the pass goes on: a fresh one ends with the first page that has nothing new. */
const nextPage = ({ next, entries }: EntriesPage, kind: PassKind, { reachesBackTo }: ListPass): string | undefined =>
  kind === 'fresh' && isAllBefore(entries, reachesBackTo) ? undefined : next;

/** Whether it comes to be awaited or not, its failure is no surprise. */
function unobserved<Value>(promise: Promise<Value>): Promise<Value> {
  promise.catch(() => undefined);
  return promise;
}

async function end(run: Run, { name }: List, place: Place, pass: ListPass, count: number): Promise<void> {
  const { kind } = place;
  await save(run, name, (known) => place.ended(known, pass));
  const windowStart = toIso(pass.reachesBackTo);
  run.deps.log.info("Twilio's list compared with the table", {
    ...{ event: 'reconciled', list: name, pass: kind, count, windowStart },
  });
}

function pause({ deps }: Run, { name }: List, kind: PassKind, count: number): 'stopped' {
  deps.log.info('Another run continues', { event: 'reconcile_paused', list: name, pass: kind, count });
  return 'stopped';
}

function fail(run: Run, { name }: List, { reachesBackTo }: ListPass, reason: string): 'failed' {
  run.deps.log.warn("Twilio's list could not be read on", { event: 'list_failed', list: name, reason });
  run.failures.push(new Error(`Twilio's ${name} since ${toIso(reachesBackTo)} could not be listed: ${reason}.`));
  return 'failed';
}

/** Reading may be repeated, whatever became of the request. */
async function readPage(run: Run, list: List, { reachesBackTo, page }: ListPass): Promise<EntriesPage | Refusal> {
  for (let attempt = 1; ; attempt += 1) {
    const reply = await list.read(reachesBackTo, page);
    if (reply.kind === 'page') return reply;
    const mayPass = reply.kind === 'later' || reply.kind === 'doubtful' || (await credentialsRenewed(run.deps, reply));
    if (!mayPass || attempt >= ATTEMPTS_MAX || !hasTime(run)) return reply;
    await run.deps.clock.sleep(SECOND * 2 ** (attempt - 1));
  }
}

/** Settles each entry of a page. What cannot be settled holds the pass up, or is remembered; it keeps no other out. */
async function settlePage(
  run: Run,
  before: ListPass,
  page: EntriesPage,
): Promise<{ readonly pass: ListPass; readonly count: number }> {
  let pass = page.unnamed > 0 ? unnamed(before) : before;
  run.unnamed += page.unnamed;
  let count = 0;
  const results = await pMapSettled(page.entries, (entry) => entry.settle(), AT_ONCE);
  for (const [index, result] of results.entries()) {
    const entry = page.entries[index];
    if (result.status === 'fulfilled') count += result.value ? 1 : 0;
    else if (entry && isUnreadable(result.reason)) pass = leave(run, pass, entry);
    else {
      run.failures.push(result.reason);
      pass = failedAt(pass, entry?.at);
    }
  }
  return { pass, count };
}

export const isUnreadable = (error: unknown): boolean =>
  error instanceof UnreadableRow || error instanceof UnreadableEntry;

function leave(run: Run, pass: ListPass, { sid, at }: Entry): ListPass {
  if (!hasRoomFor(run.left, sid)) return heldUp(pass, at);
  run.left.add(sid);
  run.settled.delete(sid);
  return pass;
}

const isAllBefore = (entries: readonly Entry[], instant: Instant): boolean =>
  entries.length > 0 && entries.every(({ at }) => at !== undefined && at < instant);

/** With each page, so that a run that is killed loses no more than that. */
export async function save(
  { deps, left, settled }: Run,
  list: ListName,
  change: (progress: ListProgress) => ListProgress,
): Promise<void> {
  await changeRow(deps, { kind: 'reconcile' }, (memory) => {
    const known = withLeft(memory ?? { kind: 'reconcile', checkedUntil: deps.clock.now() }, left, settled);
    return withProgress(known, list, change(progressOf(known, list)));
  });
}
