/**
 * What became of a call and its recordings, for those who wish to be told.
 *
 * The same write that takes a row to a new state notes in the row that it did, so that table and events cannot disagree.
 * `announce` tells what is noted, and takes it out of the row once it was accepted.
 */
import { EVENT_KINDS, type EventKind } from '../../contract/events.ts';
import { type Instant, toIso } from '../values/instant.ts';
import type { CallRow, Draft, RecordingRow, Row } from './rows.ts';

/** Something that has happened and is still to be told. */
export interface Happening {
  /** The same each time that it is told: `<SID>:<kind>:<version of the row>`. */
  readonly id: string;
  readonly kind: EventKind;
  readonly at: Instant;
  /** What the event says beside the names of call and recording. A row may change before it is told; this does not. */
  readonly facts: Facts;
}

/** Fields of an event's detail, see `docs/events.md`. No telephone number has a name here. */
export type Facts = { readonly [name: string]: string | number | boolean };

/** The version of the events' schemas. */
export const EVENT_VERSION = 1;

type OwnRow = Draft<CallRow> | Draft<RecordingRow>;

/**
 * The row with a note of what this change makes happen.
 *
 * The list is bounded: states only go forward, so that each kind is noted once in a row's life.
 *
 * @param before the row as it stands; `undefined` where there is none yet
 * @param version which the row has after the change
 */
export function withHappenings<R extends Draft<Row>>(
  before: R | undefined,
  after: R,
  version: number,
  now: Instant,
): R {
  if (after.kind === 'reconcile') return after;
  const happened = happenings(before as OwnRow | undefined, after, version, now);
  return happened.length === 0 ? after : { ...after, untold: [...(after.untold ?? []), ...happened] };
}

/** The row without what has been told. */
export function withoutTold<R extends OwnRow>(row: R, told: ReadonlySet<string>): R {
  const { untold = [], ...rest } = row;
  const left = untold.filter(({ id }) => !told.has(id));
  return { ...rest, ...(left.length > 0 && { untold: left }) } as unknown as R;
}

function happenings(before: OwnRow | undefined, after: OwnRow, version: number, now: Instant): Happening[] {
  const sid = after.kind === 'call' ? after.callSid : after.recordingSid;
  const noted = (kind: EventKind, facts: { readonly [name: string]: Facts[string] | undefined }): Happening => ({
    id: `${sid}:${kind}:${version}`,
    kind,
    at: now,
    facts: given(facts),
  });
  const entered = after.state !== before?.state;
  if (after.kind === 'call') {
    const { reason, attempts } = after;
    return entered && after.state === 'unrecordable' ? [noted('call-unrecordable', { reason, attempts })] : [];
  }
  const happened: Happening[] = [];
  const { madeBy, source, channels, startTime } = after;
  if (before === undefined) {
    const began = startTime === undefined ? undefined : toIso(startTime);
    happened.push(noted('recording-started', { madeBy, source, channels, startTime: began }));
  }
  const kind = entered ? KIND_OF_STATE[after.state] : undefined;
  if (kind !== undefined) happened.push(noted(kind, factsOfState(after)));
  const wasExtra = before?.kind === 'recording' && before.extra === true;
  if (after.extra && !wasExtra) happened.push(noted('recording-extra', { madeBy, source }));
  return happened;
}

/** `fallback` is entered with the first failure of a series; those that follow are no news. */
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
      return { errorCode };
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

export function detailOf(row: CallRow | RecordingRow, { id, at, facts }: Happening, stage: string): EventDetail {
  const { callSid } = row;
  const recording = row.kind === 'recording' ? { recordingSid: row.recordingSid } : {};
  return { version: EVENT_VERSION, id, at: toIso(at), stage, callSid, ...recording, ...facts };
}

/** Reads the list as it lies in the table. What cannot be told is left out: the recording outranks the news of it. */
export function readHappenings(value: unknown): readonly Happening[] {
  return Array.isArray(value) ? value.filter(isHappening) : [];
}

function isHappening(value: unknown): value is Happening {
  if (typeof value !== 'object' || value === null) return false;
  const { id, kind, at, facts } = value as { readonly [name: string]: unknown };
  const known = EVENT_KINDS.some((one) => one === kind);
  return known && typeof id === 'string' && Number.isFinite(at) && typeof facts === 'object' && facts !== null;
}
