/** `recordings download`: the audio, from S3 or, as long as that is the only place, from Twilio, into a file or to standard output, proven. */
import { GetObjectCommand, NoSuchKey } from '@aws-sdk/client-s3';
import type { Refusal } from '../../lambdas/shared/ports/twilio.ts';
import {
  AudioRejected,
  checkedAudio,
  expectedAudio,
  isAudio,
  mayBeAudio,
} from '../../lambdas/shared/rules/audio/audio-check.ts';
import { audioOf } from '../../lambdas/shared/rules/call/story.ts';
import { fileNameOf } from '../../lambdas/shared/rules/recording/storage-key.ts';
import type { EncryptionDetails, RecordingRow, StoredAudio } from '../../lambdas/shared/rules/table/rows.ts';
import type { CommandContext, Result } from '../command/command.ts';
import { EXIT, hint, Problem } from '../command/problem.ts';
import { withClients, withTwilio } from '../place/clients.ts';
import type { Place } from '../place/place.ts';
import { BYTES, progressBar } from '../terminal/progress.ts';
import { type AudioTarget, checkTarget, fileTarget, OUTPUT, outputTarget, writeProven } from './audio-targets.ts';
import { findRecording } from './find-recording.ts';

export interface DownloadOptions {
  /** The call that was recorded, where it was named. */
  readonly callSid: string | undefined;
  /** A file, or `-` for standard output; absent: a file in this folder. */
  readonly to: string | undefined;
  readonly overwrite: boolean;
}

export async function downloadRecording(context: CommandContext, options: DownloadOptions): Promise<Result> {
  const { callSid, to, overwrite } = options;
  const [recordingSid = ''] = context.positionals;
  if (to !== undefined) checkTarget(context, to, overwrite);
  const row = await findRecording(context, recordingSid, callSid);
  const file = to ?? (row.stored ? fileNameOf(recordingSid, row.stored) : `${recordingSid}.wav`);
  if (to === undefined) checkTarget(context, file, overwrite);
  const audio = audioOf(row);
  if (audio.where === 'nowhere') throw new Problem(`${recordingSid} has no audio: ${audio.why}.`);
  const target = file === OUTPUT ? outputTarget(context.terminal.out) : fileTarget(file);
  const { bytes, from, encryption } = await (row.stored
    ? fromS3(context, row, row.stored, target)
    : fromTwilio(context, row, target));
  const done = `${file === OUTPUT ? 'Standard output' : file}: ${BYTES(bytes)} from ${from}, proven.`;
  return {
    exit: EXIT.ok,
    text: encryption ? `${done}\n${asText(encryption)}` : done,
    json: { recordingSid, callSid: row.callSid, file, bytes, from, ...(encryption && { encryption }) },
    audioOnOutput: file === OUTPUT,
  };
}

const asText = ({ publicKeySid, encryptedCek, iv }: EncryptionDetails): string =>
  `It is encrypted. Decrypt it with your private key of ${publicKeySid}; encrypted CEK ${encryptedCek}, IV ${iv}.`;

function fromS3(context: CommandContext, { encryption }: RecordingRow, stored: StoredAudio, target: AudioTarget) {
  const { bucket, key, bytes, checksum, versionId } = stored;
  const version = versionId !== undefined && { VersionId: versionId };
  const uri = `s3://${bucket}/${key}`;
  return withClients(context.place(), ['s3'], async ({ s3 }) => {
    const reply = await s3
      .send(new GetObjectCommand({ Bucket: bucket, Key: key, ...version }))
      .catch((error: unknown) => {
        if (!(error instanceof NoSuchKey)) throw error;
        const todo = 'Restore it from the versions of the bucket: see docs/runbook.md#deletion-doubtful.';
        throw new Problem(`${uri} is gone, though the table has it as stored. ${todo}`);
      });
    if (!reply.Body) throw new Problem(`${uri} came without a body.`);
    const progress = progressBar(context.terminal.err, 'Downloading', bytes);
    // The SDK answers a stream of Node.js's here; its type covers browsers as well.
    await writeProven(target, reply.Body as AsyncIterable<Uint8Array>, { bytes, checksum }, progress);
    return { bytes, from: uri, encryption };
  });
}

function fromTwilio(context: CommandContext, row: RecordingRow, target: AudioTarget) {
  const { recordingSid, channels, twilioUrl } = row;
  const place = context.place();
  return withTwilio(place, async (twilio) => {
    // A row learns by its copy that its audio is encrypted: until then only Twilio knows.
    const described = await twilio.recording(recordingSid);
    const encryption = row.encryption ?? (described.kind === 'found' ? described.recording.encryption : undefined);
    const advice = described.kind === 'found' ? '' : howToLook(row, described);
    const notWhole = (reason: string) =>
      new Problem(`Twilio's audio is not whole: ${reason}. ${target.left} Try again.${advice}`);
    // As Twilio has it, whatever it is to be stored as: Twilio gives encrypted audio in no other format.
    const reply = await twilio.openAudio(recordingSid, channels, 'wav');
    if (reply.kind !== 'opened') throw notOpened(place, recordingSid, reply);
    const isRight = described.kind === 'found' && encryption === undefined ? isAudio : mayBeAudio;
    if (!isRight(reply.contentType)) {
      reply.close();
      throw notWhole('content-type-is-not-audio');
    }
    const progress = progressBar(context.terminal.err, 'Downloading from Twilio', reply.contentLength);
    const checked = checkedAudio(reply.bytes, expectedAudio('wav', reply, { ...row, encryption }));
    try {
      const bytes = await writeProven(target, checked, undefined, progress);
      return { bytes, from: twilioUrl, encryption };
    } catch (error) {
      // Where the file could not be opened, nobody has read the audio to its end.
      reply.close();
      throw error instanceof AudioRejected ? notWhole(error.reason) : error;
    }
  });
}

function notOpened(place: Place, recordingSid: string, { status, reason }: Refusal): Problem {
  const todo =
    status === 401 || status === 403
      ? `Run ${hint(place, 'credentials check')}.`
      : 'Right after a call Twilio may need a moment; otherwise see docs/runbook.md#recording-fell-back.';
  return new Problem(`Twilio did not give the audio of ${recordingSid}: ${reason}. ${todo}`);
}

/** Where this command cannot tell, the audio and what it is decrypted by can be fetched from Twilio itself. */
function howToLook({ recordingSid, twilioUrl }: RecordingRow, { reason }: Refusal): string {
  const curl = 'curl -u "$TWILIO_ACCOUNT_SID:$TWILIO_AUTH_TOKEN"';
  return (
    ` Twilio did not say whether it is encrypted (${reason}). Look yourself: ${curl} ${twilioUrl}.json; where that shows ` +
    `encryption_details, keep them, and fetch the audio: ${curl} -o ${recordingSid}.wav ${twilioUrl}.wav`
  );
}
