/** Copies one recording from Twilio to S3, and believes in the copy only after S3 has been asked for it. */
import type { AudioFormat } from '../shared/contract/settings.ts';
import { again, DONE, type Outcome } from '../shared/entry/queue-consumer.ts';
import { credentialsRenewed } from '../shared/entry/renew-credentials.ts';
import type { AudioStore } from '../shared/ports/audio-store.ts';
import type { RecordingMessage } from '../shared/ports/queues.ts';
import type { StepPorts } from '../shared/ports/step-ports.ts';
import type { Credentials, Refusal, TwilioRest } from '../shared/ports/twilio.ts';
import { changeRow } from '../shared/rows/change-row.ts';
import { flagExtraRecordings } from '../shared/rows/extra-recordings.ts';
import {
  AudioRejected,
  type ContainerSlip,
  checkedAudio,
  expectedAudio,
  isAudio,
  mayBeAudio,
} from '../shared/rules/audio/audio-check.ts';
import { objectMetadata } from '../shared/rules/recording/object-metadata.ts';
import {
  COPY_OVERDUE_MS,
  claimCopy,
  copyFailed,
  copyPauseMs,
  copySucceeded,
  isToBeCopied,
} from '../shared/rules/recording/recording.ts';
import { storageKey } from '../shared/rules/recording/storage-key.ts';
import { isClaimed } from '../shared/rules/table/claim.ts';
import type { Draft, EncryptionDetails, RecordingRow, StoredAudio } from '../shared/rules/table/rows.ts';
import { SECOND, toIso } from '../shared/rules/values/instant.ts';

import { askForReport } from './ask-report.ts';
import { CLAIM_LOST, changeOwnRecording, renewingClaim } from './copy-claim.ts';

export interface RecordingCopyDependencies extends StepPorts {
  readonly twilio: TwilioRest;
  readonly credentials: Credentials;
  readonly store: AudioStore;
  /** What recordings are kept as; an encrypted one is kept as WAV all the same. */
  readonly audioFormat: AudioFormat;
  readonly keepAtTwilioMs: number;
  /** Name of the deployment, which its objects carry. */
  readonly stage: string;
}

/** SQS delays up to 15 minutes in the queue; longer pauses are left to `sweep`. */
const PAUSE_IN_QUEUE_MAX_MS = 900 * SECOND;

/** Twilio may answer 404 right after it has said `completed`: the first failures pass by themselves and alarm nobody. */
const PASSING_FAILURES = 2;

interface Proven {
  readonly stored: StoredAudio;
  readonly encryption: EncryptionDetails | undefined;
  readonly slips: readonly ContainerSlip[];
}

type Copied = ({ readonly ok: true } & Proven) | { readonly ok: false; readonly reason: string };

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

  const begun = deps.clock.now();
  const copied = await copy(deps, row, owner);
  if (!copied.ok && copied.reason === CLAIM_LOST) return DONE;
  return copied.ok ? succeed(deps, row, owner, copied, begun) : fallBack(deps, row, owner, copied.reason);
}

