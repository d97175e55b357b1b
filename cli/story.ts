/** A call's story, as people and programs read it, from the rows of the table. */
import { toIso } from '../lambdas/shared/rules/instant.ts';
import type { CallRow, RecordingRow, Row } from '../lambdas/shared/rules/rows.ts';
import { BYTES } from './terminal.ts';

/** Where the audio is. */
export type AudioPlace =
  | { readonly where: 's3'; readonly uri: string; readonly versionId?: string; readonly alsoAtTwilio: boolean }
  /** The fallback: it needs Twilio's credentials. */
  | { readonly where: 'twilio'; readonly url: string }
  | { readonly where: 'nowhere'; readonly why: string };

export function audioOf(row: RecordingRow): AudioPlace {
  const { state, stored, twilioUrl, errorCode } = row;
  if (stored) {
    const uri = `s3://${stored.bucket}/${stored.key}`;
    const versionId = stored.versionId !== undefined && { versionId: stored.versionId };
    return { where: 's3', uri, ...versionId, alsoAtTwilio: state === 'stored' || state === 'deleting' };
  }
  const code = errorCode === undefined ? '' : ` (Twilio's code ${errorCode})`;
  if (state === 'in-progress') return { where: 'nowhere', why: 'it is still being recorded' };
  if (state === 'absent') return { where: 'nowhere', why: `Twilio made no audio: too short or silent${code}` };
  if (state === 'failed') return { where: 'nowhere', why: `Twilio says that it failed${code}` };
  return { where: 'twilio', url: twilioUrl };
}

/** Fields of a row that are instants, as ISO 8601 in UTC. */
const INSTANTS = new Set(['startedAt', 'notedAt', 'completedAt', 'deletedAt', 'storedAt', 'startTime', 'due', 'until']);

function readable(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, field]) => [
      name,
      INSTANTS.has(name) && typeof field === 'number' ? toIso(field) : readable(field),
    ]),
  );
}

export interface CallStory {
  readonly callSid: string;
  /** Absent where only a recording is known, such as one that was found at Twilio. */
  readonly call?: unknown;
  readonly recordings: readonly unknown[];
}

/** The rows as JSON, with instants as text, and where the audio is. */
export function storyAsJson(callSid: string, rows: readonly Row[]): CallStory {
  const call = rows.find((row) => row.kind === 'call');
  return {
    callSid,
    ...(call && { call: readable(call) }),
    recordings: recordingsOf(rows).map(recordingAsJson),
  };
}

export const recordingAsJson = (row: RecordingRow): object => ({
  ...(readable(row) as object),
  audio: audioOf(row),
});

export const recordingsOf = (rows: readonly Row[]): RecordingRow[] =>
  rows.filter((row) => row.kind === 'recording').sort((one, other) => one.notedAt - other.notedAt);

type Line = readonly [string, string | undefined];

/** The same for people. */
export function storyAsText(callSid: string, rows: readonly Row[], now: number): string {
  const call = rows.find((row) => row.kind === 'call');
  const parts = [
    call
      ? titled(`Call ${callSid}`, linesOfCall(call, now))
      : `Call ${callSid}\n  not noted; its recordings were found otherwise`,
    ...recordingsOf(rows).map((row) => titled(`Recording ${row.recordingSid}`, linesOfRecording(row, now))),
  ];
  if (parts.length === 1) parts.push('No recording of it is known.');
  return parts.join('\n\n');
}

function linesOfCall(row: CallRow, now: number): Line[] {
  const refused = row.attempts === 0 ? 'no start request was refused' : `${row.attempts} refused start requests`;
  return [
    ['state', row.state],
    ['stream started', toIso(row.startedAt)],
    ['stream', row.streamSid],
    ['attempts', refused],
    ['last reason', row.reason],
    ['recording', row.recordingSid],
    ...linesOfWork(row, now),
  ];
}

function linesOfRecording(row: RecordingRow, now: number): Line[] {
  const { stored } = row;
  const failed = row.attempts === 0 ? undefined : `${row.attempts} in a row`;
  return [
    ['state', row.state],
    ['made by', row.madeBy === 'other' ? `another application (${row.source ?? 'unknown'})` : 'this recorder'],
    ['extra', row.extra ? 'yes: the call has another recording too' : undefined],
    ['started', row.startTime === undefined ? undefined : toIso(row.startTime)],
    ['duration', row.durationSeconds === undefined ? undefined : `${row.durationSeconds} s`],
    ['channels', row.channels === undefined ? undefined : String(row.channels)],
    ['completed', row.completedAt === undefined ? undefined : toIso(row.completedAt)],
    ['stored', stored && `${toIso(stored.storedAt)}, ${BYTES(stored.bytes)}`],
    ['SHA-256', stored?.checksum],
    ['audio', audioAsText(audioOf(row))],
    ['encrypted', row.encryption && `with public key ${row.encryption.publicKeySid}`],
    ['deleted', row.deletedAt === undefined ? undefined : `${toIso(row.deletedAt)} at Twilio`],
    ['failures', failed],
    ['last reason', row.reason],
    ...linesOfWork(row, now),
  ];
}

function linesOfWork({ waiting, claim }: CallRow | RecordingRow, now: number): Line[] {
  const late = waiting && waiting.due <= now ? ', overdue' : '';
  const held = claim && (claim.until > now ? `until ${toIso(claim.until)}` : `ran out ${toIso(claim.until)}`);
  return [
    ['waits for', waiting && `${waiting.next}, due ${toIso(waiting.due)}${late}`],
    ['claimed', held],
  ];
}

export function audioAsText(audio: AudioPlace): string {
  if (audio.where === 's3') return `${audio.uri}${audio.alsoAtTwilio ? ' (and still at Twilio)' : ''}`;
  if (audio.where === 'twilio') return `${audio.url} (only at Twilio)`;
  return `none: ${audio.why}`;
}

function titled(title: string, lines: readonly Line[]): string {
  const shown = lines.filter((line): line is readonly [string, string] => line[1] !== undefined);
  const width = Math.max(...shown.map(([name]) => name.length));
  return [title, ...shown.map(([name, text]) => `  ${name.padEnd(width)}  ${text}`)].join('\n');
}
