/** Copies one recording from Twilio to S3, and believes in the copy only after S3 has been asked for it. */
import { again, DONE, type Outcome } from '../shared/entry/queue-consumer.ts';
import type { RecordingMessage } from '../shared/ports/queues.ts';
import { changeRow } from '../shared/rows/change-row.ts';
import { flagExtraRecordings } from '../shared/rows/extra-recordings.ts';
import { eraseRecording } from '../shared/rules/erasure/tombstones.ts';
import {
  COPY_OVERDUE_MS,
  claimCopy,
  copyFailed,
  copyHandedOver,
  copyPauseMs,
  copySucceeded,
  isToBeCopied,
} from '../shared/rules/recording/recording.ts';
import { isClaimed } from '../shared/rules/table/claim.ts';
import type { Draft, RecordingRow } from '../shared/rules/table/rows.ts';
import { SECOND, toIso } from '../shared/rules/values/instant.ts';
import { askForReport } from './ask-report.ts';
import { type Copied, type CopyAudioDependencies, copyAudio, type Proven } from './copy-audio.ts';
import { changeOwnRecording } from './copy-claim.ts';
import { type KeepPeaksDependencies, keepPeaks } from './keep-peaks.ts';

export interface RecordingCopyDependencies extends CopyAudioDependencies, KeepPeaksDependencies {
  readonly keepAtTwilioMs: number;
}

/** SQS delays up to 15 minutes in the queue; longer pauses are left to `sweep`. */
const PAUSE_IN_QUEUE_MAX_MS = 900 * SECOND;

/** Twilio may answer 404 right after it has said `completed`: the first failures pass by themselves and alarm nobody. */
const PASSING_FAILURES = 2;

/** So often a message is handed on to the next invocation by the queue; then the sweep sends another, which has not been received yet. */
const HANDED_OVER_IN_QUEUE = 4;

/**
 * One message of the queue. A message that is delivered again takes the recording back from its own earlier delivery:
 * that one could not note what it had done, or will find that it has lost the claim.
 */
export async function recordingCopy(
  deps: RecordingCopyDependencies,
  message: RecordingMessage,
  receives: number,
  messageId: string,
): Promise<Outcome> {
  const owner = `${messageId}/${receives}`;
  const isClaimedByOther = (row: Draft<RecordingRow>, now: number) =>
    isClaimed(row, now) && !row.claim?.owner.startsWith(`${messageId}/`);
  const { row, changed } = await changeRow(deps, { kind: 'recording', ...message }, (known) => {
    const now = deps.clock.now();
    return known && isToBeCopied(known) && !isClaimedByOther(known, now) ? claimCopy(known, owner, now) : undefined;
  });
  if (row?.state === 'in-progress') {
    const complete = await askForReport(deps, row);
    return complete ? recordingCopy(deps, message, receives, messageId) : DONE;
  }
  if (!row || !changed) {
    // An earlier delivery has proven the copy, and may have died before it looked for extra recordings.
    if (row?.stored && receives > 1) await flagExtraRecordings(deps, message.callSid);
    // Copied already, or claimed by another: should that one die, the sweep finds the row by its due date.
    return DONE;
  }

  const call = await deps.table.read({ kind: 'call', callSid: row.callSid });
  if (call?.erased) return eraseInstead(deps, row, owner, call.erased.erasure);
  const begun = deps.clock.now();
  const copied = await copyAudio(deps, row, owner);
  switch (copied.kind) {
    case 'lost':
      return DONE;
    case 'stored':
      return succeed(deps, row, owner, copied, begun);
    case 'handed-over':
      return handOver(deps, row, owner, copied, receives);
    case 'failed':
      return fallBack(deps, row, owner, copied);
  }
}

/** It was not known when its call was erased: nothing of it is stored, and what is at Twilio goes too. */
async function eraseInstead(
  deps: RecordingCopyDependencies,
  { callSid, recordingSid }: RecordingRow,
  owner: string,
  id: string,
): Promise<Outcome> {
  await changeOwnRecording(deps, { callSid, recordingSid }, owner, (row) => {
    const now = deps.clock.now();
    const erased = eraseRecording(row, { id }, now) ?? row;
    return { ...erased, waiting: { next: 'erase', due: now } };
  });
  deps.log.warn('A recording of an erased call is erased too', {
    event: 'late_recording_erased',
    callSid,
    recordingSid,
  });
  return DONE;
}

