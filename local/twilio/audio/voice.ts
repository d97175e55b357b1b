/** Sound to be spoken or heard on a line: 8 kHz mono samples, read frame by frame. */
import { createHash } from 'node:crypto';
import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  readSync,
  renameSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import type * as alawmulaw from 'alawmulaw';
import type wavefile from 'wavefile';
import { isLineFormat, readWavFormat, SAMPLE_RATE, wavHeader } from './wav.ts';

const load = createRequire(import.meta.filename);
/** It is a UMD bundle, whose names neither `import` nor the test runner agrees on. */
const { WaveFile }: typeof wavefile = load('wavefile');
/** ITU-T G.711 mu-law, 8 bits a sample; a CommonJS package that Node finds no named exports in. */
const { mulaw }: typeof alawmulaw = load('alawmulaw');

/** Writes samples into `into` from `offset` on, and answers how many; fewer than there is room for is the end. */
export interface Voice {
  read(into: Int16Array, offset: number): number;
  close(): void;
}

/** 4 s of samples: reads are rare, and memory stays the same for a file of any length. */
const BUFFER_BYTES = 65_536;

/**
 * A WAV file of any rate, width and number of channels. What is not 8 kHz 16-bit mono is converted once and kept in
 * `cacheDirectory`.
 * @throws Error where the file cannot be read as WAV
 */
export function openVoice(path: string, cacheDirectory: string): Voice {
  const source = resolve(path);
  if (!existsSync(source)) throw new Error(`There is no WAV file ${source}`);
  const plain = isLineFormat(readWavFormat(source), 1) ? source : convert(source, cacheDirectory);
  const { dataOffset, dataLength } = readWavFormat(plain);
  const file = openSync(plain, 'r');
  const buffer = Buffer.alloc(BUFFER_BYTES);
  let open = true;
  let position = 0;
  let held = 0;
  let taken = 0;
  return {
    read(into, offset) {
      let written = 0;
      while (open && offset + written < into.length) {
        if (taken + 1 >= held) {
          const length = Math.min(BUFFER_BYTES, dataLength - position);
          held = length < 2 ? 0 : readSync(file, buffer, 0, length, dataOffset + position);
          position += held;
          taken = 0;
          if (held < 2) break;
        }
        into[offset + written] = buffer.readInt16LE(taken);
        taken += 2;
        written += 1;
      }
      return written;
    },
    close() {
      if (open) closeSync(file);
      open = false;
    },
  };
}

function convert(source: string, cacheDirectory: string): string {
  const { size, mtimeMs } = statSync(source);
  const name = createHash('sha256').update(`${source}\n${size}\n${mtimeMs}`).digest('hex').slice(0, 32);
  const target = join(cacheDirectory, `${name}.wav`);
  if (existsSync(target)) return target;
  mkdirSync(cacheDirectory, { recursive: true });
  const samples = toLineSamples(readFileSync(source), source);
  const bytes = Buffer.from(samples.buffer, samples.byteOffset, samples.byteLength);
  writeFileSync(`${target}.part`, Buffer.concat([wavHeader(1, bytes.length), bytes]));
  renameSync(`${target}.part`, target);
  return target;
}

/**
 * Decodes a WAV file of any kind that `wavefile` knows into 8 kHz mono samples.
 * @throws Error naming `source` where it cannot
 */
export function toLineSamples(wav: Uint8Array, source: string): Int16Array {
  try {
    const file = new WaveFile(wav);
    if (file.bitDepth === '8m') file.fromMuLaw();
    if (file.bitDepth === '8a') file.fromALaw();
    if (file.bitDepth === '4') file.fromIMAADPCM();
    if (file.bitDepth !== '16') file.toBitDepth('16');
    file.toSampleRate(SAMPLE_RATE);
    const channels: ArrayLike<number>[] = channelsOf(file.getSamples(false));
    const first = channels[0];
    if (!first) throw new Error('it has no samples');
    return Int16Array.from(first, (_, index) => {
      const sum = channels.reduce((total, channel) => total + (channel[index] ?? 0), 0);
      return saturate(Math.round(sum / channels.length));
    });
  } catch (error) {
    throw new Error(`${source} cannot be read as a WAV file: ${error instanceof Error ? error.message : error}`);
  }
}

/** `getSamples` answers one array of samples for mono, and an array of them for more channels. */
function channelsOf(samples: ArrayLike<number> | ArrayLike<number>[]): ArrayLike<number>[] {
  return Array.isArray(samples) && typeof samples[0] === 'object' ? samples : [samples as ArrayLike<number>];
}

function voiceOf(length: number, sampleAt: (index: number) => number): Voice {
  let position = 0;
  return {
    read(into, offset) {
      const piece = Math.min(into.length - offset, length - position);
      for (let index = 0; index < piece; index += 1) into[offset + index] = sampleAt(position + index);
      position += piece;
      return piece;
    },
    close: () => undefined,
  };
}

/** Samples that are at hand. */
export const samplesVoice = (samples: Int16Array): Voice => voiceOf(samples.length, (index) => samples[index] ?? 0);

/** Mu-law bytes, as media streams carry them. */
export const mulawVoice = (encoded: Buffer): Voice =>
  voiceOf(encoded.length, (index) => decodeMulaw(encoded[index] ?? 0));

/** Stands for speech that nobody synthesizes here: a hum with the rhythm of syllables, four a second. */
export function hum(milliseconds: number): Voice {
  return voiceOf(Math.round((milliseconds * SAMPLE_RATE) / 1000), (index) => {
    const seconds = index / SAMPLE_RATE;
    const syllable = Math.sin(Math.PI * 4 * seconds) ** 2;
    return Math.round(5000 * syllable * Math.sin(2 * Math.PI * 220 * seconds));
  });
}

/** Encodes 16-bit samples as mu-law. */
export const encodeMulaw = (samples: Int16Array): Buffer => Buffer.from(mulaw.encode(samples).buffer);

/** The 16-bit sample of one mu-law byte. */
export const decodeMulaw: (code: number) => number = mulaw.decodeSample;

export function saturate(sample: number): number {
  return Math.max(-32_768, Math.min(32_767, sample));
}
