/**
 * Starts a call's recording, once, however long Twilio takes to register the call.
 *
 * Twilio's create has no idempotency key. So a call is claimed before it is asked for, and after any reply that leaves
 * open whether Twilio acted, the call's recordings are asked for first.
 */
import { RECORDING_START_DELAY_SECONDS } from '../shared/contract/stream.ts';
import { again, DONE, type Outcome } from '../shared/entry/queue-consumer.ts';
import type { Clock } from '../shared/ports/clock.ts';
import type { StartMessage, StreamStartMessage } from '../shared/ports/queues.ts';
import { changeRow } from '../shared/rows/change-row.ts';
import { claimStart, isSettled, noteStream } from '../shared/rules/call/call.ts';
import { RECEIVES_BEFORE_SWEEP } from '../shared/rules/call/start-retry.ts';
import { isClaimed } from '../shared/rules/table/claim.ts';
import type { CallRow } from '../shared/rules/table/rows.ts';
import { SECOND } from '../shared/rules/values/instant.ts';
import { adoptRecording } from './adopt-recording.ts';
import { attemptStart } from './attempt-start.ts';
import type { ClaimedCall, RecordingStartDependencies } from './claimed-call.ts';
import { lookUpCall } from './look-up-call.ts';

/**
 * One message of the queue. Receives are counted by SQS, from 1. A message that has come often is given up before it goes
 * to the dead letters: the row is still waiting, and the sweep takes it up.
 */
export async function recordingStart(
  deps: RecordingStartDependencies,
  message: StartMessage,
  receives: number,
): Promise<Outcome> {
  const start = 'lookUp' in message ? await lookUpCall(deps, message.callSid) : message;
  if (!start) return DONE;
  const outcome = await startOrAdopt(deps, start);
  return receives >= RECEIVES_BEFORE_SWEEP ? DONE : outcome;
}

async function startOrAdopt(deps: RecordingStartDependencies, message: StreamStartMessage): Promise<Outcome> {
  await waitForMinimumDelay(deps.clock, message.startedAt);
  const claim = await claimCall(deps, message);
  if ('outcome' in claim) return claim;

  if (claim.call.attempts === 0 && !claim.inDoubt) {
    deps.log.info('Starting call recording (after 1s delay)', {
      event: 'recording_starting',
      callSid: message.callSid,
      secondsSinceStreamStart: (deps.clock.now() - claim.startedAt) / SECOND,
    });
  }
  if (claim.inDoubt) {
    const adopted = await adoptRecording(deps, claim);
    if (adopted !== 'proven-absent') return adopted;
  }
  return attemptStart(deps, claim);
}

/** SQS counts its delay in whole seconds of its own clock; the minimum of one second is ours to keep. */
async function waitForMinimumDelay(clock: Clock, startedAt: number): Promise<void> {
  const early = startedAt + RECORDING_START_DELAY_SECONDS * SECOND - clock.now();
  // A clock that is far off must not hold the message: no more than the delay itself is waited for.
  if (early > 0) await clock.sleep(Math.min(early, RECORDING_START_DELAY_SECONDS * SECOND));
}

async function claimCall(
  deps: RecordingStartDependencies,
  message: StreamStartMessage,
): Promise<ClaimedCall | Outcome> {
  const { callSid, startedAt } = message;
  const owner = deps.randomness.id();
  let before: CallRow | undefined;
  const { row, changed } = await changeRow(deps, { kind: 'call', callSid }, (call) => {
    const now = deps.clock.now();
    if (call && (isSettled(call) || isClaimed(call, now))) return undefined;
    before = call;
    return claimStart(noteStream(call, message), owner, now);
  });
  if (!row || isSettled(row)) return DONE;
  if (!changed) return again(Math.max(1, ((row.claim?.until ?? 0) - deps.clock.now()) / SECOND));
  return { call: row, startedAt: row.startedAt ?? startedAt, owner, inDoubt: before?.state === 'posting' };
}
