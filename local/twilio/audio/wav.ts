/** WAV files on disk: 16-bit PCM, read and written piece by piece so that memory does not grow with their length. */
import { closeSync, ftruncateSync, openSync, readSync, statSync, writeSync } from 'node:fs';

/** Samples a second of every telephone line. */
export const SAMPLE_RATE = 8000;
/** Bytes before the samples in the files that this server writes. */
export const HEADER_BYTES = 44;

const BYTES_PER_SAMPLE = 2;
const CHUNK_HEADER_BYTES = 8;
const PCM = 1;

/** What the chunks of a WAV file say. Offsets and lengths in bytes. */
export interface WavFormat {
  readonly encoding: number;
  readonly channels: number;
  readonly sampleRate: number;
  readonly bitsPerSample: number;
  readonly dataOffset: number;
  readonly dataLength: number;
}

/** The header of 8 kHz 16-bit PCM with so many bytes of samples. */
export function wavHeader(channels: number, dataLength: number): Buffer {
  const header = Buffer.alloc(HEADER_BYTES);
  header.write('RIFF', 0, 'latin1');
  header.writeUInt32LE(HEADER_BYTES - CHUNK_HEADER_BYTES + dataLength, 4);
  header.write('WAVEfmt ', 8, 'latin1');
  header.writeUInt32LE(16, 16);
  header.writeUInt16LE(PCM, 20);
  header.writeUInt16LE(channels, 22);
  header.writeUInt32LE(SAMPLE_RATE, 24);
  header.writeUInt32LE(SAMPLE_RATE * channels * BYTES_PER_SAMPLE, 28);
  header.writeUInt16LE(channels * BYTES_PER_SAMPLE, 32);
  header.writeUInt16LE(8 * BYTES_PER_SAMPLE, 34);
  header.write('data', 36, 'latin1');
  header.writeUInt32LE(dataLength, 40);
  return header;
}

/** Length of so many bytes of this server's samples, in milliseconds. */
export function wavMilliseconds(channels: number, dataLength: number): number {
  return Math.floor((dataLength * 1000) / (SAMPLE_RATE * channels * BYTES_PER_SAMPLE));
}

/** Makes the header of a file say what the file holds, cutting off a frame that was only half written. */
export function finishWav(file: number, channels: number, fileLength: number): void {
  const whole = Math.max(0, fileLength - HEADER_BYTES);
  const dataLength = whole - (whole % (channels * BYTES_PER_SAMPLE));
  ftruncateSync(file, HEADER_BYTES + dataLength);
  writeSync(file, wavHeader(channels, dataLength), 0, HEADER_BYTES, 0);
}

/**
 * Reads the chunks of a WAV file up to its samples.
 * @throws Error where the file is no WAV, with a message for the person who named it
 */
export function readWavFormat(path: string): WavFormat {
  const size = statSync(path).size;
  const file = openSync(path, 'r');
  try {
    const read = (offset: number, length: number): Buffer => {
      const buffer = Buffer.alloc(length);
      return buffer.subarray(0, readSync(file, buffer, 0, length, offset));
    };
    const riff = read(0, 12).toString('latin1');
    if (!riff.startsWith('RIFF') || !riff.endsWith('WAVE')) throw new Error(`${path} is not a WAV file`);
    let fmt: Buffer | null = null;
    for (let offset = 12; offset + CHUNK_HEADER_BYTES <= size; ) {
      const chunk = read(offset, CHUNK_HEADER_BYTES);
      const name = chunk.toString('latin1', 0, 4);
      const length = chunk.readUInt32LE(4);
      const start = offset + CHUNK_HEADER_BYTES;
      if (name === 'fmt ') fmt = read(start, Math.min(length, 16));
      if (name === 'data') {
        if (!fmt || fmt.length < 16) break;
        return {
          encoding: fmt.readUInt16LE(0),
          channels: fmt.readUInt16LE(2),
          sampleRate: fmt.readUInt32LE(4),
          bitsPerSample: fmt.readUInt16LE(14),
          dataOffset: start,
          dataLength: Math.min(length, size - start),
        };
      }
      // Chunks are padded to an even length.
      offset = start + length + (length % 2);
    }
    throw new Error(`${path} is a WAV file without a format or without samples`);
  } finally {
    closeSync(file);
  }
}

/** Whether the samples are 8 kHz 16-bit PCM, so that they need no conversion. */
export function isLineFormat(format: WavFormat, channels: number): boolean {
  const { encoding, sampleRate, bitsPerSample } = format;
  return encoding === PCM && sampleRate === SAMPLE_RATE && bitsPerSample === 16 && format.channels === channels;
}
