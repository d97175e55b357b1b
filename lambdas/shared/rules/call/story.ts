/** A call's story as programs read it: the same by the look-up routes and by the operator's commands. */

import type { HoldRow } from '../table/kept-rows.ts';
import { type CallRow, INSTANT_FIELDS, type RecordingRow, type Row } from '../table/rows.ts';
import { toIso } from '../values/instant.ts';

/** Where the audio is. */
export type AudioPlace =
  | { readonly where: 's3'; readonly uri: string; readonly versionId?: string; readonly alsoAtTwilio: boolean }
  /** The fallback: it needs Twilio's credentials. */
  | { readonly where: 'twilio'; readonly url: string }
  | { readonly where: 'nowhere'; readonly why: string };

export function audioOf(row: RecordingRow): AudioPlace {
  const { state, stored, twilioUrl, errorCode, reason, erased } = row;
  if (erased) return { where: 'nowhere', why: `it was erased on ${toIso(erased.at)}` };
  if (stored) {
    const uri = `s3://${stored.bucket}/${stored.key}`;
    const versionId = stored.versionId !== undefined && { versionId: stored.versionId };
    return { where: 's3', uri, ...versionId, alsoAtTwilio: state === 'stored' || state === 'deleting' };
  }
  const code = errorCode === undefined ? '' : ` (Twilio's code ${errorCode})`;
  if (state === 'in-progress') return { where: 'nowhere', why: 'it is still being recorded' };
  if (state === 'absent') return { where: 'nowhere', why: `Twilio made no audio: too short or silent${code}` };
  if (reason === 'deleted-at-twilio')
    return { where: 'nowhere', why: 'it was deleted at Twilio before it could be copied' };
  if (reason === 'unknown-at-twilio') return { where: 'nowhere', why: 'Twilio does not know it any more' };
  if (state === 'failed') return { where: 'nowhere', why: `Twilio says that it failed${code}` };
  return { where: 'twilio', url: twilioUrl };
}

/** The public fields of a row, which docs/look-ups.md tells of; everything else is the service's own. */
export const OF_CALL = [
  'state',
  'number',
  'direction',
  'policy',
  'startBy',
  'answeredAt',
  'startedAt',
  'streamSid',
  'requestedBy',
  'noDisclaimer',
  'canary',
  'attempts',
  'reason',
  'recordingSid',
  'erased',
  'waiting',
] as const satisfies readonly (keyof CallRow)[];
export const OF_RECORDING = [
  'callSid',
  'recordingSid',
  'state',
  'madeBy',
  'extra',
  'source',
  'channels',
  'durationSeconds',
  'startTime',
  'notedAt',
  'completedAt',
  'deletedAt',
  'errorCode',
  'attempts',
  'reason',
  'stored',
  'peaks',
  'slips',
  'accepted',
  'encryption',
  'erased',
  'waiting',
] as const satisfies readonly (keyof RecordingRow)[];
export const OF_HOLD = ['state', 'reason', 'by', 'at', 'heldSince'] as const satisfies readonly (keyof HoldRow)[];

/** Fields that are instants, as ISO 8601 in UTC. */
const INSTANTS: ReadonlySet<string> = new Set([...INSTANT_FIELDS, 'due']);

export interface CallStory {
  readonly callSid: string;
  /** Absent where only a recording is known, such as one that was imported. */
  readonly call?: object;
  /** Absent where the call never was on hold. */
  readonly hold?: object;
  readonly recordings: readonly RecordingStory[];
}
export type RecordingStory = { readonly audio: AudioPlace };

/** The rows of one call, with instants as text, and where the audio is. */
export function storyOf(callSid: string, rows: readonly Row[]): CallStory {
  const call = rows.find((row) => row.kind === 'call');
  const hold = holdOf(rows);
  return {
    callSid,
    ...(call && { call: publicFields(call, OF_CALL) }),
    ...(hold && { hold }),
    recordings: recordingsOf(rows).map(storyOfRecording),
  };
}

/** The call's hold, standing or released. */
export function holdOf(rows: readonly Row[]): object | undefined {
  const hold = rows.find((row) => row.kind === 'hold');
  return hold && publicFields(hold, OF_HOLD);
}

export const storyOfRecording = (row: RecordingRow): RecordingStory => ({
  ...publicFields(row, OF_RECORDING),
  audio: audioOf(row),
});

export const recordingsOf = (rows: readonly Row[]): RecordingRow[] =>
  rows.filter((row) => row.kind === 'recording').sort((one, other) => one.notedAt - other.notedAt);

const publicFields = <Fields extends object>(row: Fields, names: readonly (keyof Fields & string)[]): object =>
  Object.fromEntries(
    names.filter((name) => row[name] !== undefined).map((name) => [name, readable({ [name]: row[name] })[name]]),
  );

function readable(fields: { readonly [name: string]: unknown }): { readonly [name: string]: unknown } {
  const read = (name: string, field: unknown): unknown => {
    if (INSTANTS.has(name) && typeof field === 'number') return toIso(field);
    if (Array.isArray(field)) return field;
    return typeof field === 'object' && field !== null ? readable({ ...field }) : field;
  };
  return Object.fromEntries(Object.entries(fields).map(([name, field]) => [name, read(name, field)]));
}
