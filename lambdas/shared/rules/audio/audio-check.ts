/**
 * Checks audio as it passes by: what Twilio sends is stored only if it is the recording, whole.
 *
 * An error page with status 200, a connection that broke off and a file cut short have all been stored as recordings by
 * others. The check runs while the bytes stream, and rejects before the upload is completed.
 */
import type { AudioFormat } from '../../contract/settings.ts';
import { Mp3Frames } from './mp3-frames.ts';

/** Why the audio was refused; the reason goes into the table and the log. */
export class AudioRejected extends Error {
  override readonly name = 'AudioRejected';
  readonly reason: string;
  constructor(reason: string) {
    super(`Twilio's audio was refused: ${reason}`);
    this.reason = reason;
  }
}

/** What is known of the audio beforehand. */
export interface ExpectedAudio {
  readonly format: AudioFormat;
  /** From the reply's `Content-Length`; `undefined` where Twilio sends none. */
  readonly contentLength?: number;
  /** The transfer itself says where it ends, so that a broken connection is an error of whoever reads it. */
  readonly endIsMarked?: boolean;
  /** Twilio's duration in whole seconds. */
  readonly durationSeconds?: number;
  readonly channels?: number;
  /** Encrypted audio is a file of no format: only its length can be checked. */
  readonly encrypted: boolean;
}

/** Whether a reply says of itself that it is audio: an error page, even with status 200, does not. */
export const isAudio = (contentType: string): boolean => /^audio\//i.test(contentType);

/** Twilio's durations are whole seconds, rounded; two seconds leave room for both ends. */
const DURATION_TOLERANCE_SECONDS = 2;

/** The longest RIFF header that is searched for the `data` chunk. */
const HEADER_BYTES_MAX = 4096;

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
 * Passes audio on unchanged and checks it.
 *
 * @throws {AudioRejected} at the first byte that proves it wrong, at the latest at its end.
 */
export async function* checkedAudio(
  audio: AsyncIterable<Uint8Array>,
  expected: ExpectedAudio,
): AsyncGenerator<Uint8Array> {
  let bytes = 0;
  const check = checkOf(expected);
  for await (const chunk of audio) {
    bytes += chunk.length;
    check.read(chunk);
    yield chunk;
  }
  if (bytes === 0) throw new AudioRejected('no-audio');
  if (expected.contentLength !== undefined && bytes !== expected.contentLength) throw new AudioRejected('truncated');
  check.end(bytes);
}

/** What is checked of a format; both throw {@link AudioRejected}. */
interface FormatCheck {
  read(chunk: Uint8Array): void;
  /** After the last of so many bytes. */
  end(bytes: number): void;
}

function checkOf(expected: ExpectedAudio): FormatCheck {
  if (expected.encrypted) return lengthCheck(expected);
  return expected.format === 'wav' ? wavCheck(expected) : mp3Check(expected);
}

const lengthCheck = ({ contentLength }: ExpectedAudio): FormatCheck => ({
  read: () => undefined,
  end() {
    if (contentLength === undefined) throw new AudioRejected('length-unknown');
  },
});

function wavCheck(expected: ExpectedAudio): FormatCheck {
  let head: Buffer = Buffer.alloc(0);
  let header: WavHeader | undefined;
  return {
    read(chunk) {
      if (header) return;
      head = Buffer.concat([head, chunk]).subarray(0, HEADER_BYTES_MAX);
      header = readWavHeader(head);
      if (!header && head.length === HEADER_BYTES_MAX) throw new AudioRejected('not-a-wav-file');
    },
    end(bytes) {
      if (!header) throw new AudioRejected('not-a-wav-file');
      checkAgainstHeader(header, bytes, expected);
    },
  };
}

/** An MP3 has no length of its own: that between two frames it is over, and not broken off, only the reply can say. */
function mp3Check(expected: ExpectedAudio): FormatCheck {
  const mp3 = new Mp3Frames();
  return {
    read(chunk) {
      const problem = mp3.read(chunk);
      if (problem) throw new AudioRejected(problem);
    },
    end() {
      const problem = mp3.end();
      if (problem) throw new AudioRejected(problem);
      const endIsKnown = expected.contentLength !== undefined || expected.endIsMarked === true;
      if (!endIsKnown) throw new AudioRejected('length-unknown');
      checkAgainstTwilio({ channels: mp3.channels, seconds: mp3.seconds }, expected);
    },
  };
}

function checkAgainstHeader(header: WavHeader, bytes: number, expected: ExpectedAudio): void {
  const { fileBytes, dataBytes, dataOffset, bytesPerSecond } = header;
  // One byte either way: writers differ on whether the pad byte of an odd chunk counts.
  if (fileBytes !== undefined && Math.abs(fileBytes - bytes) > 1) {
    throw new AudioRejected('riff-length-differs');
  }
  if (dataBytes !== undefined && dataOffset + dataBytes > bytes) throw new AudioRejected('data-length-differs');
  // With neither a length in the reply nor one in the file, nothing would tell a broken connection from the end.
  if (expected.contentLength === undefined && fileBytes === undefined) throw new AudioRejected('length-unknown');
  checkAgainstTwilio(
    { channels: header.channels, seconds: (dataBytes ?? bytes - dataOffset) / bytesPerSecond },
    expected,
  );
}

function checkAgainstTwilio(
  { channels, seconds }: { readonly channels: number | undefined; readonly seconds: number },
  expected: ExpectedAudio,
): void {
  if (expected.channels !== undefined && channels !== expected.channels) throw new AudioRejected('channels-differ');
  if (expected.durationSeconds === undefined) return;
  if (Math.abs(seconds - expected.durationSeconds) > DURATION_TOLERANCE_SECONDS) {
    throw new AudioRejected('duration-differs');
  }
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

/** Writers that do not know the length beforehand leave 0 or all ones. */
const stated = (length: number): number | undefined => (length === 0 || length === 0xffffffff ? undefined : length);
