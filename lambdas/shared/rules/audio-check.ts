/**
 * Checks audio as it passes by: what Twilio sends is stored only if it is the recording, whole.
 *
 * An error page with status 200, a connection that broke off and a file cut short have all been stored as recordings by
 * others. The check runs while the bytes stream, and rejects before the upload is completed.
 */

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
  /** From the reply's `Content-Length`; `undefined` where Twilio sends none. */
  readonly contentLength?: number;
  /** Twilio's duration in whole seconds. */
  readonly durationSeconds?: number;
  readonly channels?: number;
  /** Encrypted audio is no WAV file: only its length can be checked. */
  readonly encrypted: boolean;
}

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
  let head: Buffer = Buffer.alloc(0);
  let header: WavHeader | undefined;
  for await (const chunk of audio) {
    bytes += chunk.length;
    if (!expected.encrypted && !header) {
      head = Buffer.concat([head, chunk]).subarray(0, HEADER_BYTES_MAX);
      header = readWavHeader(head);
      if (!header && head.length === HEADER_BYTES_MAX) throw new AudioRejected('not-a-wav-file');
    }
    yield chunk;
  }
  if (bytes === 0) throw new AudioRejected('no-audio');
  if (expected.contentLength !== undefined && bytes !== expected.contentLength) throw new AudioRejected('truncated');
  if (expected.encrypted) {
    if (expected.contentLength === undefined) throw new AudioRejected('length-unknown');
    return;
  }
  if (!header) throw new AudioRejected('not-a-wav-file');
  checkAgainstHeader(header, bytes, expected);
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
  if (expected.channels !== undefined && header.channels !== expected.channels) {
    throw new AudioRejected('channels-differ');
  }
  if (expected.durationSeconds === undefined) return;
  const seconds = (dataBytes ?? bytes - dataOffset) / bytesPerSecond;
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
