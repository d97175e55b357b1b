/** The states of a call, as pure functions. */
import { RECORDING_START_DELAY_SECONDS } from '../../contract/stream.ts';
import type { StreamStartMessage } from '../../ports/queues.ts';
import type { CallRow, Draft } from '../table/rows.ts';
import { type Instant, MINUTE, SECOND } from '../values/instant.ts';
import type { CallPolicy } from './policy.ts';

/**
 * How long a start may claim a call. It outlasts the time-out of `recording-start` (20 s), so that a claim which has
 * expired belongs to nobody alive.
 */
export const START_CLAIM_MS = 25 * SECOND;

/**
 * `sweep` takes a call up when its start message is late by this much. Nothing is recorded meanwhile, so it is short;
 * a message that comes all the same finds the call claimed or settled.
 */
const START_OVERDUE_MS = 10 * SECOND;

/** A request that may still be under way at Twilio is given this long before its absence counts as proof. */
export const DOUBT_SETTLES_MS = 2 * SECOND;

/**
 * Twilio opens the stream about a second after it has the TwiML. A call whose stream has not started by then is looked up, which
 * `sweep` sees to within another minute.
 */
export const STREAM_STARTS_WITHIN_MS = 30 * SECOND;

/** Nothing is recorded of a call without a stream. It is looked up this often. */
const LOOK_UP_AGAIN_MS = MINUTE;

/** What is known of a call's number when it is answered. */
export interface Callee extends Pick<CallRow, 'number' | 'direction' | 'canary' | 'party'> {
  readonly policy?: CallPolicy | undefined;
}

/** Twilio has asked what to do with the call. */
export function answeredCall(callSid: string, now: Instant, callee: Callee = {}): Draft<CallRow> {
  return {
    kind: 'call',
    callSid,
    state: 'answered',
    ...knownOf(callee),
    answeredAt: now,
    waiting: { next: 'stream', due: now + STREAM_STARTS_WITHIN_MS },
    attempts: 0,
  };
}

/** The calls of its number are not to be recorded. */
export const notWantedCall = (callSid: string, now: Instant, callee: Callee): Draft<CallRow> => ({
  kind: 'call',
  callSid,
  state: 'unrecordable',
  ...knownOf(callee),
  answeredAt: now,
  attempts: 0,
  reason: NOT_WANTED,
});

/** The reason of a call whose number's voice URL says `record=off`. */
export const NOT_WANTED = 'not-wanted';

export const knownOf = ({ number, direction, policy, canary, party }: Callee) => ({
  ...(canary && { canary }),
  ...(number !== undefined && { number }),
  ...(direction && { direction }),
  ...(party !== undefined && { party }),
  ...(policy && { policy }),
});

/** Whether the call's stream has not started, as far as the row says. */
export const awaitsStream = ({ state }: Draft<CallRow>): boolean => state === 'answered' || state === 'unstreamed';

/**
 * The stream has started, in time or late: the call is to be recorded.
 *
 * @param call as it is known; the same is returned where its stream was known to have started
 */
export function noteStream(
  call: Draft<CallRow> | undefined,
  { callSid, streamSid, startedAt }: StreamStartMessage,
): Draft<CallRow> {
  if (call && !awaitsStream(call)) return call;
  const { answeredAt } = call ?? {};
  return {
    kind: 'call',
    callSid,
    state: 'noted',
    ...knownOf(call ?? {}),
    ...(streamSid && { streamSid }),
    ...(answeredAt !== undefined && { answeredAt }),
    startedAt,
    waiting: { next: 'start', due: startedAt + RECORDING_START_DELAY_SECONDS * SECOND + START_OVERDUE_MS },
    attempts: 0,
    ...(call?.pendingEvents && { pendingEvents: call.pendingEvents }),
  };
}

/** The call's stream has failed: what has become of the call is looked up at once. */
export const streamFailed = (call: Draft<CallRow>, now: Instant): Draft<CallRow> => ({
  ...call,
  waiting: { next: 'stream', due: now },
});

/** The call lives, and is not recorded. Its stream may still come; until then the call is looked up again and again. */
export const withoutStream = (call: Draft<CallRow>, reason: string, now: Instant): Draft<CallRow> => ({
  ...call,
  state: 'unstreamed',
  reason,
  waiting: { next: 'stream', due: now + LOOK_UP_AGAIN_MS },
});

