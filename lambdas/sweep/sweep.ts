/** Puts on its queue whatever is due: what a lost message, a crash or an outage left behind, and each day's deletions. */
import { pMapSettled } from 'p-map';
import { NEXT, type Next } from '../shared/contract/table.ts';
import type { EraseMessage, Queue, RecordingMessage, StartMessage } from '../shared/ports/queues.ts';
import type { StepPorts } from '../shared/ports/step-ports.ts';
import type { DueCandidate, DueCursor } from '../shared/ports/table.ts';
import { changeRow } from '../shared/rows/change-row.ts';
import { REPORT_AGAIN_MS } from '../shared/rules/recording/awaited-report.ts';
import { dueShards, type Part, shardsOfPart } from '../shared/rules/table/due-shard.ts';
import type { ErasureRow } from '../shared/rules/table/kept-rows.ts';
import type { CallRow, RecordingRow } from '../shared/rules/table/rows.ts';
import { MINUTE, SECOND } from '../shared/rules/values/instant.ts';
import { type BacklogDependencies, measureBacklog } from './backlog.ts';
import { measureReconcileAge } from './reconcile-age.ts';
import { measureUnrecorded } from './unrecorded.ts';

export interface SweepDependencies extends StepPorts, BacklogDependencies {
  readonly startQueue: Queue<StartMessage>;
  readonly copyQueue: Queue<RecordingMessage>;
  readonly deleteQueue: Queue<RecordingMessage>;
  readonly eraseQueue: Queue<EraseMessage>;
}

/**
 * What has been put on its queue is looked at again after this long, so that a backlog is not queued anew by every
 * sweep. A call waits for its recording, so its turn comes sooner.
 */
const LOOK_AGAIN_MS: { readonly [next in Next]: number } = {
  stream: MINUTE,
  start: MINUTE,
  copy: 10 * MINUTE,
  report: REPORT_AGAIN_MS,
  delete: 30 * MINUTE,
  erase: 10 * MINUTE,
};

/** Rows taken up concurrently, in each of eight partitions: more would wait for the environment's share of a processor. */
const AT_ONCE = { concurrency: 10 };

/** Rows that wait for something. */
type WaitingRow = CallRow | RecordingRow | ErasureRow;

/** Ends well within the function's time-out; the rest is for the next sweep. */
const BUDGET_MS = 45_000;

/**
 * One run of the schedule. What fails, be it a partition or a row, does not keep the others from being swept.
 *
 * @param part - where several run at once; the first of them measures
 */
export async function sweep(deps: SweepDependencies, part?: Part): Promise<void> {
  const until = deps.clock.now() + BUDGET_MS;
  const failures: unknown[] = [];
  if (part === undefined || part.part === 0) {
    // First, so that nothing that takes long or fails keeps a person from being called.
    await measureUnrecorded(deps, failures);
    // Then, so that what uses up the time of a run does not hide how much is left, and for how long.
    await measureBacklog(deps, failures);
    await measureReconcileAge(deps, failures);
  }
  for (const next of NEXT) {
    if (next === 'delete' && deps.deletions !== 'on') continue;
    const shards = shardsOfPart(dueShards(next), part);
    const swept = await Promise.all(shards.map((shard) => sweepShard(deps, next, shard, until, failures)));
    const count = swept.reduce((sum, one) => sum + one.count, 0);
    const untakenSeconds = Math.max(0, ...swept.map(({ untakenMs }) => untakenMs)) / SECOND;
    if (next === 'copy') deps.log.measure('OldestUntakenCopySeconds', untakenSeconds);
    if (next === 'delete') deps.log.measure('OldestDueDeletionSeconds', untakenSeconds);
    if (next === 'delete') deps.log.measure('DeletionsDue', count);
    if (count === 0) continue;
    deps.log.count('Swept', count);
    deps.log.info('Due work put on its queue', { event: 'swept', queue: next, count });
  }
  if (failures.length > 0) {
    throw new AggregateError(failures, `${failures.length} requests failed; the next sweep finds what is left.`);
  }
}

