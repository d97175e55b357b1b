/** Announces the pending events of calls and recordings on the event bus, at least once each, however long the bus was out. */
import { pMapSettled } from 'p-map';
import { EVENT_DETAIL_TYPES } from '../shared/contract/events.ts';
import type { EventBus, OutgoingEvent } from '../shared/ports/event-bus.ts';
import type { Log } from '../shared/ports/log.ts';
import type { StepPorts } from '../shared/ports/step-ports.ts';
import type { DueCursor, EventRowKey } from '../shared/ports/table.ts';
import { changeRow } from '../shared/rows/change-row.ts';
import { type Part, pendingEventsShards, shardsOfPart } from '../shared/rules/table/due-shard.ts';
import { detailOf, withoutAnnounced } from '../shared/rules/table/events.ts';
import type { RecorderEvent } from '../shared/rules/table/recorder-event.ts';
import type { EventRow } from '../shared/rules/table/rows.ts';
import { SECOND } from '../shared/rules/values/instant.ts';

export interface AnnounceDependencies extends StepPorts {
  /** Of the deployment, so that those who listen can tell several apart. */
  readonly stage: string;
  readonly bus: EventBus;
}

/** Ends within the function's time-out, a slow request included; the rest is for the next run. */
const BUDGET_MS = 35 * SECOND;
/** EventBridge takes ten events a request; as many rows of a partition are read at a time. */
const BATCH = 10;

/** A pending event, and the row that it is in. */
interface Pending {
  readonly row: EventRow;
  readonly event: RecorderEvent;
}

/**
 * One run of the schedule. A partition that fails, or an event that is refused, does not hold up the others.
 *
 * @param part - where several run at once
 */
export async function announce(deps: AnnounceDependencies, part?: Part): Promise<void> {
  const until = deps.clock.now() + BUDGET_MS;
  const failures: unknown[] = [];
  let announced = 0;
  const fail = (failure: unknown) => void failures.push(failure);
  const add = (count: number) => {
    announced += count;
  };
  const shards = shardsOfPart(pendingEventsShards(), part);
  await Promise.all(shards.map((shard) => announceShard(deps, shard, until, add, fail).catch(fail)));
  if (announced > 0) {
    deps.log.count('EventAnnounced', announced);
    deps.log.info('Events told to the event bus', { event: 'announced', count: announced });
  }
  if (failures.length > 0) throw new AggregateError(failures, `${failures.length} times events could not be told.`);
}

async function announceShard(
  deps: AnnounceDependencies,
  shard: string,
  until: number,
  add: (count: number) => void,
  fail: (failure: unknown) => void,
): Promise<void> {
  let cursor: DueCursor | undefined;
  do {
    const page = await deps.table.pendingEvents(shard, cursor);
    // The index may be stale: the row itself says what is pending.
    const read = await pMapSettled(page.keys, (key) => deps.table.read(key), { concurrency: BATCH });
    for (const one of read) if (one.status === 'rejected') fail(one.reason);
    const pending = read.flatMap((one) => (one.status === 'fulfilled' ? pendingOf(one.value) : []));
    for (let start = 0; start < pending.length; start += BATCH) {
      if (deps.clock.now() >= until) return;
      add(await announceBatch(deps, pending.slice(start, start + BATCH), fail));
    }
    cursor = page.next;
  } while (cursor !== undefined && deps.clock.now() < until);
}

/**
 * Sends first, then removes from the rows: after a crash between the two an event is sent once more. Only what was accepted
 * is removed.
 *
 * @returns how many were accepted.
 */
async function announceBatch(
  deps: AnnounceDependencies,
  batch: readonly Pending[],
  fail: (failure: unknown) => void,
): Promise<number> {
  const refusals = await deps.bus.put(batch.map(({ row, event }) => outgoing(row, event, deps.stage)));
  const acceptedIds = new Map<EventRow, Set<string>>();
  for (const [index, { row, event }] of batch.entries()) {
    if (index in refusals && refusals[index] === undefined) {
      acceptedIds.set(row, (acceptedIds.get(row) ?? new Set()).add(event.id));
      continue;
    }
    logRefusal(deps.log, row, event, refusals[index]);
    fail(new Error('The event bus refused an event.'));
  }
  // What stays in its row is sent once more.
  await Promise.all([...acceptedIds].map(([row, ids]) => remove(deps, row, ids).catch(fail)));
  return [...acceptedIds.values()].reduce((sum, { size }) => sum + size, 0);
}

const pendingOf = (row: EventRow | undefined): Pending[] => row?.pendingEvents?.map((event) => ({ row, event })) ?? [];

const outgoing = (row: EventRow, event: RecorderEvent, stage: string): OutgoingEvent => ({
  detailType: EVENT_DETAIL_TYPES[event.kind],
  at: event.at,
  detail: detailOf(row, event, stage),
});

function logRefusal(log: Log, row: EventRow, { kind }: RecorderEvent, reason: string | undefined): void {
  log.warn('The event bus refused an event, it is told again', {
    event: 'event_refused',
    callSid: row.callSid,
    recordingSid: row.kind === 'recording' ? row.recordingSid : undefined,
    eventKind: kind,
    reason,
  });
}

async function remove(deps: AnnounceDependencies, row: EventRow, announced: ReadonlySet<string>): Promise<void> {
  await changeRow(deps, keyOf(row), (known) =>
    known?.pendingEvents?.some(({ id }) => announced.has(id)) ? withoutAnnounced(known, announced) : undefined,
  );
}

const keyOf = (row: EventRow): EventRowKey =>
  row.kind === 'recording'
    ? { kind: 'recording', callSid: row.callSid, recordingSid: row.recordingSid }
    : row.kind === 'erasure'
      ? { kind: 'erasure', callSid: row.callSid, id: row.id }
      : { kind: row.kind, callSid: row.callSid };
