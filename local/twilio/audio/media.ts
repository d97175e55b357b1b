/** A recording's audio as the API serves it: as it lies on disk, with two channels mixed into one, or as MP3. */
import { createReadStream, statSync } from 'node:fs';
import { Readable } from 'node:stream';
import { createMp3Encoder } from 'wasm-media-encoders';
import type { AudioFormat } from '../../../lambdas/shared/contract/settings.ts';
import { HEADER_BYTES, SAMPLE_RATE, wavHeader } from './wav.ts';

/** A recording on disk. */
export interface Media {
  readonly path: string;
  readonly channels: 1 | 2;
}

/** What is asked for: no more channels than there are. */
export interface Served {
  readonly channels: 1 | 2;
  readonly format: AudioFormat;
  /** The first byte, where a part is asked for. */
  readonly from?: number;
}

/**
 * The head of a reply. Of an MP3 the length is not known before it is made, so it goes out in chunks; whether Twilio's
 * replies say a length then, is in no document (unconfirmed), and without one they are harder to check.
 */
export function mediaHead(media: Media, { channels, format, from }: Served): MediaHead {
  if (format === 'mp3') return { status: 200, headers: { 'Content-Type': 'audio/mpeg' } };
  const length = HEADER_BYTES + wavBytes(media, channels);
  const type = { 'Content-Type': 'audio/x-wav' };
  if (from === undefined) return { status: 200, headers: { ...type, 'Content-Length': String(length) } };
  if (from >= length) return { status: 416, headers: { 'Content-Range': `bytes */${length}` } };
  const range = { 'Content-Range': `bytes ${from}-${length - 1}/${length}`, 'Content-Length': String(length - from) };
  return { status: 206, headers: { ...type, ...range } };
}

export interface MediaHead {
  readonly status: 200 | 206 | 416;
  readonly headers: { readonly [name: string]: string };
}

/** Opens the audio at once, so that it can be read to its end although it is deleted meanwhile. */
export function openMedia(media: Media, { channels, format, from = 0 }: Served): Readable {
  const isMixed = media.channels !== channels;
  if (format === 'wav' && !isMixed) return createReadStream(media.path, { start: from });
  const file = createReadStream(media.path, { start: HEADER_BYTES });
  const pieces = wholePieces(file, 2 * media.channels);
  const heard = isMixed ? mixed(pieces) : pieces;
  const audio = format === 'mp3' ? encodeMp3(heard, channels) : asWav(heard, channels, wavBytes(media, channels));
  const stream = Readable.from(behind(audio, from), { objectMode: false });
  // The file is opened before anybody reads it, and closed also where nobody does.
  file.once('error', (error) => stream.destroy(error));
  stream.once('close', () => file.destroy());
  return stream;
}

function wavBytes(media: Media, channels: 1 | 2): number {
  const bytes = statSync(media.path).size - HEADER_BYTES;
  return media.channels === channels ? bytes : bytes / 2;
}

async function* asWav(samples: AsyncIterable<Buffer>, channels: 1 | 2, length: number): AsyncGenerator<Buffer> {
  yield wavHeader(channels, length);
  yield* samples;
}

/** Leaves so many bytes out. */
async function* behind(audio: AsyncIterable<Buffer>, from: number): AsyncGenerator<Buffer> {
  let left = from;
  for await (const piece of audio) {
    if (left < piece.length) yield piece.subarray(left);
    left = Math.max(0, left - piece.length);
  }
}

/** The same bytes in pieces that cut no group of so many. */
async function* wholePieces(source: AsyncIterable<Buffer>, group: number): AsyncGenerator<Buffer> {
  let rest: Buffer = Buffer.alloc(0);
  for await (const chunk of source) {
    const bytes = Buffer.concat([rest, chunk]);
    const whole = bytes.length - (bytes.length % group);
    if (whole > 0) yield bytes.subarray(0, whole);
    rest = bytes.subarray(whole);
  }
}

async function* mixed(pieces: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  for await (const piece of pieces) {
    const one = Buffer.allocUnsafe(piece.length / 2);
    for (let at = 0; at < piece.length; at += 4) {
      one.writeInt16LE((piece.readInt16LE(at) + piece.readInt16LE(at + 2)) >> 1, at / 2);
    }
    yield one;
  }
}

/** How many kilobits a second Twilio itself spends is in no document (unconfirmed). */
const KILOBITS_PER_SECOND = 32;
const FULL_SCALE = 32_768;

/**
 * MP3 as Twilio makes it of its WAV. Encodes 16-bit samples, of two channels in turn, piece by piece. The same samples give the same bytes, however they are cut.
 *
 * @param samples pieces of whole samples of all channels
 */
export async function* encodeMp3(samples: AsyncIterable<Buffer>, channels: 1 | 2): AsyncGenerator<Buffer> {
  const encoder = await createMp3Encoder();
  encoder.configure({ sampleRate: SAMPLE_RATE, channels, bitrate: KILOBITS_PER_SECOND });
  // What the encoder answers is its own memory, which it uses again.
  for await (const piece of samples) yield Buffer.from(encoder.encode(channelsOf(piece, channels)));
  yield Buffer.from(encoder.finalize());
}

function channelsOf(piece: Buffer, channels: 1 | 2): Float32Array[] {
  const count = piece.length / (2 * channels);
  return Array.from({ length: channels }, (_channel, channel) =>
    Float32Array.from({ length: count }, (_sample, index) => {
      return piece.readInt16LE(2 * (index * channels + channel)) / FULL_SCALE;
    }),
  );
}
