/** The sound that the canary's calling side makes, and how it is found in a recording. */
import { readWavHeader } from '../audio/wav-header.ts';

const RATE = 8000;
/** Within what every telephone network carries, and no multiple of what is near it in speech or in the tones of keys. */
const HERTZ = 1000;
const TONE_SECONDS = 2;
const AMPLITUDE = 8000;

/** Pieces of a tenth of a second. */
const PIECE = RATE / 10;
/** The share of a piece's energy that must be at the tone's frequency, and the least energy of a sample: what is quieter is noise. */
const SHARE = 0.6;
const LEAST_ENERGY = 100 ** 2;
/** The tone is heard once so many pieces in a row have it. */
const PIECES_IN_A_ROW = 10;

/** A WAV file with the tone. */
export function toneFile(): Buffer {
  const samples = RATE * TONE_SECONDS;
  const file = Buffer.alloc(44 + 2 * samples);
  file.write('RIFF', 0, 'latin1');
  file.writeUInt32LE(36 + 2 * samples, 4);
  file.write('WAVEfmt ', 8, 'latin1');
  file.writeUInt32LE(16, 16);
  file.writeUInt16LE(1, 20);
  file.writeUInt16LE(1, 22);
  file.writeUInt32LE(RATE, 24);
  file.writeUInt32LE(2 * RATE, 28);
  file.writeUInt16LE(2, 32);
  file.writeUInt16LE(16, 34);
  file.write('data', 36, 'latin1');
  file.writeUInt32LE(2 * samples, 40);
  for (let index = 0; index < samples; index += 1) {
    file.writeInt16LE(Math.round(AMPLITUDE * Math.sin((2 * Math.PI * HERTZ * index) / RATE)), 44 + 2 * index);
  }
  return file;
}

/**
 * Whether the tone is on the caller's channel, the first of two, and there alone.
 *
 * @param wav 8,000 samples a second of 16 bits, as Twilio records
 * @returns what is wrong, or `undefined` where it is heard
 */
export function whyNotHeard(wav: Buffer): string | undefined {
  const header = headerOf(wav);
  if (header?.channels !== 2 || header.bytesPerSecond !== RATE * 4) return 'not-two-channels';
  const audio = wav.subarray(header.dataOffset);
  if (!hasTone(audio, 0)) return 'no-tone';
  return hasTone(audio, 1) ? 'tone-on-both-channels' : undefined;
}

function headerOf(wav: Buffer): ReturnType<typeof readWavHeader> {
  try {
    return readWavHeader(wav);
  } catch {
    // What is no WAV file has no tone in it.
    return undefined;
  }
}

function hasTone(audio: Buffer, channel: 0 | 1): boolean {
  const frames = Math.floor(audio.length / 4);
  let row = 0;
  for (let start = 0; start + PIECE <= frames; start += PIECE) {
    row = isTone(audio, channel, start) ? row + 1 : 0;
    if (row === PIECES_IN_A_ROW) return true;
  }
  return false;
}

/** The Goertzel algorithm: the energy at one frequency, beside that of the whole piece. */
function isTone(audio: Buffer, channel: 0 | 1, start: number): boolean {
  const coefficient = 2 * Math.cos((2 * Math.PI * HERTZ) / RATE);
  let [before, last, energy] = [0, 0, 0];
  for (let index = start; index < start + PIECE; index += 1) {
    const sample = audio.readInt16LE(4 * index + 2 * channel);
    energy += sample * sample;
    [before, last] = [last, sample + coefficient * last - before];
  }
  const power = last * last + before * before - coefficient * last * before;
  return energy / PIECE > LEAST_ENERGY && (2 * power) / (PIECE * energy) > SHARE;
}
