/** Finds out what became of a start request whose reply was lost. */
import { again, DONE, type Outcome } from '../shared/entry/queue-consumer.ts';
import { credentialsRenewed } from '../shared/entry/renew-credentials.ts';
import type { Refusal, TwilioRecording } from '../shared/ports/twilio.ts';
import { changeRow } from '../shared/rows/change-row.ts';
import { flagExtraRecordings } from '../shared/rows/extra-recordings.ts';
import { startAdopted, startInDoubt, startSucceeded } from '../shared/rules/call/call.ts';
import { doubtPauseSeconds, isPastAnyCall } from '../shared/rules/call/start-retry.ts';
import { mayBeOurs, runs } from '../shared/rules/recording/adoption.ts';
import { applyReport } from '../shared/rules/recording/recording.ts';
import { reportOf } from '../shared/rules/recording/twilio-recording.ts';
import type { OwnershipProof, RecordingRow } from '../shared/rules/table/rows.ts';
import { SECOND } from '../shared/rules/values/instant.ts';
import { type ClaimedCall, changeOwnCall, type RecordingStartDependencies } from './claimed-call.ts';

/** What runs and may be ours is looked at this often: should it end before the call does, the call is not being recorded. */
const LOOK_AGAIN_SECONDS = 60;

/**
 * Asks for the call's recordings. Twilio does not say who started them: one that has called back to our request's own URL is ours. One that
 * our request may have started, and that still runs, counts as the call's recording, but not as ours to delete. If there is
 * neither, no request of ours records the call, and another may be made.
 */
export async function adoptRecording(
  deps: RecordingStartDependencies,
  claim: ClaimedCall,
): Promise<Outcome | 'proven-absent'> {
  const { callSid, askedAt = claim.startedAt, startBy } = claim.call;
  const proven = await provenRecording(deps, callSid);
  if (proven) return settle(deps, claim, proven.recordingSid, proven.proof === 'reply' ? 'started' : 'adopted');

  const reply = await deps.twilio.recordingsOfCall(callSid);
  // Twilio does not know the call: then no request has started a recording of it. TwiML may have, up to the end of any call.
  const mayRecord = startBy === 'twiml' && !isPastAnyCall(deps.clock.now() - claim.startedAt);
  if (reply.kind === 'not-found' && !mayRecord) return 'proven-absent';
  if (reply.kind !== 'found') return remainInDoubt(deps, claim, reply);

  const candidates = reply.recordings
    .filter((recording) => mayBeOurs(recording, askedAt, startBy))
    .sort((a, b) => (a.createdAt ?? 0) - (b.createdAt ?? 0));
  const running = candidates.find(runs);
  if (running) return adopt(deps, claim, running);
  const [ended] = candidates;
  if (!ended) return 'proven-absent';
  // It has ended with its call, or before it: then the call goes on without a recording.
  const progress = await deps.twilio.callProgress(callSid);
  if ('reason' in progress) return remainInDoubt(deps, claim, progress);
  if (progress.kind !== 'over') return 'proven-absent';
  await noteRecording(deps, ended, undefined);
  return settle(deps, claim, ended.recordingSid, 'adopted');
}

/** The call's recording that is known to be ours: by its callback, or by a reply after which the call could not be noted. */
async function provenRecording(deps: RecordingStartDependencies, callSid: string): Promise<RecordingRow | undefined> {
  // A row that cannot be read proves nothing, and keeps no call from being recorded.
  const rows = await deps.table.readCall(callSid, () => undefined);
  return rows.find((row): row is RecordingRow => row.kind === 'recording' && row.proof !== undefined);
}

async function adopt(
  deps: RecordingStartDependencies,
  claim: ClaimedCall,
  recording: TwilioRecording,
): Promise<Outcome> {
  const { recordingSid } = recording;
  await noteRecording(deps, recording, undefined);
  const due = deps.clock.now() + LOOK_AGAIN_SECONDS * SECOND;
  await changeOwnCall(deps, claim.call.callSid, claim.owner, (row) => startAdopted(row, recordingSid, due));
  if (claim.call.recordingSid !== recordingSid) await tellStarted(deps, claim, recordingSid, 'adopted');
  return again(LOOK_AGAIN_SECONDS);
}

async function settle(
  deps: RecordingStartDependencies,
  claim: ClaimedCall,
  recordingSid: string,
  how: 'started' | 'adopted',
): Promise<Outcome> {
  await changeOwnCall(deps, claim.call.callSid, claim.owner, (row) => startSucceeded(row, recordingSid, how));
  if (claim.call.recordingSid !== recordingSid) await tellStarted(deps, claim, recordingSid, how);
  return DONE;
}

async function remainInDoubt(
  deps: RecordingStartDependencies,
  { call, startedAt, owner }: ClaimedCall,
  reply: Refusal,
): Promise<Outcome> {
  await credentialsRenewed(deps, reply);
  const now = deps.clock.now();
  const seconds = doubtPauseSeconds(now - startedAt, deps.randomness.fraction());
  await changeOwnCall(deps, call.callSid, owner, (row) =>
    startInDoubt(row, row.attempts, reply.reason, now, now + seconds * SECOND),
  );
  deps.log.warn("The call's recordings could not be asked for", {
    event: 'recording_adopt_error',
    callSid: call.callSid,
    status: reply.status,
    code: reply.code,
    reason: reply.reason,
    retryInSeconds: seconds,
  });
  return again(seconds);
}

/** Notes the recording that a 201 has named, then the call: a crash between them leaves the call to be adopted again. */
export async function noteStarted(
  deps: RecordingStartDependencies,
  claim: ClaimedCall,
  recording: TwilioRecording,
  attempts: number,
): Promise<Outcome> {
  const { recordingSid } = recording;
  await noteRecording(deps, recording, 'reply');
  await changeOwnCall(deps, claim.call.callSid, claim.owner, (row) => startSucceeded(row, recordingSid, 'started'));
  await tellStarted(deps, claim, recordingSid, 'started', attempts);
  return DONE;
}

async function noteRecording(
  deps: RecordingStartDependencies,
  recording: TwilioRecording,
  proof: OwnershipProof | undefined,
): Promise<void> {
  const { recordingSid } = recording;
  const { accountSid } = await deps.credentials.current();
  const report = reportOf(recording, deps.twilio.urlOf(accountSid, recordingSid), proof);
  if (!report) return;
  // Twilio files a recording under the parent leg, and calls back with that leg's SID.
  await changeRow(deps, { kind: 'recording', callSid: report.callSid, recordingSid }, (row) =>
    applyReport(row, report, deps.clock.now()),
  );
}

async function tellStarted(
  deps: RecordingStartDependencies,
  { call, startedAt }: ClaimedCall,
  recordingSid: string,
  how: 'started' | 'adopted',
  attempts = Math.max(1, call.attempts),
): Promise<void> {
  const { callSid } = call;
  const secondsSinceStreamStart = (deps.clock.now() - startedAt) / SECOND;
  deps.log.count(how === 'started' ? 'RecordingStarted' : 'RecordingAdopted');
  deps.log.measure('SecondsToRecording', secondsSinceStreamStart);
  deps.log.measure('StartAttempts', attempts);
  deps.log.info('Call recording started successfully', {
    event: 'recording_success',
    callSid,
    recordingSid,
    attempt: attempts,
    how,
    secondsSinceStreamStart,
  });
  await flagExtraRecordings(deps, callSid);
}
