/** A call whose recording is started by the TwiML that answers it: the answer is the start request, and its outcome comes by callback. */
import type { CallRow, Draft, RecordingRow } from '../table/rows.ts';
import { type Instant, SECOND } from '../values/instant.ts';
import { type Callee, isSettled, knownOf, startSucceeded } from './call.ts';

/**
 * Twilio starts the recording with the first verb, and calls back a moment later. It asks for TwiML, and calls back, for 15 s each: what
 * has not come by then is in doubt.
 */
export const REPORTED_WITHIN_MS = 30 * SECOND;

/** Until then nobody else may start a recording: that TwiML may still be under way. */
const OWNER = 'the TwiML';

/** Twilio is answered with TwiML that starts the recording. */
export function answeredByTwiml(callSid: string, now: Instant, callee: Callee = {}): Draft<CallRow> {
  const until = now + REPORTED_WITHIN_MS;
  return {
    ...{ kind: 'call', callSid, state: 'posting', startBy: 'twiml' },
    ...knownOf(callee),
    ...{ answeredAt: now, startedAt: now, askedAt: now, attempts: 0 },
    claim: { owner: OWNER, until },
    waiting: { next: 'start', due: until },
  };
}

/**
 * A recording has called back to the URL that only this call's TwiML has named. It makes good a note that the table has not taken.
 *
 * @returns `undefined` where that changes nothing: the call has a recording already, and this is an extra one, or the same once more
 */
export function recordedByTwiml(
  call: Draft<CallRow> | undefined,
  { callSid, recordingSid, startTime, notedAt }: RecordingRow,
): Draft<CallRow> | undefined {
  if (call && isSettled(call)) return undefined;
  const startedAt = startTime ?? notedAt;
  const known: Draft<CallRow> = call ?? { kind: 'call', callSid, state: 'posting', startedAt, attempts: 0 };
  return { ...startSucceeded(known, recordingSid, 'started'), startBy: 'twiml' };
}
