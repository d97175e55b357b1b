/** Rows as table items: keys, index attributes, and instants as text that an operator can read. */
import * as v from 'valibot';
import { EVENT_KINDS } from '../../contract/events.ts';
import { HELD_CALLS, TABLE } from '../../contract/table.ts';
import type { EventRowKey } from '../../ports/table.ts';
import { beganAt, callAt, dayShard, dayShardOfCall, placeInDay } from '../../rules/table/by-day.ts';
import { dueShard, pendingEventsShard } from '../../rules/table/due-shard.ts';
import type { HoldRow } from '../../rules/table/kept-rows.ts';
import { partyPartition } from '../../rules/table/party.ts';
import type { RecorderEvent } from '../../rules/table/recorder-event.ts';
import type { Waiting } from '../../rules/table/row-parts.ts';
import {
  type CallRow,
  type EventRow,
  INSTANT_FIELDS,
  isOfService,
  type RecordingRow,
  type Row,
  type RowKey,
} from '../../rules/table/rows.ts';
import { UnreadableRow } from '../../rules/table/unreadable-row.ts';
import { parseInstant, toIso } from '../../rules/values/instant.ts';

type Item = Record<string, unknown>;

/** The attribute of a row's pending events, by its name in deployed tables. */
const PENDING_EVENTS = 'untold';

export function itemKey(key: RowKey): Item {
  if (key.kind === 'reconcile') return keyOf(TABLE.servicePartition, 'RECONCILE');
  if (key.kind === 'watch') return keyOf(TABLE.servicePartition, `${TABLE.watchPrefix}${toIso(key.at)}#${key.id}`);
  if (key.kind === 'party') return keyOf(partyPartition(key.party), placeInDay(key.at, key.call));
  return keyOf(key.callSid, sortOf(key));
}

function sortOf(key: EventRowKey): string {
  switch (key.kind) {
    case 'call':
      return TABLE.callItem;
    case 'recording':
      return `RECORDING#${key.recordingSid}`;
    case 'hold':
      return TABLE.holdItem;
    case 'erasure':
      return TABLE.erasurePrefix + key.id;
  }
}

const keyOf = (partition: string, sort: string): Item => ({ [TABLE.partitionKey]: partition, [TABLE.sortKey]: sort });

const INSTANTS: ReadonlySet<string> = new Set(INSTANT_FIELDS);

export function toItem(row: Row): Item {
  const { waiting, pendingEvents, ...rest } = row as EventRow & { readonly waiting?: Waiting };
  const stored = pendingEvents ? { ...rest, [PENDING_EVENTS]: pendingEvents } : rest;
  const item: Item = { ...(withInstants(stored, (value) => toIso(value as number)) as Item), ...itemKey(row) };
  if (isOfService(row)) return item;
  const sid = row.kind === 'recording' ? row.recordingSid : row.callSid;
  const [oldest] = pendingEvents ?? [];
  return {
    ...item,
    ...(waiting && {
      next: waiting.next,
      [TABLE.dueIndexSortKey]: toIso(waiting.due),
      [TABLE.dueIndexPartitionKey]: dueShard(waiting.next, sid),
      ...(waiting.queuedSince !== undefined && { queuedSince: toIso(waiting.queuedSince) }),
    }),
    ...(oldest && pendingEventsEntry(sid, oldest)),
    ...placeOf(row),
  };
}

const pendingEventsEntry = (sid: string, { at }: RecorderEvent): Item => ({
  [TABLE.pendingEventsIndexSortKey]: toIso(at),
  [TABLE.pendingEventsIndexPartitionKey]: pendingEventsShard(sid),
});

function placeOf(row: EventRow): Item {
  if (row.kind === 'erasure') return {};
  if (row.kind === 'hold') return heldEntry(row);
  return row.kind === 'recording' ? dayEntry(row) : dayEntryOfCall(row);
}

/** What stands can be listed; what is released is found by its call alone. */
const heldEntry = ({ state, heldSince, callSid }: HoldRow): Item =>
  state === 'held'
    ? { [TABLE.byDayIndexPartitionKey]: HELD_CALLS, [TABLE.byDayIndexSortKey]: placeInDay(heldSince, callSid) }
    : {};

