/** Asks Twilio to start the recording, and turns every answer into a state. */
import { again, DONE, type Outcome } from '../shared/entry/queue-consumer.ts';
import { credentialsRenewed } from '../shared/entry/renew-credentials.ts';
import type { Refusal } from '../shared/ports/twilio.ts';
import { startAgainLater, startImpossible, startInDoubt } from '../shared/rules/call/call.ts';
import {
  doubtPauseSeconds,
  isPastAnyCall,
  isRetriedQuickly,
  QUICK_RETRY_PAUSE_MS,
  SHORT_CALL_SECONDS,
  startPauseSeconds,
} from '../shared/rules/call/start-retry.ts';
import { SECOND } from '../shared/rules/values/instant.ts';
import { noteStarted } from './adopt-recording.ts';
import { type ClaimedCall, changeOwnCall, type RecordingStartDependencies } from './claimed-call.ts';

/**
 * Asks again and again within this invocation while the call is young, then hands back to the queue.
 *
 * Only replies that prove that nothing was started lead to another request.
 */
export async function attemptStart(deps: RecordingStartDependencies, claim: ClaimedCall): Promise<Outcome> {
  const { callSid } = claim.call;
  const begun = deps.clock.now();
  for (let attempts = claim.call.attempts + 1; ; attempts++) {
    const reply = await deps.twilio.startRecording(callSid);
    if (reply.kind === 'started') return noteStarted(deps, claim, reply.recording, attempts);
    if (reply.kind === 'doubtful' && !isPastAnyCall(deps.clock.now() - claim.startedAt)) {
      return remainInDoubt(deps, claim, attempts, reply);
    }
    const final = await reasonToGiveUp(deps, claim, reply);
    if (final) return giveUp(deps, claim, attempts, reply, final);

    const soon = reply.kind === 'not-found' || reply.kind === 'not-eligible' || (await credentialsRenewed(deps, reply));
    const now = deps.clock.now();
    if (!soon || !isRetriedQuickly(now - claim.startedAt, now - begun)) {
      return handBack(deps, claim, attempts, reply);
    }
    logFailure(deps, callSid, attempts, reply, QUICK_RETRY_PAUSE_MS / SECOND);
    await deps.clock.sleep(QUICK_RETRY_PAUSE_MS);
  }
}

interface Final {
  readonly reason: string;
  /** Of a call that is over, where Twilio has said so. */
  readonly durationSeconds?: number;
}

/** The reason why no further attempt can succeed, or `undefined` while the call may still be recorded. */
async function reasonToGiveUp(
  deps: RecordingStartDependencies,
  { call, startedAt }: ClaimedCall,
  reply: Refusal,
): Promise<Final | undefined> {
  if (isPastAnyCall(deps.clock.now() - startedAt)) return { reason: `past-any-call: ${reply.reason}` };
  if (reply.kind !== 'not-eligible' && reply.kind !== 'refused') return undefined;
  // 21220 says both "not yet" and "no longer": the call's own status tells them apart.
  const progress = await deps.twilio.callProgress(call.callSid);
  return progress.kind === 'over' ? { ...progress, reason: `call-over: ${reply.reason}` } : undefined;
}

async function giveUp(
  deps: RecordingStartDependencies,
  { call, startedAt, owner }: ClaimedCall,
  attempts: number,
  reply: Refusal,
  { reason, durationSeconds = (deps.clock.now() - startedAt) / SECOND }: Final,
): Promise<Outcome> {
  await changeOwnCall(deps, call.callSid, owner, (row) => startImpossible(row, attempts, reason));
  logFailure(deps, call.callSid, attempts, reply, undefined);
  const short = durationSeconds < SHORT_CALL_SECONDS;
  deps.log.count(short ? 'CallTooShort' : 'CallUnrecordable');
  deps.log.error('The call cannot be recorded', { event: 'call_unrecordable', callSid: call.callSid, reason });
  return DONE;
}

async function handBack(
  deps: RecordingStartDependencies,
  { call, startedAt, owner }: ClaimedCall,
  attempts: number,
  reply: Refusal,
): Promise<Outcome> {
  const now = deps.clock.now();
  const seconds = startPauseSeconds(now - startedAt, deps.randomness.fraction());
  await changeOwnCall(deps, call.callSid, owner, (row) =>
    startAgainLater(row, attempts, reply.reason, now + seconds * SECOND),
  );
  deps.log.count(reply.kind === 'refused' ? 'RecordingStartRefused' : 'RecordingStartRetried');
  logFailure(deps, call.callSid, attempts, reply, seconds);
  return again(seconds);
}

async function remainInDoubt(
  deps: RecordingStartDependencies,
  { call, startedAt, owner }: ClaimedCall,
  attempts: number,
  reply: Refusal,
): Promise<Outcome> {
  const now = deps.clock.now();
  const seconds = doubtPauseSeconds(now - startedAt, deps.randomness.fraction());
  await changeOwnCall(deps, call.callSid, owner, (row) =>
    startInDoubt(row, attempts, reply.reason, now, now + seconds * SECOND),
  );
  deps.log.count('RecordingStartRetried');
  logFailure(deps, call.callSid, attempts, reply, seconds);
  return again(seconds);
}

function logFailure(
  deps: RecordingStartDependencies,
  callSid: string,
  attempt: number,
  reply: Refusal,
  retryInSeconds: number | undefined,
): void {
  deps.log.warn('Failed to start call recording', {
    event: 'recording_start_error',
    callSid,
    attempt,
    status: reply.status,
    code: reply.code,
    reason: reply.reason,
    willRetry: retryInSeconds !== undefined,
    ...(retryInSeconds !== undefined && { retryInSeconds }),
  });
}