/** More of the audio is stored than before: no failure, however often it happens, for it comes to an end. */
async function handOver(
  deps: RecordingCopyDependencies,
  { callSid, recordingSid }: RecordingRow,
  owner: string,
  { upload, reason }: Extract<Copied, { kind: 'handed-over' }>,
  receives: number,
): Promise<Outcome> {
  const inQueue = receives <= HANDED_OVER_IN_QUEUE;
  const due = deps.clock.now() + (inQueue ? COPY_OVERDUE_MS : 0);
  await changeOwnRecording(deps, { callSid, recordingSid }, owner, (row) => copyHandedOver(row, upload, due));
  deps.log.info('A long copy goes on in another invocation', {
    event: 'copy_handed_over',
    callSid,
    recordingSid,
    bytes: upload.bytes,
    reason,
  });
  return inQueue ? again(1) : DONE;
}

async function succeed(
  deps: RecordingCopyDependencies,
  { callSid, recordingSid, completedAt, accepted }: RecordingRow,
  owner: string,
  { stored, encryption, slips, peaks }: Proven,
  begun: number,
): Promise<Outcome> {
  const hasPeaks = await keepPeaks(deps, { callSid, recordingSid }, stored.bucket, peaks);
  await changeOwnRecording(deps, { callSid, recordingSid }, owner, (row) => ({
    ...copySucceeded(row, stored, encryption, deps.keepAtTwilioMs, slips),
    ...(hasPeaks && { peaks: true as const }),
  }));
  const secondsSinceCompletion = completedAt === undefined ? undefined : (stored.storedAt - completedAt) / SECOND;
  if (accepted) {
    deps.log.warn('The recording was stored as an operator has accepted it', {
      event: 'recording_accepted',
      callSid,
      recordingSid,
      reason: accepted.reason,
    });
  }
  if (slips.length > 0) {
    deps.log.warn('The audio is whole, but its container does not say the truth', {
      event: 'audio_container_slip',
      callSid,
      recordingSid,
      reason: slips.join(', '),
    });
  }
  deps.log.count('RecordingStored');
  if (secondsSinceCompletion !== undefined) deps.log.measure('SecondsToStored', secondsSinceCompletion);
  deps.log.info('Recording stored in S3', {
    event: 'recording_stored',
    callSid,
    recordingSid,
    key: stored.key,
    bytes: stored.bytes,
    seconds: (stored.storedAt - begun) / SECOND,
    due: toIso(stored.storedAt + deps.keepAtTwilioMs),
    ...(secondsSinceCompletion !== undefined && { secondsSinceCompletion }),
  });
  // Where this fails, the message is delivered again. That delivery finds the copy stored, and only flags.
  await flagExtraRecordings(deps, callSid);
  return DONE;
}

async function fallBack(
  deps: RecordingCopyDependencies,
  row: RecordingRow,
  owner: string,
  { reason, upload }: Extract<Copied, { kind: 'failed' }>,
): Promise<Outcome> {
  const { callSid, recordingSid, attempts } = row;
  const pauseMs = copyPauseMs(attempts);
  const inQueue = pauseMs <= PAUSE_IN_QUEUE_MAX_MS;
  // A pause in the queue is overdue for the sweep only after it has passed.
  const due = deps.clock.now() + pauseMs + (inQueue ? COPY_OVERDUE_MS : 0);
  await changeOwnRecording(deps, { callSid, recordingSid }, owner, (known) => copyFailed(known, reason, due, upload));
  deps.log.count(attempts < PASSING_FAILURES ? 'RecordingCopyRetried' : 'RecordingFellBack');
  deps.log.error("The recording could not be copied; Twilio's URL is the fallback", {
    event: 'recording_fallback',
    callSid,
    recordingSid,
    reason,
    attempt: attempts + 1,
    retryInSeconds: pauseMs / SECOND,
  });
  return inQueue ? again(pauseMs / SECOND) : DONE;
}
