/** Audio of few bytes, different for every recording: the checks read its length from the headers in it. */
import type { AudioFormat } from '../../../lambdas/shared/contract/settings.ts';

/** Bytes of a second of WAV. */
const BYTES_PER_SECOND = 32;

/** The header of a frame of MPEG-2.5: 8 kilobits and 8,000 samples a second, the fewest bytes that there can be. */
const FRAME_HEADER = { 1: [0xff, 0xe3, 0x18, 0xc4], 2: [0xff, 0xe3, 0x18, 0x04] } as const;
const FRAME_BYTES = 72;
const FRAME_SECONDS = 0.072;

export interface SmallAudio {
  readonly recordingSid: string;
  readonly channels: 1 | 2;
  readonly seconds: number;
}

export const smallAudio = (audio: SmallAudio, format: AudioFormat): Buffer =>
  format === 'wav' ? smallWav(audio) : smallMp3(audio);

function smallMp3({ recordingSid, channels, seconds }: SmallAudio): Buffer {
  const frames = Math.max(1, Math.ceil(seconds / FRAME_SECONDS));
  const file = Buffer.alloc(frames * FRAME_BYTES, recordingSid);
  for (let frame = 0; frame < frames; frame++) file.set(FRAME_HEADER[channels], frame * FRAME_BYTES);
  return file;
}

function smallWav({ recordingSid, channels, seconds }: SmallAudio): Buffer {
  const length = seconds * BYTES_PER_SECOND * channels;
  const file = Buffer.alloc(44 + length, recordingSid);
  file.write('RIFF', 0, 'latin1');
  file.writeUInt32LE(36 + length, 4);
  file.write('WAVEfmt ', 8, 'latin1');
  file.writeUInt32LE(16, 16);
  file.writeUInt16LE(1, 20);
  file.writeUInt16LE(channels, 22);
  file.writeUInt32LE(16, 24);
  file.writeUInt32LE(BYTES_PER_SECOND * channels, 28);
  file.writeUInt16LE(2 * channels, 32);
  file.writeUInt16LE(16, 34);
  file.write('data', 36, 'latin1');
  file.writeUInt32LE(length, 40);
  return file;
}
