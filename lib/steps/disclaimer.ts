/** The disclaimer as Twilio takes it, made from any WAV when the stack is synthesized: raw mu-law for a stream, a WAV file for `<Play>`. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type wavefile from 'wavefile';

// A CommonJS package that Node finds no named exports in, and that claims to have a default export without having one.
const { WaveFile }: typeof wavefile = createRequire(import.meta.filename)('wavefile');

/** Disclaimer that ships with the recorder. */
export const DEFAULT_DISCLAIMER = join(import.meta.dirname, 'disclaimer', 'disclaimer.wav');

/** Samples a second of a telephone call, and of every payload that a stream takes. */
const SAMPLE_RATE = 8_000;
const LONGEST_SECONDS = 60;

/** A file that cannot serve as a disclaimer; the message names the file and says what to do. */
export class DisclaimerError extends Error {
  override readonly name = 'DisclaimerError';
}

/**
 * Reads a WAV file as raw mu-law: 8,000 samples a second, one channel, one byte a sample, no header.
 *
 * @throws DisclaimerError if there is no such file, it is no WAV file, is empty, or is longer than 60 s
 */
export function readDisclaimer(path: string): Uint8Array {
  let file: Uint8Array;
  try {
    file = readFileSync(path);
  } catch (error) {
    throw new DisclaimerError(`cannot read ${path} (${messageOf(error)}); give the path of a WAV file`);
  }
  return disclaimerFromWav(file, path);
}

/**
 * Converts the bytes of a WAV file; all channels are mixed into one.
 *
 * @param name how messages name the file
 * @throws DisclaimerError as {@link readDisclaimer}
 */
export function disclaimerFromWav(file: Uint8Array, name: string): Uint8Array {
  const wav = parse(file, name);
  const { numChannels, sampleRate } = wav.fmt as { numChannels: number; sampleRate: number };
  const mixed = mix(samplesOf(wav, numChannels, name));
  const seconds = mixed.length / sampleRate;
  if (!(seconds > 0)) throw new DisclaimerError(`${name} holds no sound; record the disclaimer again`);
  if (seconds > LONGEST_SECONDS) {
    throw new DisclaimerError(
      `${name} lasts ${seconds.toFixed(1)} s, but a caller should not wait longer than ${LONGEST_SECONDS} s; shorten it`,
    );
  }
  const mono = new WaveFile();
  mono.fromScratch(1, sampleRate, '16', mixed);
  if (sampleRate !== SAMPLE_RATE) mono.toSampleRate(SAMPLE_RATE);
  mono.toMuLaw();
  return new Uint8Array(mono.getSamples(true, Uint8Array));
}

/** A file to be served, under a name that is never another's: `<SHA-256>.wav`. */
export interface PlayableFile {
  readonly name: string;
  readonly bytes: Uint8Array;
}

/**
 * The same disclaimer as a file that every player takes: WAV, 8,000 samples a second, one channel, 16 bits.
 *
 * @param muLaw as {@link readDisclaimer} returns it
 */
export function playableFile(muLaw: Uint8Array): PlayableFile {
  const wav = new WaveFile();
  wav.fromScratch(1, SAMPLE_RATE, '8m', muLaw);
  wav.fromMuLaw();
  const bytes = wav.toBuffer();
  return { name: `${createHash('sha256').update(bytes).digest('hex')}.wav`, bytes };
}

/** Those of named disclaimers, by name. @param paths of their WAV files */
export const playableFiles = (paths: { readonly [name: string]: string }): { readonly [name: string]: PlayableFile } =>
  Object.fromEntries(Object.entries(paths).map(([name, path]) => [name, playableFile(readDisclaimer(path))]));

/** WAVE_FORMAT_PCM, IEEE_FLOAT, ALAW, MULAW and EXTENSIBLE; ADPCM and the like would be decoded with audible faults. */
const FORMATS_READ = [1, 3, 6, 7, 0xfffe];

function parse(file: Uint8Array, name: string): wavefile.WaveFile {
  const advice = 'give an uncompressed WAV file, for example from: ffmpeg -i speech.mp3 -ar 8000 -ac 1 disclaimer.wav';
  try {
    const wav = new WaveFile(soundOnly(Buffer.from(file)));
    const { audioFormat } = wav.fmt as { audioFormat: number };
    if (!FORMATS_READ.includes(audioFormat)) throw new DisclaimerError(`its audio is of format ${audioFormat}`);
    // Mixing and resampling work on 16 bits.
    if (wav.bitDepth === '8m') wav.fromMuLaw();
    else if (wav.bitDepth === '8a') wav.fromALaw();
    else if (wav.bitDepth !== '16') wav.toBitDepth('16');
    return wav;
  } catch (error) {
    throw new DisclaimerError(`${name} is not a WAV file that can be read (${messageOf(error)}); ${advice}`);
  }
}

/** What a writer leaves who cannot go back to the header, or more: no disclaimer is that long. */
const PLACEHOLDER_MIN = 0x7fff0000;

/**
 * The same WAV with its chunks `fmt ` and `data` alone: the library reads others too, such as `LIST` and `cue `, and throws where one of
 * them is not as it expects. What is no such file is returned as it is, for the library to judge.
 */
function soundOnly(file: Buffer): Buffer {
  if (file.length < 12 || file.toString('latin1', 0, 4) !== 'RIFF' || file.toString('latin1', 8, 12) !== 'WAVE')
    return file;
  let format: Buffer | undefined;
  for (let at = 12; at + 8 <= file.length; ) {
    const name = file.toString('latin1', at, at + 4);
    const length = file.readUInt32LE(at + 4);
    const body = file.subarray(at + 8, length < PLACEHOLDER_MIN ? at + 8 + length : file.length);
    if (name === 'fmt ') format = chunk(name, body);
    if (name === 'data' && format) {
      if (length < PLACEHOLDER_MIN && body.length < length) return file;
      return chunk('RIFF', Buffer.concat([Buffer.from('WAVE'), format, chunk(name, body)]));
    }
    at += 8 + length + (length % 2);
  }
  return file;
}

function chunk(name: string, body: Buffer): Buffer {
  const head = Buffer.alloc(8);
  head.write(name, 'latin1');
  head.writeUInt32LE(body.length, 4);
  // Without a pad byte, which the library would take for sound.
  return Buffer.concat([head, body]);
}

function samplesOf(wav: wavefile.WaveFile, channels: number, name: string): readonly Float64Array[] {
  if (channels === 1) return [wav.getSamples(false, Float64Array)];
  const separate: unknown = wav.getSamples(false, Float64Array);
  if (Array.isArray(separate)) return separate;
  throw new DisclaimerError(`${name} has ${channels} channels that cannot be told apart; save it with one channel`);
}

/** The mean of all channels: a sum could clip. */
function mix(channels: readonly Float64Array[]): Int16Array {
  const [first] = channels;
  if (first === undefined) return new Int16Array();
  return Int16Array.from(first, (_, at) =>
    Math.round(channels.reduce((sum, channel) => sum + (channel[at] ?? 0), 0) / channels.length),
  );
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
