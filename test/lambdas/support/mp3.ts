/** MP3 files of the tests, made by a real encoder. */
import { createMp3Encoder } from 'wasm-media-encoders';
import { readFrameHeader } from '../../../lambdas/shared/rules/audio/mp3-header.ts';

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

/** An APE tag (version 2) with one item; APEv1 and some writers leave the header out. */
export function apeTag({ header = true, bytes = 500 }: { header?: boolean; bytes?: number } = {}): Buffer {
  const item = Buffer.concat([Buffer.alloc(8), Buffer.from('Title\u0000'), Buffer.alloc(bytes, 'x')]);
  item.writeUInt32LE(bytes, 0);
  const end = (flags: number) => {
    const of = Buffer.alloc(32);
    of.write('APETAGEX', 'latin1');
    of.writeUInt32LE(2000, 8);
    of.writeUInt32LE(item.length + 32, 12);
    of.writeUInt32LE(1, 16);
    of.writeUInt32LE(flags, 20);
    return of;
  };
  const has = header ? 0x80000000 : 0;
  return Buffer.concat([...(header ? [end(has + 0x20000000)] : []), item, end(has)]);
}

/** A Lyrics3 tag, as it stands between the audio and an ID3v1 tag. */
export function lyricsTag(version: 1 | 2, text = 'la la la'): Buffer {
  if (version === 1) return Buffer.from(`LYRICSBEGIN${text}LYRICSEND`, 'latin1');
  const body = `LYRICSBEGININD0000200LYR${String(text.length).padStart(5, '0')}${text}`;
  return Buffer.from(`${body}${String(body.length).padStart(6, '0')}LYRICS200`, 'latin1');
}

/** An ID3v2.4 tag behind the audio: the same as in front, with a footer. */
export function appendedTag(bytes: number): Buffer {
  const tag = frontTag(bytes, 0x10);
  const footer = Buffer.from(tag.subarray(0, 10));
  footer.write('3DI', 'latin1');
  return Buffer.concat([tag, footer]);
}

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
