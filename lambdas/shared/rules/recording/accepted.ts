/** What an operator may accept: audio that was refused, though its transfer was whole. */
import { isAcceptable } from '../audio/audio-rejected.ts';
import { isClaimed } from '../table/claim.ts';
import type { Draft, RecordingRow } from '../table/rows.ts';
import type { Instant } from '../values/instant.ts';

/** @returns `undefined` where the recording can be accepted, otherwise why not, as a sentence for people. */
export function whyNotAcceptable({ recordingSid, state, reason }: Draft<RecordingRow>): string | undefined {
  if (state !== 'fallback')
    return `${recordingSid} is ${state}: only a fallback, whose audio was refused, can be accepted.`;
  if (reason !== undefined && isAcceptable(reason)) return undefined;
  return `${recordingSid} was not refused for its audio, but for another reason: ${reason ?? 'unknown'}.`;
}

/** The row with the acceptance, and with its next copy due at once; a copy that is under way ends first. */
export function acceptAudio(row: Draft<RecordingRow>, reason: string, now: Instant): Draft<RecordingRow> {
  const accepted = { ...row, accepted: { reason, at: now } };
  return isClaimed(row, now) ? accepted : { ...accepted, waiting: { next: 'copy', due: now } };
}
