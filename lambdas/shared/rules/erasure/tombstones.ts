/**
 * What is left in the rows of what was erased: that there was a call and a recording, when, and which erasure it was. Rows stay, because
 * a state that only moves forward is what keeps a late callback, a comparison or an import from bringing anything back.
 */
import { isSettled } from '../call/call.ts';
import type { ErasureRow } from '../table/kept-rows.ts';
import type { CallRow, Draft, RecordingRow } from '../table/rows.ts';
import { type Instant, MINUTE } from '../values/instant.ts';

/** No invocation of a copy lives longer than 15 minutes, and none begins once the row says `erased`. */
export const COPIES_END_MS = 16 * MINUTE;

/** @returns `undefined` where it is erased already */
export function eraseRecording(
  row: Draft<RecordingRow> | undefined,
  { id }: Pick<ErasureRow, 'id'>,
  now: Instant,
): Draft<RecordingRow> | undefined {
  if (!row || row.state === 'erased') return undefined;
  const { kind, callSid, recordingSid, twilioUrl, madeBy, proof, extra, startTime, notedAt, pendingEvents } = row;
  return {
    ...{ kind, callSid, recordingSid, state: 'erased', twilioUrl, madeBy, attempts: 0, notedAt },
    ...(proof && { proof }),
    ...(extra && { extra }),
    ...(startTime !== undefined && { startTime }),
    ...(row.deletedAt !== undefined && { deletedAt: row.deletedAt }),
    ...(pendingEvents && { pendingEvents }),
    erased: { erasure: id, at: now, was: row.state, quietFrom: quietFrom(row, now), ...hashesOf(row) },
  };
}

function hashesOf({ stored }: Draft<RecordingRow>) {
  if (!stored) return {};
  const { key, bytes, checksum } = stored;
  return { key, bytes, checksum };
}

/** From when on nothing more of it can come into the bucket. */
function quietFrom({ state, stored }: Draft<RecordingRow>, now: Instant): Instant {
  // A copy that another has overtaken may still be under way for as long as an invocation lasts.
  if (stored) return stored.storedAt + COPIES_END_MS;
  return state === 'completed' || state === 'fallback' ? now + COPIES_END_MS : now;
}

/** A recording that nobody here knew of, and that Twilio lists for an erased call. */
export const unknownRecording = (
  key: Pick<RecordingRow, 'callSid' | 'recordingSid' | 'twilioUrl'>,
  { id }: Pick<ErasureRow, 'id'>,
  now: Instant,
): Draft<RecordingRow> => ({
  ...{ kind: 'recording', ...key, state: 'erased', madeBy: 'other', attempts: 0, notedAt: now },
  erased: { erasure: id, at: now, was: 'completed', quietFrom: now },
});

/** @returns `undefined` where it is erased already, or where there is no row */
export function eraseCall(
  row: Draft<CallRow> | undefined,
  { id, alsoOthers }: Pick<ErasureRow, 'id' | 'alsoOthers'>,
  now: Instant,
): Draft<CallRow> | undefined {
  if (!row || row.erased) return undefined;
  const { kind, callSid, state, number, direction, answeredAt, startedAt, attempts, recordingSid, canary } = row;
  return {
    ...{ kind, callSid, state, attempts },
    ...(number !== undefined && { number }),
    ...(direction && { direction }),
    ...(answeredAt !== undefined && { answeredAt }),
    ...(startedAt !== undefined && { startedAt }),
    ...(recordingSid !== undefined && { recordingSid }),
    ...(canary && { canary }),
    ...(row.pendingEvents && { pendingEvents: row.pendingEvents }),
    erased: { erasure: id, at: now, ...(alsoOthers && { alsoOthers }) },
  };
}

/** Why nothing of a call can be erased yet, as a sentence for people; `undefined` where it can. */
export function whyNotYet(
  call: Draft<CallRow> | undefined,
  recordings: readonly Draft<RecordingRow>[],
): string | undefined {
  const running = recordings.find(({ state }) => state === 'in-progress');
  if (running) return `${running.recordingSid} is still being recorded. Ask again once the call is over.`;
  if (call && !isSettled(call))
    return `The call ${call.callSid} is not over, or not settled. Ask again in some minutes.`;
  return undefined;
}
