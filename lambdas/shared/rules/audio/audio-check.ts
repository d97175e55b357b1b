/**
 * Checks audio as it passes by: what Twilio sends is stored only if it is the recording, whole.
 *
 * An error page with status 200, a connection that broke off and a file cut short have all been stored as recordings by
 * others. The check runs while the bytes stream, and rejects before the upload is completed.
 */
import type { AudioFormat } from '../../contract/settings.ts';
import type { OpenedAudio } from '../../ports/twilio.ts';
import type { EncryptionDetails } from '../table/rows.ts';
import { AudioRejected, BESIDE_AUDIO_BYTES_MAX, HEADER_BYTES, isAcceptable, type NoteSlip } from './audio-rejected.ts';
import type { AudioCheckState, Checkpoints } from './check-state.ts';
import { Mp3Frames } from './mp3-frames.ts';
import { readWavHeader, type WavHeader } from './wav-header.ts';

export { AudioRejected, type ContainerSlip } from './audio-rejected.ts';

/** What is known of the audio beforehand. */
export interface ExpectedAudio {
  readonly format: AudioFormat;
  /** From the reply's `Content-Length`; `undefined` where Twilio sends none. */
  readonly contentLength?: number;
  /** The transfer itself says where it ends, so that a broken connection is an error of its reader. */
  readonly endIsMarked?: boolean;
  /** Twilio's duration in whole seconds. */
  readonly durationSeconds?: number;
  readonly channels?: number;
  /** Encrypted audio is a file of no format: only its length can be checked, and that it is no text. */
  readonly encrypted: boolean;
  /** An operator takes it as it comes, once its transfer has proven that all has come. */
  readonly accepted?: boolean;
}

/** Whether a reply says of itself that it is audio: an error page, even with status 200, does not. */
export const isAudio = (contentType: string): boolean => /^audio\//i.test(contentType);

/**
 * Whether a reply may be audio by what it says of itself. As what Twilio serves encrypted audio is not documented; S3 serves what has no
 * type as `binary/octet-stream`. Error pages are text, XML, JSON or HTML.
 */
export const mayBeAudio = (contentType: string): boolean =>
  /^[\w.+-]+\/[\w.+-]+\s*(;|$)/.test(contentType) && !/^text\/|^[^;]*(xml|json|html)/i.test(contentType);

/** What Twilio, or the row, says of a recording. */
export interface KnownOfRecording {
  readonly durationSeconds?: number;
  readonly channels?: number;
  readonly encryption?: EncryptionDetails | undefined;
  readonly accepted?: object | undefined;
}

/** What is expected of audio, by the reply that brings it and by what is known of the recording. */
export function expectedAudio(
  format: AudioFormat,
  { contentLength, endIsMarked }: Pick<OpenedAudio, 'contentLength' | 'endIsMarked'>,
  { durationSeconds, channels, encryption, accepted }: KnownOfRecording,
): ExpectedAudio {
  return {
    format,
    ...(endIsMarked && { endIsMarked }),
    ...(contentLength !== undefined && { contentLength }),
    ...(durationSeconds !== undefined && { durationSeconds }),
    ...(channels !== undefined && { channels }),
    encrypted: encryption !== undefined,
    ...(accepted && { accepted: true }),
  };
}

/** Twilio's durations are whole seconds, rounded; two seconds leave room for both ends. */
const DURATION_TOLERANCE_SECONDS = 2;

const NO_CHECKPOINTS: Checkpoints = { every: Number.POSITIVE_INFINITY, reached: () => undefined };

/**
 * Passes audio on unchanged and checks it.
 *
 * @param note is told of each slip of the container that was forgiven, because the transfer itself has proven that all has come
 * @param checkpoints `audio` begins behind `from`, and at every so many bytes of the whole the state is told
 * @throws {AudioRejected} at the first byte that proves it wrong, at the latest at its end.
 */
