/** A call's story, as people read it. */
import type { PlaybackLink } from '../../lambdas/shared/ports/playback.ts';
import { audioOf, recordingsOf } from '../../lambdas/shared/rules/call/story.ts';
import type { ErasureRow, HoldRow } from '../../lambdas/shared/rules/table/kept-rows.ts';
import type { CallRow, RecordingRow, Row } from '../../lambdas/shared/rules/table/rows.ts';
import { toIso } from '../../lambdas/shared/rules/values/instant.ts';
import { audioAsText, type Links } from '../recordings/audio-place.ts';
import { BYTES } from '../terminal/progress.ts';

type Line = readonly [string, string | undefined];

/** The rows of one call. Times are UTC. */
export function storyAsText(callSid: string, rows: readonly Row[], now: number, links: Links = new Map()): string {
  const call = rows.find((row) => row.kind === 'call');
  const parts = [
    call
      ? titled(`Call ${callSid}`, linesOfCall(call, now))
      : `Call ${callSid}\n  not noted; its recordings were found otherwise`,
    ...rows.filter((row) => row.kind === 'hold').map(holdAsText),
    ...rows.filter((row) => row.kind === 'erasure').map(erasureAsText),
    ...recordingsOf(rows).map((row) =>
      titled(`Recording ${row.recordingSid}`, linesOfRecording(row, now, links.get(row.recordingSid))),
    ),
  ];
  if (recordingsOf(rows).length === 0) parts.push('No recording of it is known.');
  return parts.join('\n\n');
}

function erasureAsText({ id, state, by, reason, requestedAt, erasedAt, waitsFor, recordingSids }: ErasureRow): string {
  return titled(`Erasure ${id}`, [
    ['state', state],
    ['of', recordingSids?.join(', ') ?? 'the whole call'],
    ['requested', `${toIso(requestedAt)} by ${by}`],
    ['reason', reason],
    ['erased', erasedAt === undefined ? undefined : toIso(erasedAt)],
    ['waits for', waitsFor],
  ]);
}

function holdAsText({ state, by, at, heldSince, reason }: HoldRow): string {
  const held = state === 'held';
  return titled(held ? 'On hold: nothing of it is erased or deleted at Twilio' : 'Was on hold', [
    ['since', toIso(heldSince)],
    [held ? 'placed by' : 'released by', by],
    ['released', held ? undefined : toIso(at)],
    ['reason', reason],
  ]);
}

function linesOfCall(row: CallRow, now: number): Line[] {
  const refused = row.attempts === 0 ? 'no start request was refused' : `${row.attempts} refused start requests`;
  return [
    ['state', row.state],
    ['answered', row.answeredAt === undefined ? undefined : toIso(row.answeredAt)],
    ['stream started', row.startedAt === undefined ? undefined : toIso(row.startedAt)],
    ['stream', row.streamSid],
    ['requested by', row.requestedBy],
    ['disclaimer', row.noDisclaimer && 'none was played: the stream had not started'],
    ['attempts', refused],
    ['last reason', row.reason],
    ['recording', row.recordingSid],
    ...linesOfWork(row, now),
  ];
}

function linesOfRecording(row: RecordingRow, now: number, link: PlaybackLink | undefined): Line[] {
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
    ['listen', link && `${link.url} (until ${link.expiresAt})`],
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

function titled(title: string, lines: readonly Line[]): string {
  const shown = lines.filter((line): line is readonly [string, string] => line[1] !== undefined);
  const width = Math.max(...shown.map(([name]) => name.length));
  return [title, ...shown.map(([name, text]) => `  ${name.padEnd(width)}  ${text}`)].join('\n');
}
