/** The audio's way from Twilio to S3, checked as it passes by. */
import type { AudioFormat, Canary } from '../shared/contract/settings.ts';
import { credentialsRenewed } from '../shared/entry/renew-credentials.ts';
import type { AudioStore } from '../shared/ports/audio-store.ts';
import type { StepPorts } from '../shared/ports/step-ports.ts';
import type { Credentials, Refusal, TwilioRest } from '../shared/ports/twilio.ts';
import {
  AudioRejected,
  type ContainerSlip,
  checkedAudio,
  expectedAudio,
  isAudio,
  type KnownOfRecording,
  mayBeAudio,
} from '../shared/rules/audio/audio-check.ts';
import { PeakMeter, type Peaks } from '../shared/rules/audio/peaks.ts';
import { canaryKey } from '../shared/rules/canary/canary.ts';
import { objectMetadata, type SaidOfRecording } from '../shared/rules/recording/object-metadata.ts';
import { COPY_ENDS_MS, COPY_HANDS_OVER_MS } from '../shared/rules/recording/resumption.ts';
import { storageKey } from '../shared/rules/recording/storage-key.ts';
import type { CallRow, EncryptionDetails, RecordingRow, StoredAudio } from '../shared/rules/table/rows.ts';
import type { Upload } from '../shared/rules/table/upload.ts';
import type { Instant } from '../shared/rules/values/instant.ts';
import { ClaimLost, renewingClaim } from './copy-claim.ts';
import { type AudioSource, abandon, openAudio } from './open-audio.ts';
import { OutOfTime, Progress } from './progress.ts';

export interface CopyAudioDependencies extends StepPorts {
  readonly twilio: TwilioRest;
  readonly credentials: Credentials;
  readonly store: AudioStore;
  /** What recordings are kept as; an encrypted one is kept as WAV all the same. */
  readonly audioFormat: AudioFormat;
  /** Whether there is a canary, whose recordings lie in a place of their own. */
  readonly canary?: Canary | undefined;
  /** Name of the deployment, which its objects carry. */
  readonly stage: string;
}

export interface Proven {
  readonly stored: StoredAudio;
  readonly encryption: EncryptionDetails | undefined;
  readonly slips: readonly ContainerSlip[];
  /** Absent where the audio is no plain WAV that has passed from its beginning to its end. */
  readonly peaks: Peaks | undefined;
}

export type Copied =
  | ({ readonly kind: 'stored' } & Proven)
  /** More of it is stored than before; another invocation goes on. */
  | { readonly kind: 'handed-over'; readonly upload: Upload; readonly reason: string }
  /** `upload` is what a later attempt may go on with. */
  | { readonly kind: 'failed'; readonly reason: string; readonly upload?: Upload | undefined }
  /** Another copy has taken the recording over. */
  | { readonly kind: 'lost' };

/** The recording, as the copy needs to know it. */
interface Wanted extends KnownOfRecording, SaidOfRecording {
  readonly format: AudioFormat;
  readonly key: string;
  readonly isCanary: boolean;
}

export async function copyAudio(deps: CopyAudioDependencies, row: RecordingRow, owner: string): Promise<Copied> {
  const begun = deps.clock.now();
  const { callSid, recordingSid } = row;
  const found = await deps.twilio.recording(recordingSid);
  // Where the resource is unavailable, its audio may still be there: then the callback's word is taken.
  if (found.kind !== 'found' && found.kind !== 'not-found') return refused(deps, 'recording', found, row.upload);
  const recording = found.kind === 'found' ? found.recording : { ...row, status: 'completed', encryption: undefined };
  if (recording.status !== 'completed') return failed(`twilio-says-${recording.status}`, row.upload);
  if (recording.callSid !== callSid) return failed('recording-of-another-call', row.upload);

  // Twilio makes no MP3 of what it cannot read: https://www.twilio.com/docs/api/errors/16109. Where its resource is not to be
  // had, and nobody knows whether it is encrypted, what is wanted is asked for: of an encrypted recording that is refused,
  // and noise would have no frames, so nothing wrong is kept; and a passing 404 does not decide what a recording is kept as.
  const canary = await canaryCall(deps, callSid);
  const format = recording.encryption === undefined && !canary ? deps.audioFormat : 'wav';
  const key = canary ? canaryKey(canary, recordingSid) : storageKey(callSid, recordingSid, format);
  const source = await openAudio(deps, row, { channels: recording.channels, format, key });
  if (source.kind !== 'source') return refused(deps, 'audio', source, row.upload);
  const isRight = recording.encryption === undefined && !row.accepted ? isAudio : mayBeAudio;
  if (!isRight(source.audio.contentType)) {
    source.audio.close();
    return failed('content-type-is-not-audio', source.upload);
  }
  const wanted = { ...recording, accepted: row.accepted, format, key, isCanary: canary !== undefined };
  return transfer(deps, row, owner, source, wanted, begun);
}