function dayEntry(row: RecordingRow): Item {
  const began = beganAt(row);
  return {
    [TABLE.byDayIndexPartitionKey]: dayShard(began, row.recordingSid),
    [TABLE.byDayIndexSortKey]: placeInDay(began, row.recordingSid),
  };
}

function dayEntryOfCall(row: CallRow): Item {
  const at = callAt(row);
  if (at === undefined) return {};
  return {
    [TABLE.byDayIndexPartitionKey]: dayShardOfCall(at, row.callSid),
    [TABLE.byDayIndexSortKey]: placeInDay(at, row.callSid),
  };
}

const KINDS: ReadonlySet<unknown> = new Set([
  'call',
  'recording',
  'hold',
  'erasure',
  'reconcile',
  'watch',
  'party',
] satisfies Row['kind'][]);

/** @throws {UnreadableRow} where the item is not a row that this version knows. */
export function fromItem(item: Item): Row {
  const {
    [TABLE.sortKey]: sort,
    [TABLE.dueIndexPartitionKey]: _shard,
    [TABLE.dueIndexSortKey]: due,
    [TABLE.pendingEventsIndexPartitionKey]: _eventShard,
    [TABLE.pendingEventsIndexSortKey]: _pendingSince,
    [TABLE.byDayIndexPartitionKey]: _day,
    [TABLE.byDayIndexSortKey]: _place,
    [PENDING_EVENTS]: storedEvents,
    next,
    queuedSince,
    ...rest
  } = item;
  const { kind, version, writer, state } = rest;
  const known = KINDS.has(kind);
  if (!known || typeof version !== 'number' || typeof writer !== 'string') {
    throw new UnreadableRow(
      `The table's item ${String(item[TABLE.partitionKey])} ${String(sort)} is not a row of this version.`,
    );
  }
  const instantOf = (value: unknown) => {
    const instant = parseInstant(value);
    if (instant === undefined)
      throw new UnreadableRow(`The table's item ${String(sort)} has a field that is no instant.`);
    return instant;
  };
  const row = withInstants(rest, instantOf) as Item;
  if (isOfService({ kind: kind as Row['kind'] })) {
    const { [TABLE.partitionKey]: _service, ...ofService } = row;
    return ofService as unknown as Row;
  }
  if (typeof state !== 'string') throw new UnreadableRow(`The table's item ${String(sort)} has no state.`);
  const pendingEvents = readPendingEvents(withInstants(storedEvents, parseInstant));
  return {
    ...row,
    ...(pendingEvents.length > 0 && { pendingEvents }),
    // What is counted up must be a number: the table takes no other.
    ...(kind !== 'hold' && { attempts: Number.isSafeInteger(row.attempts) ? row.attempts : 0 }),
    // A date that cannot be read is no reason to wait for nothing.
    ...(next !== undefined &&
      due !== undefined && { waiting: { next, due: instantOf(due), ...queuedOf(parseInstant(queuedSince)) } }),
  } as unknown as Row;
}

const queuedOf = (queuedSince: number | undefined) => queuedSince !== undefined && { queuedSince };

/** Reads the list as the table has it. What cannot be announced is left out: the recording outranks its events. */
export const readPendingEvents = (events: unknown): readonly RecorderEvent[] =>
  Array.isArray(events) ? events.filter((one) => v.is(RECORDER_EVENT, one)) : [];

const RECORDER_EVENT = v.object({
  id: v.string(),
  kind: v.picklist(EVENT_KINDS),
  at: v.pipe(v.number(), v.finite()),
  facts: v.record(v.string(), v.any()),
});

/** What an event says is text already. */
const withinFacts = (name: string): boolean => name === 'facts';

function withInstants(value: unknown, convert: (instant: unknown) => unknown): unknown {
  if (Array.isArray(value)) return value.map((element) => withInstants(element, convert));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, field]) => [
      name,
      INSTANTS.has(name) && field !== undefined
        ? convert(field)
        : withinFacts(name)
          ? field
          : withInstants(field, convert),
    ]),
  );
}
