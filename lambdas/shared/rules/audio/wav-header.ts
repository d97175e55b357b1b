/** The header of a RIFF/WAVE file. */
import { AudioRejected } from './audio-rejected.ts';

export interface WavHeader {
  readonly channels: number;
  readonly bytesPerSecond: number;
  /** Bytes of the whole file by the RIFF chunk; `undefined` where a streaming writer left it open. */
  readonly fileBytes: number | undefined;
  /** Offset of the first sample. */
  readonly dataOffset: number;
  /** Bytes of audio by the `data` chunk; `undefined` where it was left open. */
  readonly dataBytes: number | undefined;
}

/**
 * Reads a RIFF/WAVE header up to the `data` chunk.
 *
 * @returns `undefined` while the header is incomplete.
 * @throws {AudioRejected} where the bytes cannot be a WAV file.
 */
export function readWavHeader(bytes: Buffer): WavHeader | undefined {
  if (bytes.length < 12) return undefined;
  if (bytes.toString('latin1', 0, 4) !== 'RIFF' || bytes.toString('latin1', 8, 12) !== 'WAVE') {
    throw new AudioRejected('not-a-wav-file');
  }
  let format: { channels: number; bytesPerSecond: number } | undefined;
  for (let offset = 12; offset + 8 <= bytes.length; ) {
    const name = bytes.toString('latin1', offset, offset + 4);
    const length = bytes.readUInt32LE(offset + 4);
    const body = offset + 8;
    if (name === 'fmt ') {
      if (body + 16 > bytes.length) return undefined;
      format = { channels: bytes.readUInt16LE(body + 2), bytesPerSecond: bytes.readUInt32LE(body + 8) };
    }
    if (name === 'data') {
      if (!format || format.channels === 0 || format.bytesPerSecond === 0) throw new AudioRejected('not-a-wav-file');
      const riff = stated(bytes.readUInt32LE(4));
      return {
        ...format,
        fileBytes: riff === undefined ? undefined : riff + 8,
        dataOffset: body,
        dataBytes: stated(length),
      };
    }
    offset = body + length + (length % 2);
  }
  return undefined;
}

/** Placeholders come as they are, or with the header added or taken off. */
const AROUND = 4096;
/**
 * What writers leave who do not know the length beforehand and cannot go back, such as one that writes into a pipe: all ones, the
 * largest number that has a sign (sox: 0x7ffff000), or two thousand million.
 */
const PLACEHOLDERS = [0xffffffff, 0x7fffffff, 2_000_000_000];

/** @returns `undefined` for a placeholder. Audio that is really as long as one of them is hours long; its duration tells then. */
const stated = (length: number): number | undefined =>
  length === 0 || PLACEHOLDERS.some((placeholder) => Math.abs(length - placeholder) <= AROUND) ? undefined : length;