/** The call lives, and is to be recorded although its stream has not started: as if it had, but that nobody has heard a disclaimer. */
export const recordedWithoutStream = (call: Draft<CallRow>, reason: string, now: Instant): Draft<CallRow> => ({
  ...noteStream(call, { callSid: call.callSid, startedAt: now }),
  noDisclaimer: true,
  reason,
});

/** Nobody knows what has become of the call: it is looked up again. */
export const lookUpLater = (call: Draft<CallRow>, reason: string, now: Instant): Draft<CallRow> => ({
  ...call,
  reason,
  waiting: { next: 'stream', due: now + LOOK_UP_AGAIN_MS },
});

/** Since when the call should be recorded, as far as its row says. */
export const shouldRecordSince = ({ answeredAt, startedAt }: Draft<CallRow>): Instant | undefined =>
  answeredAt ?? startedAt;

/** Since when the call should be recorded and is not; `undefined` where it is, or where it is over. */
export function unrecordedSince(call: Draft<CallRow>): Instant | undefined {
  // Of an adopted recording nothing has said since that it does not run.
  const isRecorded = call.adopted && call.reason === undefined;
  return isSettled(call) || isRecorded ? undefined : shouldRecordSince(call);
}

export const isSettled = (call: Draft<CallRow>): boolean => call.state === 'recording' || call.state === 'unrecordable';

/** Takes the call for one invocation; from this write on, Twilio may have been asked to start. */
export function claimStart(call: Draft<CallRow>, owner: string, now: Instant): Draft<CallRow> {
  const until = now + START_CLAIM_MS;
  return {
    ...call,
    state: 'posting',
    // A request in doubt may be as old as the first of those that nobody knows the outcome of.
    askedAt: call.state === 'posting' ? (call.askedAt ?? call.startedAt ?? now) : now,
    claim: { owner, until },
    waiting: { next: 'start', due: until + START_OVERDUE_MS },
  };
}

/** Twilio has answered, and certainly did not start a recording: the next attempt needs no proof. */
export function startAgainLater(call: Draft<CallRow>, attempts: number, reason: string, due: Instant): Draft<CallRow> {
  const { claim: _released, askedAt: _answered, ...rest } = call;
  return { ...rest, state: 'noted', attempts, reason, waiting: { next: 'start', due: due + START_OVERDUE_MS } };
}

/**
 * Nobody knows whether Twilio started a recording: the call stays `posting`, and is free once the doubt has settled.
 *
 * @param due when the next attempt is to be made, not before the doubt has settled.
 */
export function startInDoubt(
  call: Draft<CallRow>,
  attempts: number,
  reason: string,
  now: Instant,
  due: Instant,
): Draft<CallRow> {
  const until = now + DOUBT_SETTLES_MS;
  const owner = call.claim?.owner ?? 'nobody';
  return {
    ...call,
    attempts,
    reason,
    claim: { owner, until },
    waiting: { next: 'start', due: due + START_OVERDUE_MS },
  };
}

export function startSucceeded(call: Draft<CallRow>, recordingSid: string, how: 'started' | 'adopted'): Draft<CallRow> {
  const { claim: _released, waiting: _done, reason: _past, askedAt: _answered, adopted: _kept, ...rest } = call;
  return { ...rest, state: 'recording', recordingSid, ...(how === 'adopted' && { adopted: true }) };
}

/**
 * A recording that may be ours runs: the call is recorded as long as it does, which is looked at again at `due`. Nothing is final
 * before it has called back, or the call is over.
 */
export function startAdopted(call: Draft<CallRow>, recordingSid: string, due: Instant): Draft<CallRow> {
  const { claim: _released, reason: _past, ...rest } = call;
  return { ...rest, recordingSid, adopted: true, waiting: { next: 'start', due: due + START_OVERDUE_MS } };
}

export function startImpossible(call: Draft<CallRow>, attempts: number, reason: string): Draft<CallRow> {
  const { claim: _released, waiting: _done, ...rest } = call;
  return { ...rest, state: 'unrecordable', attempts, reason };
}