/** The call, where it is a canary's. A row that cannot be read is none: the recording is stored as every other. */
async function canaryCall({ canary, table }: CopyAudioDependencies, callSid: string): Promise<CallRow | undefined> {
  if (!canary) return undefined;
  const rows = await table.readCall(callSid, () => undefined);
  return rows.find((row): row is CallRow => row.kind === 'call' && row.canary === true);
}

async function transfer(
  deps: CopyAudioDependencies,
  row: RecordingRow,
  owner: string,
  source: AudioSource,
  wanted: Wanted,
  begun: Instant,
): Promise<Copied> {
  const { audio } = source;
  const { callSid, recordingSid } = row;
  const { key } = wanted;
  const slips = new Set<ContainerSlip>();
  if (wanted.encryption === undefined && !isAudio(audio.contentType)) slips.add('content-type-is-not-audio');
  const meter = isMetered(source, wanted) ? new PeakMeter() : undefined;
  const progress = new Progress(deps, source, key);
  const until = begun + (source.resumable ? COPY_HANDS_OVER_MS : COPY_ENDS_MS);
  try {
    const inTime = progress.watch(audio.bytes, until);
    const expected = expectedAudio(wanted.format, audio, wanted);
    const passing = meter && ((piece: Uint8Array) => meter.read(piece));
    const checkpoints = { ...progress.checkpoints, passing };
    const checked = checkedAudio(inTime, expected, (slip) => slips.add(slip), checkpoints);
    const claimed = renewingClaim(deps, { callSid, recordingSid }, owner, checked, () => progress.upload);
    const about = { contentType: audio.contentType, metadata: objectMetadata(row, wanted, deps.stage) };
    const put = await deps.store.put(key, claimed, about, source.resumable ? progress.lasting : undefined);
    const head = await deps.store.head(key);
    if (!head) return failed('s3-object-missing-after-upload');
    if (head.bytes !== put.bytes || head.checksum !== put.checksum) {
      return failed(put.kind === 'occupied' ? 's3-key-occupied' : 's3-object-differs-after-upload');
    }
    const stored = {
      bucket: deps.store.bucket,
      key,
      bytes: head.bytes,
      checksum: put.checksum,
      contentType: source.upload?.contentType ?? audio.contentType,
      ...(head.versionId !== undefined && { versionId: head.versionId }),
      storedAt: deps.clock.now(),
    };
    const proven = { stored, encryption: wanted.encryption, slips: [...slips], peaks: meter?.result() };
    return { kind: 'stored', ...proven };
  } catch (error) {
    if (error instanceof ClaimLost) return { kind: 'lost' };
    deps.log.warn('The copy broke off', { event: 'copy_error', callSid, recordingSid, error });
    return brokenOff(deps, progress, error, reasonOf(error, source));
  }
}

/** What an earlier invocation has stored does not pass here again. A canary's copies expire within days, and nobody draws them. */
const isMetered = ({ upload }: AudioSource, { format, encryption, isCanary }: Wanted): boolean =>
  format === 'wav' && encryption === undefined && upload === undefined && !isCanary;

/**
 * What is right so far is kept. Where S3 did not even take the next part, the upload itself may be what is wrong, such as one that
 * somebody has removed: it is begun anew.
 */
async function brokenOff(
  deps: CopyAudioDependencies,
  progress: Progress,
  error: unknown,
  reason: string,
): Promise<Copied> {
  const { upload, advanced, interrupted, begun } = progress;
  const isRight = !(error instanceof AudioRejected) && (interrupted || advanced);
  if (!upload || !isRight) {
    if (begun) await abandon(deps, begun);
    return failed(reason);
  }
  return advanced && interrupted ? { kind: 'handed-over', upload, reason } : failed(reason, upload);
}

const failed = (reason: string, upload?: Upload): Copied => ({ kind: 'failed', reason, upload });

async function refused(
  deps: CopyAudioDependencies,
  what: string,
  reply: Refusal,
  upload: Upload | undefined,
): Promise<Copied> {
  await credentialsRenewed(deps, reply);
  return failed(`${what}: ${reply.reason}`, upload);
}

/** For the table and the log: our own words, or the name of an error, never its message, which may quote anything. */
function reasonOf(error: unknown, { resumable }: AudioSource): string {
  if (error instanceof AudioRejected) return error.reason;
  if (error instanceof OutOfTime) return resumable ? 'too-slow' : 'too-slow-in-one-piece';
  return error instanceof Error ? `error: ${error.name}` : 'error';
}
