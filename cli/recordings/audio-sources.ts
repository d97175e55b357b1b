/** Where downloaded audio comes from: S3 or, as long as that is the only place, Twilio. */
import { GetObjectCommand, NoSuchKey } from '@aws-sdk/client-s3';
import { AudioRejected, checkedAudio } from '../../lambdas/shared/rules/audio/audio-check.ts';
import type { RecordingRow, StoredAudio } from '../../lambdas/shared/rules/table/rows.ts';
import type { CommandContext } from '../command/command.ts';
import { hint } from '../command/hint.ts';
import { Problem } from '../command/problem.ts';
import { withClients } from '../place/clients.ts';
import { withTwilio } from '../place/twilio-rest.ts';
import { progressBar } from '../terminal/progress.ts';
import type { AudioTarget } from './audio-targets.ts';
import { writeProven } from './write-proven.ts';

export interface Downloaded {
  readonly bytes: number;
  /** Where it came from. */
  readonly from: string;
}

export function fromS3(context: CommandContext, stored: StoredAudio, target: AudioTarget): Promise<Downloaded> {
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
    return { bytes, from: uri };
  });
}

export function fromTwilio(context: CommandContext, row: RecordingRow, target: AudioTarget): Promise<Downloaded> {
  const { recordingSid, channels, durationSeconds, encryption, twilioUrl } = row;
  const place = context.place();
  return withTwilio(place, async (twilio) => {
    // As Twilio has it, whatever it is to be stored as: Twilio gives encrypted audio in no other format.
    const reply = await twilio.openAudio(recordingSid, channels, 'wav');
    if (reply.kind !== 'opened') {
      const todo =
        reply.status === 401 || reply.status === 403
          ? `Run ${hint(place, 'credentials check')}.`
          : 'Right after a call Twilio may need a moment; otherwise see docs/runbook.md#recording-fell-back.';
      throw new Problem(`Twilio did not give the audio of ${recordingSid}: ${reply.reason}. ${todo}`);
    }
    const { contentLength } = reply;
    const progress = progressBar(context.terminal.err, 'Downloading from Twilio', contentLength);
    const checked = checkedAudio(reply.bytes, {
      format: 'wav',
      ...(contentLength !== undefined && { contentLength }),
      ...(durationSeconds !== undefined && { durationSeconds }),
      ...(channels !== undefined && { channels }),
      encrypted: encryption !== undefined,
    });
    try {
      const bytes = await writeProven(target, checked, undefined, progress);
      return { bytes, from: twilioUrl };
    } catch (error) {
      if (!(error instanceof AudioRejected)) throw error;
      throw new Problem(`Twilio's audio is not whole: ${error.reason}. ${target.left} Try again.`);
    }
  });
}
