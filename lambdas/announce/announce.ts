/** Tells the event bus what has become of calls and recordings, at least once each, however long the bus was out. */
import { settledAtOnce } from '../shared/at-once.ts';
import { EVENT_DETAIL_TYPES } from '../shared/contract/events.ts';
import type { Clock, Randomness } from '../shared/ports/clock.ts';
import type { EventBus, OutgoingEvent } from '../shared/ports/event-bus.ts';
import type { Log } from '../shared/ports/log.ts';
import type { DueCursor, Table, UntoldKey } from '../shared/ports/table.ts';
import { changeRow } from '../shared/rows/change-row.ts';
import { untoldShards } from '../shared/rules/table/due-shard.ts';
import { detailOf, type Happening, withoutTold } from '../shared/rules/table/events.ts';
import type { CallRow, RecordingRow } from '../shared/rules/table/rows.ts';
import { SECOND } from '../shared/rules/values/instant.ts';

export interface AnnounceDependencies {
  /** Of the deployment, so that those who listen can tell several apart. */
  readonly stage: string;
  readonly table: Table;
  readonly bus: EventBus;
  readonly clock: Clock;
  readonly randomness: Randomness;
  readonly log: Log;
}

/** Ends within the function's time-out, a slow request included; the rest is for the next run. */
const BUDGET_MS = 35 * SECOND;
/** EventBridge takes ten events a request; as many rows of a partition are read at a time. */
const BATCH = 10;

type EventRow = CallRow | RecordingRow;

/** An event that is still to be told, and the row that holds it. */
interface Untold {
  readonly row: EventRow;
  readonly happening: Happening;
}

/** One run of the schedule. A partition that fails, or an event that is refused, does not keep the others from being told. */
export async function announce(deps: AnnounceDependencies): Promise<void> {
  const until = deps.clock.now() + BUDGET_MS;
  const failures: unknown[] = [];
  let told = 0;
  const fail = (failure: unknown) => void failures.push(failure);
  const tell = (count: number) => {
    told += count;
  };
  await Promise.all(untoldShards().map((shard) => announceShard(deps, shard, until, tell, fail).catch(fail)));
  if (told > 0) {
    deps.log.count('EventAnnounced', told);
    deps.log.info('Events told to the event bus', { event: 'announced', count: told });
  }
  if (failures.length > 0) throw new AggregateError(failures, `${failures.length} times events could not be told.`);
}

async function announceShard(
  deps: AnnounceDependencies,
  shard: string,
  until: number,
  tell: (count: number) => void,
  fail: (failure: unknown) => void,
): Promise<void> {
  let cursor: DueCursor | undefined;
  do {
    const page = await deps.table.untold(shard, cursor);
    // The index may be stale: the row itself says what is untold.
    const read = await settledAtOnce(BATCH, page.keys, (key) => deps.table.read(key));
    for (const one of read) if (one.status === 'rejected') fail(one.reason);
    const untold = read.flatMap((one) => (one.status === 'fulfilled' ? untoldOf(one.value) : []));
    for (let start = 0; start < untold.length; start += BATCH) {
      if (deps.clock.now() >= until) return;
      tell(await announceBatch(deps, untold.slice(start, start + BATCH), fail));
    }
    cursor = page.next;
  } while (cursor !== undefined && deps.clock.now() < until);
}

/**
 * Tells first, takes out of the rows then: a crash between the two tells once more. Only what was accepted is taken out.
 *
 * @returns how many were accepted.
 */
async function announceBatch(
  deps: AnnounceDependencies,
  batch: readonly Untold[],
  fail: (failure: unknown) => void,
): Promise<number> {
  const refusals = await deps.bus.put(batch.map(({ row, happening }) => eventOf(row, happening, deps.stage)));
  const toldIds = new Map<EventRow, Set<string>>();
  for (const [index, { row, happening }] of batch.entries()) {
    if (index in refusals && refusals[index] === undefined) {
      toldIds.set(row, (toldIds.get(row) ?? new Set()).add(happening.id));
      continue;
    }
    logRefusal(deps.log, row, happening, refusals[index]);
    fail(new Error('The event bus refused an event.'));
  }
  // What stays in its row is told once more.
  await Promise.all([...toldIds].map(([row, ids]) => takeOut(deps, row, ids).catch(fail)));
  return [...toldIds.values()].reduce((sum, { size }) => sum + size, 0);
}

const untoldOf = (row: EventRow | undefined): Untold[] => row?.untold?.map((happening) => ({ row, happening })) ?? [];

const eventOf = (row: EventRow, happening: Happening, stage: string): OutgoingEvent => ({
  detailType: EVENT_DETAIL_TYPES[happening.kind],
  at: happening.at,
  detail: detailOf(row, happening, stage),
});

function logRefusal(log: Log, row: EventRow, { kind }: Happening, reason: string | undefined): void {
  log.warn('The event bus refused an event, it is told again', {
    event: 'event_refused',
    callSid: row.callSid,
    recordingSid: row.kind === 'recording' ? row.recordingSid : undefined,
    state: kind,
    reason,
  });
}

async function takeOut(deps: AnnounceDependencies, row: EventRow, told: ReadonlySet<string>): Promise<void> {
  await changeRow(deps, keyOf(row), (known) =>
    known?.untold?.some(({ id }) => told.has(id)) ? withoutTold(known, told) : undefined,
  );
}

const keyOf = (row: EventRow): UntoldKey =>
  row.kind === 'call'
    ? { kind: 'call', callSid: row.callSid }
    : { kind: 'recording', callSid: row.callSid, recordingSid: row.recordingSid };
