/** WAV files of the tests. */
import type { ObjectAbout } from '../../../lambdas/shared/ports/audio-store.ts';

export interface WavOptions {
  readonly channels?: number;
  readonly seconds?: number;
  /** Chunks between `fmt ` and `data`. */
  readonly between?: readonly { readonly name: string; readonly body: Uint8Array }[];
  /** What the RIFF chunk and the `data` chunk say of their length, where that is not the truth. */
  readonly riffLength?: number;
  readonly dataLength?: number;
}

/** What goes with a WAV that a test stores. */
export const WAV: ObjectAbout = { contentType: 'audio/x-wav', metadata: {} };

/** 8,000 samples a second of 16 bits, as Twilio serves them. */
export const BYTES_PER_SECOND = 16_000;

export function wavFile(options: WavOptions = {}): Buffer {
  const { channels = 2, seconds = 1, between = [] } = options;
  const audio = Buffer.alloc(Math.round(seconds * BYTES_PER_SECOND) * channels);
  for (let index = 0; index < audio.length; index++) audio[index] = (index * 31) % 251;

  const format = Buffer.alloc(16);
  format.writeUInt16LE(1, 0);
  format.writeUInt16LE(channels, 2);
  format.writeUInt32LE(8000, 4);
  format.writeUInt32LE(BYTES_PER_SECOND * channels, 8);
  format.writeUInt16LE(2 * channels, 12);
  format.writeUInt16LE(16, 14);

  const chunks = [chunk('fmt ', format), ...between.map(({ name, body }) => chunk(name, body))];
  const data = chunk('data', audio, options.dataLength);
  const body = Buffer.concat([Buffer.from('WAVE'), ...chunks, data]);
  return chunk('RIFF', body, options.riffLength);
}

function chunk(name: string, body: Uint8Array, length = body.length): Buffer {
  const head = Buffer.alloc(8);
  head.write(name, 'latin1');
  head.writeUInt32LE(length, 4);
  return Buffer.concat([head, body, Buffer.alloc(body.length % 2)]);
}

/** The bytes in chunks, cut at `offsets`. */
export async function* inChunks(bytes: Uint8Array, offsets: readonly number[] = []): AsyncGenerator<Uint8Array> {
  let start = 0;
  for (const end of [...offsets, bytes.length]) {
    if (end > start) yield bytes.subarray(start, end);
    start = end;
  }
}

/** The bytes up to `end`, and then an error, as when a connection breaks. */
export async function* brokenOff(bytes: Uint8Array, end: number): AsyncGenerator<Uint8Array> {
  yield bytes.subarray(0, end);
  throw Object.assign(new Error('aborted'), { name: 'ConnectionBroken' });
}

export async function collect(bytes: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const one of bytes) chunks.push(one);
  return Buffer.concat(chunks);
}