export async function* checkedAudio(
  audio: AsyncIterable<Uint8Array>,
  expected: ExpectedAudio,
  note: NoteSlip = () => undefined,
  { every, from, reached, passing }: Checkpoints = NO_CHECKPOINTS,
): AsyncGenerator<Uint8Array> {
  let bytes = from?.bytes ?? 0;
  const strict = checkOf(expected, note, from);
  const check = expected.accepted && isEndKnown(expected) ? forgiving(strict, expected, note, from) : strict;
  for await (const chunk of audio) {
    for (let rest = chunk; rest.length > 0; ) {
      const piece = rest.subarray(0, every - (bytes % every));
      rest = rest.subarray(piece.length);
      bytes += piece.length;
      check.read(piece);
      passing?.(piece);
      const state = bytes % every === 0 ? check.state() : undefined;
      if (state) reached({ ...state, bytes });
      yield piece;
    }
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
  /** How far it has come; `undefined` where that cannot be kept. */
  state(): Omit<AudioCheckState, 'bytes'> | undefined;
}

function checkOf(expected: ExpectedAudio, note: NoteSlip, from: AudioCheckState | undefined): FormatCheck {
  if (expected.encrypted) return encryptedCheck(expected, from);
  return expected.format === 'wav' ? wavCheck(expected, note, from) : mp3Check(expected, note, from);
}

/** Notes the first problem of the audio instead of refusing it, and looks no further. An error page is none of its problems. */
function forgiving(
  strict: FormatCheck,
  { encrypted }: ExpectedAudio,
  note: NoteSlip,
  from: AudioCheckState | undefined,
): FormatCheck {
  let begun = encrypted || from !== undefined;
  let forgiven = from?.forgiven;
  if (forgiven) note(forgiven);
  const forgive = (act: () => void) => {
    if (forgiven) return;
    try {
      act();
    } catch (error) {
      if (!(error instanceof AudioRejected) || !isAcceptable(error.reason)) throw error;
      note(error.reason);
      forgiven = error.reason;
    }
  };
  return {
    read(chunk) {
      const [first] = begun ? [] : Buffer.from(chunk).toString('latin1').trimStart();
      if (first === '<' || first === '{') throw new AudioRejected('error-page');
      begun ||= first !== undefined;
      forgive(() => strict.read(chunk));
    },
    end: (bytes) => forgive(() => strict.end(bytes)),
    state: () => (forgiven ? { forgiven } : strict.state()),
  };
}

/** Whether the transfer tells its end from a broken connection, once it has come to it without an error. */
const isEndKnown = ({ contentLength, endIsMarked }: ExpectedAudio): boolean =>
  contentLength !== undefined || endIsMarked === true;

/** Whether bytes are text as error pages are. Of encrypted audio so many bytes are never text: one in 10^26 times, for 64 of them. */
const isText = (bytes: Uint8Array): boolean =>
  bytes.every((byte) => (byte >= 0x20 && byte < 0x7f) || (byte >= 0x09 && byte <= 0x0d));
const TEXT_PROBE_BYTES = 64;

/** Encrypted audio: that it has come whole, and is no page of text whatever its type says. */
function encryptedCheck({ contentLength }: ExpectedAudio, from: AudioCheckState | undefined): FormatCheck {
  let head: Buffer | undefined = from ? undefined : Buffer.alloc(0);
  const refuseText = () => {
    if (head && isText(head)) throw new AudioRejected('error-page');
    head = undefined;
  };
  return {
    read(chunk) {
      if (!head) return;
      head = Buffer.concat([head, chunk]).subarray(0, TEXT_PROBE_BYTES);
      if (head.length === TEXT_PROBE_BYTES) refuseText();
    },
    end() {
      refuseText();
      if (contentLength === undefined) throw new AudioRejected('length-unknown');
    },
    state: () => ({}),
  };
}

function wavCheck(expected: ExpectedAudio, note: NoteSlip, from: AudioCheckState | undefined): FormatCheck {
  const headerMax = isEndKnown(expected) ? BESIDE_AUDIO_BYTES_MAX : HEADER_BYTES;
  let head: Buffer = Buffer.alloc(0);
  let header = from?.header;
  return {
    read(chunk) {
      if (header) return;
      head = Buffer.concat([head, chunk]).subarray(0, headerMax);
      header = readWavHeader(head);
      if (!header && head.length === headerMax) throw new AudioRejected('not-a-wav-file');
    },
    end(bytes) {
      if (!header) throw new AudioRejected('not-a-wav-file');
      checkAgainstHeader(header, bytes, expected, note);
    },
    state: () => header && { header },
  };
}

/** An MP3 has no length of its own: that between two frames it is over, and not broken off, only the reply can say. */
function mp3Check(expected: ExpectedAudio, note: NoteSlip, from: AudioCheckState | undefined): FormatCheck {
  const endIsKnown = isEndKnown(expected);
  const mp3 = new Mp3Frames({ mayHaveTail: endIsKnown, from: from?.mp3 });
  return {
    read(chunk) {
      const problem = mp3.read(chunk);
      if (problem) throw new AudioRejected(problem);
    },
    end() {
      const problem = mp3.end();
      if (problem) throw new AudioRejected(problem);
      if (!endIsKnown) throw new AudioRejected('length-unknown');
      checkAgainstTwilio({ channels: mp3.channels, seconds: mp3.seconds }, expected);
      for (const slip of mp3.slips) note(slip);
    },
    state: () => mp3.state && { mp3: mp3.state },
  };
}

function checkAgainstHeader(header: WavHeader, bytes: number, expected: ExpectedAudio, note: NoteSlip): void {
  const { fileBytes, dataBytes, dataOffset, bytesPerSecond } = header;
  // One byte either way: writers differ on whether the pad byte of an odd chunk counts.
  if (fileBytes !== undefined && Math.abs(fileBytes - bytes) > 1) {
    throw new AudioRejected('riff-length-differs');
  }
  if (dataBytes !== undefined && dataOffset + dataBytes > bytes) throw new AudioRejected('data-length-differs');
  // With neither a length of the transfer nor one in the file, nothing would tell a broken connection from the end.
  if (!isEndKnown(expected) && fileBytes === undefined) throw new AudioRejected('length-unknown');
  checkAgainstTwilio(
    { channels: header.channels, seconds: (dataBytes ?? bytes - dataOffset) / bytesPerSecond },
    expected,
  );
  if (fileBytes === undefined) note('riff-length-placeholder');
  if (dataBytes === undefined) note('data-length-placeholder');
  if (dataOffset > HEADER_BYTES) note('long-header');
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
