/**
 * The events of calls and recordings.
 *
 * The same write that takes a row to a new state adds the event to the row, so that table and events cannot disagree.
 * `announce` sends what is pending, and removes it from the row once the bus has accepted it.
 */
import type { EventKind } from '../../contract/events.ts';
import { type Instant, toIso } from '../values/instant.ts';
import type { ErasureRow, HoldRow } from './kept-rows.ts';
import type { Facts, RecorderEvent } from './recorder-event.ts';
import type { CallRow, Draft, EventRow, RecordingRow, Row } from './rows.ts';

/** The version of the events' schemas. */
export const EVENT_VERSION = 1;

type OwnRow = Draft<EventRow>;

/**
 * The row with the events of this change.
 *
 * The list is bounded: states only go forward, so that each kind is added once in a row's life; but for a hold, which people place and
 * release.
 *
 * @param before the row as it stands; `undefined` where there is none yet
 * @param version which the row has after the change
 */
export function withPendingEvents<R extends Draft<Row>>(
  before: R | undefined,
  after: R,
  version: number,
  now: Instant,
): R {
  if (after.kind === 'reconcile' || after.kind === 'watch' || after.kind === 'party') return after;
  const added = eventsOf(before as OwnRow | undefined, after, version, now);
  return added.length === 0 ? after : { ...after, pendingEvents: [...(after.pendingEvents ?? []), ...added] };
}

/** The row without the events that are announced. */
export function withoutAnnounced<R extends OwnRow>(row: R, announced: ReadonlySet<string>): R {
  const { pendingEvents = [], ...rest } = row;
  const left = pendingEvents.filter(({ id }) => !announced.has(id));
  return { ...rest, ...(left.length > 0 && { pendingEvents: left }) } as unknown as R;
}

function eventsOf(before: OwnRow | undefined, after: OwnRow, version: number, now: Instant): RecorderEvent[] {
  const sid = after.kind === 'recording' ? after.recordingSid : after.callSid;
  const event = (
    kind: EventKind,
    facts: { readonly [name: string]: Facts[string] | undefined },
    of = sid,
  ): RecorderEvent => ({
    id: `${of}:${kind}:${version}`,
    kind,
    at: now,
    facts: given(facts),
  });
  const entered = after.state !== before?.state;
  if (after.kind === 'call') {
    const { reason, attempts } = after;
    // A canary's call is nobody's.
    if (!entered || after.canary) return [];
    if (after.state === 'unstreamed') return [event('call-unstreamed', { reason })];
    if (isWithoutDisclaimer(before, after)) return [event('call-unstreamed', { reason, noDisclaimer: true })];
    return after.state === 'unrecordable' ? [event('call-unrecordable', { reason, attempts })] : [];
  }
  if (after.kind === 'erasure') return entered && after.state === 'erased' ? erasedEvents(after, event) : [];
  if (after.kind === 'hold')
    return entered ? [event(KIND_OF_HOLD[after.state], { by: after.by, reason: after.reason })] : [];
  const events: RecorderEvent[] = [];
  const { madeBy, source, channels, startTime } = after;
  if (before === undefined) {
    const began = startTime === undefined ? undefined : toIso(startTime);
    events.push(event('recording-started', { madeBy, source, channels, startTime: began }));
  }
  const kind = entered ? KIND_OF_STATE[after.state] : undefined;
  if (kind !== undefined) events.push(event(kind, factsOfState(after)));
  const wasExtra = before?.kind === 'recording' && before.extra === true;
  if (after.extra && !wasExtra) events.push(event('recording-extra', { madeBy, source }));
  return events;
}

/** It is found without a stream, and recorded all the same. */
const isWithoutDisclaimer = (before: OwnRow | undefined, { noDisclaimer }: Draft<CallRow>): boolean =>
  noDisclaimer === true && (before === undefined || before.state === 'answered');

/** One for each recording, and one for the call where all of it was erased. */
function erasedEvents(
  { id: erasure, by, reason, recordingSids, done = [] }: Draft<ErasureRow>,
  event: (kind: EventKind, facts: Facts, of?: string) => RecorderEvent,
): RecorderEvent[] {
  const said = { erasure, by, reason };
  const ofRecordings = done.map((recordingSid) => event('recording-erased', { ...said, recordingSid }, recordingSid));
  return recordingSids === undefined ? [...ofRecordings, event('call-erased', said)] : ofRecordings;
}

const KIND_OF_HOLD: { readonly [state in HoldRow['state']]: EventKind } = {
  held: 'call-held',
  released: 'call-released',
};

/** `fallback` is entered with the first failure of a series; those that follow are no events. */
const KIND_OF_STATE: { readonly [state in RecordingRow['state']]?: EventKind } = {
  absent: 'recording-absent',
  failed: 'recording-failed',
  fallback: 'recording-fell-back',
  stored: 'recording-stored',
  deleted: 'recording-deleted',
};

function factsOfState(row: Draft<RecordingRow>): { readonly [name: string]: Facts[string] | undefined } {
  const { state, errorCode, reason, twilioUrl, durationSeconds, channels, stored } = row;
  switch (state) {
    case 'absent':
    case 'failed':
      return { errorCode, reason };
    case 'fallback':
      return { reason, twilioUrl };
    case 'stored': {
      const { bucket, key, versionId, bytes, checksum, contentType } = stored ?? {};
      const encrypted = row.encryption !== undefined;
      return { bucket, key, versionId, bytes, checksum, contentType, durationSeconds, channels, encrypted };
    }
    default:
      return {};
  }
}

const given = (facts: { readonly [name: string]: Facts[string] | undefined }): Facts =>
  Object.fromEntries(Object.entries(facts).filter((entry): entry is [string, Facts[string]] => entry[1] !== undefined));

/** What stands in an event's `detail`. */
export interface EventDetail extends Facts {
  readonly version: typeof EVENT_VERSION;
  readonly id: string;
  /** ISO 8601 with milliseconds: EventBridge's own `time` has whole seconds. */
  readonly at: string;
  readonly stage: string;
  readonly callSid: string;
}

export function detailOf(row: EventRow, { id, at, facts }: RecorderEvent, stage: string): EventDetail {
  const { callSid } = row;
  const recording = row.kind === 'recording' ? { recordingSid: row.recordingSid } : {};
  return { version: EVENT_VERSION, id, at: toIso(at), stage, callSid, ...recording, ...facts };
}
