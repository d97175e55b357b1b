/** `recordings download`: the audio into a file or to standard output, proven against the row. */
import { audioOf } from '../../lambdas/shared/rules/call/story.ts';
import { fileNameOf } from '../../lambdas/shared/rules/recording/storage-key.ts';
import type { EncryptionDetails } from '../../lambdas/shared/rules/table/rows.ts';
import type { CommandContext, Result } from '../command/command.ts';
import { EXIT, Problem } from '../command/problem.ts';
import { BYTES } from '../terminal/progress.ts';
import { fromS3, fromTwilio } from './audio-sources.ts';
import { checkTarget, fileTarget, OUTPUT, outputTarget } from './audio-targets.ts';
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