/** What has become of a partition. */
interface Swept {
  /** Rows that were put on their queue. */
  readonly count: number;
  /** For how long the oldest of them has been put there in vain. */
  readonly untakenMs: number;
}

/** Whatever fails is added to `failures`. */
async function sweepShard(
  deps: SweepDependencies,
  next: Next,
  shard: string,
  until: number,
  failures: unknown[],
): Promise<Swept> {
  let count = 0;
  let untakenMs = 0;
  let cursor: DueCursor | undefined;
  try {
    do {
      const page = await deps.table.due(shard, deps.clock.now(), cursor);
      const taken = await pMapSettled(page.candidates, (candidate) => take(deps, next, candidate), AT_ONCE);
      failures.push(...taken.filter((one) => one.status === 'rejected').map(({ reason }) => reason));
      const due = taken.filter((one) => one.status === 'fulfilled').flatMap(({ value }) => value ?? []);
      await enqueue(deps, next, due);
      count += due.length;
      const now = deps.clock.now();
      untakenMs = Math.max(untakenMs, ...due.map(({ waiting }) => now - (waiting?.queuedSince ?? now)));
      cursor = page.next;
    } while (cursor !== undefined && deps.clock.now() < until);
  } catch (error) {
    failures.push(error);
  }
  return { count, untakenMs };
}

/**
 * The index may be stale: the row itself decides. The next look is put off before the message goes out, so that of two
 * sweeps only one sends it; a crash between the two costs that one pause, not the work.
 */
async function take(deps: SweepDependencies, next: Next, candidate: DueCandidate): Promise<WaitingRow | undefined> {
  const { row, changed } = await changeRow(deps, keyOf(candidate), (known) => {
    const now = deps.clock.now();
    if (known?.waiting?.next !== next || known.waiting.due > now) return undefined;
    // A worker that takes the row up writes what it waits for anew, without this.
    const { queuedSince = now } = known.waiting;
    return { ...known, waiting: { next, due: now + LOOK_AGAIN_MS[next], queuedSince } };
  });
  return changed ? row : undefined;
}

async function enqueue(deps: SweepDependencies, next: Next, rows: readonly WaitingRow[]): Promise<void> {
  if (rows.length === 0) return;
  if (next === 'erase') return deps.eraseQueue.sendAll(rows.flatMap(eraseMessageOf));
  const calls = rows.filter((row) => row.kind === 'call');
  const recordings = rows.filter((row) => row.kind === 'recording');
  if (calls.length > 0) {
    await deps.startQueue.sendAll(calls.map(messageOf));
  }
  if (recordings.length > 0) {
    // What asks for a report copies what is complete.
    const queue = next === 'delete' ? deps.deleteQueue : deps.copyQueue;
    await queue.sendAll(recordings.map(({ callSid, recordingSid }) => ({ callSid, recordingSid })));
  }
}

const eraseMessageOf = (row: WaitingRow): EraseMessage[] => {
  if (row.kind === 'erasure') return [{ callSid: row.callSid, erasure: row.id }];
  return row.kind === 'recording' ? [{ callSid: row.callSid, recordingSid: row.recordingSid }] : [];
};

/** A call whose stream has started is to be recorded. What has become of any other is looked up. */
const messageOf = ({ callSid, streamSid, startedAt }: CallRow): StartMessage =>
  startedAt === undefined ? { callSid, lookUp: true } : { callSid, startedAt, ...(streamSid && { streamSid }) };

function keyOf({ callSid, recordingSid, erasure }: DueCandidate) {
  if (erasure !== undefined) return { kind: 'erasure', callSid, id: erasure } as const;
  return recordingSid === undefined
    ? ({ kind: 'call', callSid } as const)
    : ({ kind: 'recording', callSid, recordingSid } as const);
}