async function copy(deps: RecordingCopyDependencies, row: RecordingRow, owner: string): Promise<Copied> {
  const { callSid, recordingSid } = row;
  const found = await deps.twilio.recording(recordingSid);
  // Where the resource is not to be had, its audio may be all the same: then the callback's word is taken.
  if (found.kind !== 'found' && found.kind !== 'not-found') return refused(deps, 'recording', found);
  const recording = found.kind === 'found' ? found.recording : { ...row, status: 'completed', encryption: undefined };
  if (recording.status !== 'completed') return { ok: false, reason: `twilio-says-${recording.status}` };
  if (recording.callSid !== callSid) return { ok: false, reason: 'recording-of-another-call' };

  // Twilio makes no MP3 of what it cannot read: https://www.twilio.com/docs/api/errors/16109. Where its resource is not to be
  // had, and nobody knows whether it is encrypted, what is wanted is asked for: of an encrypted recording that is refused,
  // and noise would have no frames, so nothing wrong is kept; and a passing 404 does not decide what a recording is kept as.
  const format = recording.encryption === undefined ? deps.audioFormat : 'wav';
  const audio = await deps.twilio.openAudio(recordingSid, recording.channels, format);
  if (audio.kind !== 'opened') return refused(deps, 'audio', audio);
  const isRight = recording.encryption === undefined && !row.accepted ? isAudio : mayBeAudio;
  if (!isRight(audio.contentType)) {
    audio.close();
    return { ok: false, reason: 'content-type-is-not-audio' };
  }
  const expected = expectedAudio(format, audio, { ...recording, accepted: row.accepted });
  const key = storageKey(callSid, recordingSid, format);
  const slips = new Set<ContainerSlip>();
  if (recording.encryption === undefined && !isAudio(audio.contentType)) slips.add('content-type-is-not-audio');
  try {
    const checked = checkedAudio(audio.bytes, expected, (slip) => slips.add(slip));
    const claimed = renewingClaim(deps, { callSid, recordingSid }, owner, checked);
    const metadata = objectMetadata(row, recording, deps.stage);
    const put = await deps.store.put(key, claimed, { contentType: audio.contentType, metadata });
    const head = await deps.store.head(key);
    if (!head) return { ok: false, reason: 's3-object-missing-after-upload' };
    if (head.bytes !== put.bytes || head.checksum !== put.checksum) {
      return { ok: false, reason: put.kind === 'occupied' ? 's3-key-occupied' : 's3-object-differs-after-upload' };
    }
    const stored = {
      bucket: deps.store.bucket,
      key,
      bytes: head.bytes,
      checksum: put.checksum,
      contentType: audio.contentType,
      ...(head.versionId !== undefined && { versionId: head.versionId }),
      storedAt: deps.clock.now(),
    };
    return { ok: true, stored, encryption: recording.encryption, slips: [...slips] };
  } catch (error) {
    deps.log.warn('The copy broke off', { event: 'copy_error', callSid, recordingSid, error });
    return { ok: false, reason: reasonOf(error) };
  }
}

async function refused(deps: RecordingCopyDependencies, what: string, reply: Refusal): Promise<Copied> {
  await credentialsRenewed(deps, reply);
  return { ok: false, reason: `${what}: ${reply.reason}` };
}

/** For the table and the log: our own words, or the name of an error, never its message, which may quote anything. */
function reasonOf(error: unknown): string {
  if (error instanceof AudioRejected) return error.reason;
  return error instanceof Error ? `error: ${error.name}` : 'error';
}

async function succeed(
  deps: RecordingCopyDependencies,
  { callSid, recordingSid, completedAt, accepted }: RecordingRow,
  owner: string,
  { stored, encryption, slips }: Proven,
  begun: number,
): Promise<Outcome> {
  await changeOwnRecording(deps, { callSid, recordingSid }, owner, (row) =>
    copySucceeded(row, stored, encryption, deps.keepAtTwilioMs, slips),
  );
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
  // A failure here has the message delivered again, which flags and copies nothing, so that no extra recording goes unflagged.
  await flagExtraRecordings(deps, callSid);
  return DONE;
}

async function fallBack(
  deps: RecordingCopyDependencies,
  row: RecordingRow,
  owner: string,
  reason: string,
): Promise<Outcome> {
  const { callSid, recordingSid, attempts } = row;
  const pauseMs = copyPauseMs(attempts);
  const inQueue = pauseMs <= PAUSE_IN_QUEUE_MAX_MS;
  // A pause in the queue is overdue for the sweep only after it has passed.
  const due = deps.clock.now() + pauseMs + (inQueue ? COPY_OVERDUE_MS : 0);
  await changeOwnRecording(deps, { callSid, recordingSid }, owner, (known) => copyFailed(known, reason, due));
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
