/** MP3 files of the tests, made by a real encoder. */
import { createMp3Encoder } from 'wasm-media-encoders';
import { readFrameHeader } from '../../../lambdas/shared/rules/audio/mp3-frames.ts';

type Encoding = Parameters<Awaited<ReturnType<typeof createMp3Encoder>>['configure']>[0];

export interface Mp3Options extends Partial<Pick<Encoding, 'channels' | 'sampleRate' | 'bitrate' | 'vbrQuality'>> {
  readonly seconds?: number;
}

/** Of two channels and a second, 8,000 samples a second and 32 kilobits, unless told otherwise. */
export async function mp3File({ seconds = 1, vbrQuality, ...given }: Mp3Options = {}): Promise<Buffer> {
  const { channels = 2, sampleRate = 8000, bitrate = 32 } = given;
  const encoder = await createMp3Encoder();
  const rate = vbrQuality === undefined ? { bitrate } : { vbrQuality };
  encoder.configure({ channels, sampleRate, outputSampleRate: sampleRate, ...rate } as Encoding);
  const samples = Array.from({ length: channels }, (_channel, channel) =>
    Float32Array.from(
      { length: seconds * sampleRate },
      (_sample, at) => Math.sin(at / (5 + channel)) * Math.cos(at / 999),
    ),
  );
  // What the encoder answers is its own memory, which it uses again.
  const frames = Buffer.from(encoder.encode(samples));
  return Buffer.concat([frames, Buffer.from(encoder.finalize())]);
}

/** Where each frame of an MP3 without tags begins, and where the last one ends. */
export function frameOffsets(file: Buffer): number[] {
  const offsets = [0];
  for (let at = 0; at < file.length; offsets.push(at)) {
    const header = readFrameHeader(file.subarray(at));
    if (!header) throw new Error(`There is no frame at ${at}.`);
    at += header.bytes;
  }
  return offsets;
}

/** A tag in front of an MP3, of so many bytes beside its header. */
export function frontTag(bytes: number, flags = 0): Buffer {
  const sizes = [21, 14, 7, 0].map((shift) => (bytes >> shift) & 0x7f);
  return Buffer.concat([Buffer.from('ID3\u0004\u0000'), Buffer.from([flags, ...sizes]), Buffer.alloc(bytes, 0xff)]);
}

/** A tag behind an MP3. */
export const endTag = (): Buffer => Buffer.concat([Buffer.from('TAG'), Buffer.alloc(125, 'a title')]);

/** A frame like the first of `file` that holds an encoder's note instead of audio. */
export function noteFrame(file: Buffer, name: string, frames: number | undefined): Buffer {
  const header = readFrameHeader(file);
  if (!header) throw new Error('The file does not begin with a frame.');
  const note = Buffer.alloc(header.bytes);
  file.copy(note, 0, 0, 4);
  note.write(name, header.noteOffset, 'latin1');
  note.writeUInt32BE(frames === undefined ? 0 : 1, header.noteOffset + 4);
  note.writeUInt32BE(frames ?? 77_777, header.noteOffset + 8);
  return note;
}
