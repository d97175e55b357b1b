/** Counts what is outstanding, for the dashboard and the alarm on copies that are late. */
import type { Deletions } from '../shared/contract/settings.ts';
import type { StepPorts } from '../shared/ports/step-ports.ts';
import type { DueCandidate, DueCursor } from '../shared/ports/table.ts';
import { dueShards } from '../shared/rules/table/due-shard.ts';
import { type Instant, SECOND } from '../shared/rules/values/instant.ts';

export interface BacklogDependencies extends Pick<StepPorts, 'table' | 'clock' | 'log'> {
  readonly deletions: Deletions;
}

/** Later than any date in the table. */
export const EVER: Instant = Date.parse('9999-12-31T23:59:59.999Z');
/** A backlog beyond so many pages of a shard is not counted to its end: it is large enough to be seen. */
const PAGES_MAX = 20;
/** Nor is one that takes longer: the time of the run is for what is due. */
const BUDGET_MS = 10 * SECOND;

/** Failures are added to `failures`: a missing figure raises the alarm on errors. */
export async function measureBacklog(deps: BacklogDependencies, failures: unknown[]): Promise<void> {
  try {
    const copies = (await waitingByShard(deps, 'copy', EVER)).flat();
    const now = deps.clock.now();
    const oldest = Math.min(now, ...copies.map(({ completedAt }) => completedAt ?? now));
    deps.log.measure('CopiesOutstanding', copies.length);
    deps.log.measure('OldestCopySeconds', (now - oldest) / SECOND);
    // Where deletions are carried out, the sweep itself counts those that are due.
    if (deps.deletions !== 'on') await measureHeldDeletions(deps, now);
  } catch (error) {
    failures.push(error);
  }
}

/** Paused for a while means a pause that somebody may have forgotten; `never` is meant so. */
async function measureHeldDeletions(deps: BacklogDependencies, now: Instant): Promise<void> {
  const shards = await waitingByShard(deps, 'delete', now);
  deps.log.measure('DeletionsDue', shards.flat().length);
  if (deps.deletions !== 'paused') return;
  // The first of each partition has been due for longest. The index does not say since when: the row does.
  const rows = await Promise.all(
    shards.map(async ([first]) => {
      if (first?.recordingSid === undefined) return undefined;
      return deps.table.read({ kind: 'recording', callSid: first.callSid, recordingSid: first.recordingSid });
    }),
  );
  const dues = rows.flatMap((row) => (row?.waiting?.next === 'delete' ? [row.waiting.due] : []));
  deps.log.measure('OldestDueDeletionSeconds', (now - Math.min(now, ...dues)) / SECOND);
}

const waitingByShard = (deps: BacklogDependencies, next: 'copy' | 'delete', until: Instant) =>
  Promise.all(dueShards(next).map((shard) => waitingIn(deps, shard, until)));

async function waitingIn(
  { table, clock }: BacklogDependencies,
  shard: string,
  until: Instant,
): Promise<DueCandidate[]> {
  const waiting: DueCandidate[] = [];
  let cursor: DueCursor | undefined;
  const stopAt = clock.now() + BUDGET_MS;
  for (let pages = 0; pages < PAGES_MAX && clock.now() < stopAt; pages++) {
    const page = await table.due(shard, until, cursor);
    waiting.push(...page.candidates);
    cursor = page.next;
    if (cursor === undefined) break;
  }
  return waiting;
}
