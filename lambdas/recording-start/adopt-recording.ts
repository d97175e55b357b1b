/** Finds out what became of a start request whose reply was lost. */
import { again, DONE, type Outcome } from '../shared/entry/queue-consumer.ts';
import { credentialsRenewed } from '../shared/entry/renew-credentials.ts';
import type { TwilioRecording } from '../shared/ports/twilio.ts';
import { changeRow } from '../shared/rows/change-row.ts';
import { flagExtraRecordings } from '../shared/rows/extra-recordings.ts';
import { startInDoubt, startSucceeded } from '../shared/rules/call/call.ts';
import { doubtPauseSeconds } from '../shared/rules/call/start-retry.ts';
import { applyReport } from '../shared/rules/recording/recording.ts';
import { reportOf, STARTED_BY_RECORDER } from '../shared/rules/recording/twilio-recording.ts';
import { MINUTE, SECOND } from '../shared/rules/values/instant.ts';
import { type ClaimedCall, changeOwnCall, type RecordingStartDependencies } from './claimed-call.ts';

/** A recording from before the stream is somebody else's; Twilio's clock may differ from ours by this much. */
const CLOCKS_DIFFER_MS = MINUTE;

/**
 * Asks for the call's recordings. What was started through the API is adopted; if there is none, the earlier request is
 * proven to have come to nothing, and another may be made.
 */
export async function adoptRecording(
  deps: RecordingStartDependencies,
  claim: ClaimedCall,
): Promise<Outcome | 'proven-absent'> {
  const reply = await deps.twilio.recordingsOfCall(claim.call.callSid);
  if (reply.kind === 'found') {
    const earliest = claim.call.startedAt - CLOCKS_DIFFER_MS;
    const [first] = reply.recordings
      .filter(({ source, createdAt }) => source === STARTED_BY_RECORDER && (createdAt ?? earliest) >= earliest)
      .sort((a, b) => (a.createdAt ?? 0) - (b.createdAt ?? 0));
    return first ? noteStarted(deps, claim, first, 'adopted', Math.max(1, claim.call.attempts)) : 'proven-absent';
  }
  // Twilio does not know the call: then it has no recording of it either.
  if (reply.kind === 'not-found') return 'proven-absent';

  await credentialsRenewed(deps, reply);
  const { call, owner } = claim;
  const now = deps.clock.now();
  const seconds = doubtPauseSeconds(now - call.startedAt, deps.randomness.fraction());
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

/** Notes the recording first, then the call: a crash between them leaves the call to be adopted again. */
export async function noteStarted(
  deps: RecordingStartDependencies,
  { call, owner }: ClaimedCall,
  recording: TwilioRecording,
  how: 'started' | 'adopted',
  attempts: number,
): Promise<Outcome> {
  const { callSid } = call;
  const { recordingSid } = recording;
  const { accountSid } = await deps.credentials.current();
  const report = reportOf(recording, deps.twilio.urlOf(accountSid, recordingSid));
  if (report) {
    // Twilio files a recording under the parent leg, and calls back with that leg's SID.
    await changeRow(deps, { kind: 'recording', callSid: report.callSid, recordingSid }, (row) =>
      applyReport(row, report, deps.clock.now()),
    );
  }
  await changeOwnCall(deps, callSid, owner, (row) => startSucceeded(row, recordingSid));

  const secondsSinceStreamStart = (deps.clock.now() - call.startedAt) / SECOND;
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
  return DONE;
}
