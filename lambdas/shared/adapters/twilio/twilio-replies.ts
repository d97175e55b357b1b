/** Twilio's replies, put into the words of the port. */
import type { PassedOver, Refusal, TwilioRecording } from '../../ports/twilio.ts';
import { isCallSid, isRecordingSid } from '../../rules/values/sids.ts';
import { codeOf, NeverSent } from './https-client.ts';

/** The fields that the library's call recording and account recording have in common. */
export interface LibraryRecording {
  readonly sid: string;
  readonly callSid: string;
  readonly status: string;
  readonly source: string;
  readonly channels: number | string;
  readonly duration: string | null;
  readonly startTime: Date | null;
  readonly dateCreated: Date | null;
  readonly errorCode: number | string | null;
  readonly encryptionDetails: unknown;
}

/** @throws {Error} where a SID is malformed: such a reply is not believed. */
export function readRecording(recording: LibraryRecording): TwilioRecording {
  const { sid, callSid, status, source } = recording;
  if (!isRecordingSid(sid) || !isCallSid(callSid) || typeof status !== 'string') throw new UnreadableReply();
  const channels = numberOf(recording.channels);
  const durationSeconds = numberOf(recording.duration);
  const errorCode = numberOf(recording.errorCode);
  const encryption = readEncryption(recording.encryptionDetails);
  return {
    recordingSid: sid,
    callSid,
    status,
    ...(typeof source === 'string' && { source }),
    ...(channels > 0 && { channels }),
    // Minus one while the recording is in progress.
    ...(durationSeconds >= 0 && { durationSeconds }),
    ...(isDate(recording.startTime) && { startTime: recording.startTime.getTime() }),
    ...(isDate(recording.dateCreated) && { createdAt: recording.dateCreated.getTime() }),
    ...(errorCode > 0 && { errorCode }),
    ...(encryption && { encryption }),
  };
}

/**
 * Reads the account's list. What cannot be read is counted and passed over: a recording of another application must not
 * keep ours from being found.
 */
export function readList(listed: readonly LibraryRecording[]): {
  readonly recordings: readonly TwilioRecording[];
  readonly unreadable: number;
  readonly passedOver?: readonly PassedOver[];
} {
  const { entries: recordings, others } = readEntries(listed, readRecording);
  const passedOver = others.filter(({ sid }) => isRecordingSid(sid)).map(passOver);
  return { recordings, unreadable: others.length, ...(passedOver.length > 0 && { passedOver }) };
}

/** The entries of a list that `read` can read, and the others as they are. */
export function readEntries<Listed, Entry>(
  listed: readonly Listed[],
  read: (value: Listed) => Entry,
): { readonly entries: readonly Entry[]; readonly others: readonly Listed[] } {
  const entries: Entry[] = [];
  const others: Listed[] = [];
  for (const one of listed) {
    try {
      entries.push(read(one));
    } catch (error) {
      if (!(error instanceof UnreadableReply)) throw error;
      others.push(one);
    }
  }
  return { entries, others };
}

const passOver = ({ sid, callSid, dateCreated }: LibraryRecording): PassedOver => ({
  recordingSid: sid,
  why: callSid ? 'unreadable' : 'no-call',
  ...(isCallSid(callSid) && { callSid }),
  ...(isDate(dateCreated) && { createdAt: dateCreated.getTime() }),
});

/** Twilio writes numbers as such or as text. Anything else is none: a row can hold no other, and no audio would fit it. */
export function numberOf(value: unknown): number {
  const number = typeof value === 'string' && /^\d+(\.\d+)?$/.test(value) ? Number(value) : value;
  return typeof number === 'number' && Number.isFinite(number) ? number : Number.NaN;
}

const isDate = (value: unknown): value is Date => value instanceof Date && !Number.isNaN(value.getTime());

/**
 * Two sets of names are in use: one in the recordings that programs decrypt, another in Twilio's own description of its API.
 *
 * @throws {UnreadableReply} where details are there that cannot be read: without its key the audio is lost, so such a recording is
 *   not copied, and then it is not deleted at Twilio either
 * @see https://www.twilio.com/docs/voice/tutorials/voice-recording-encryption
 */
function readEncryption(details: unknown): TwilioRecording['encryption'] {
  if (details === null || details === undefined) return undefined;
  const named = details as { readonly [name: string]: unknown };
  const text = (...names: readonly string[]): string => {
    const found = names.map((name) => named[name]).find((value) => typeof value === 'string' && value !== '');
    if (typeof found !== 'string') throw new UnreadableReply();
    return found;
  };
  return {
    publicKeySid: text('public_key_sid', 'encryption_public_key_sid'),
    encryptedCek: text('encrypted_cek', 'encryption_cek'),
    iv: text('iv', 'encryption_iv'),
  };
}

/** A reply that does not say what Twilio documents: it is not believed. */
export class UnreadableReply extends Error {
  override readonly name = 'UnreadableReply';
}

/** Twilio's codes, see https://www.twilio.com/docs/api/errors. */
const NOT_ELIGIBLE_FOR_RECORDING = 21220;
const TOO_EARLY_TRY_AGAIN = 16114;

/** What an error of the library or of the network means. */
export function refusalOf(error: unknown): Refusal {
  if (error instanceof NeverSent) return { kind: 'later', reason: `unreachable ${error.message}` };
  const { status, code } =
    typeof error === 'object' && error !== null ? (error as { status?: unknown; code?: unknown }) : {};
  if (typeof status === 'number') return refusalOfStatus(status, typeof code === 'number' ? code : undefined);
  return { kind: 'doubtful', reason: codeOf(error) };
}

export function refusalOfStatus(status: number, code?: number): Refusal {
  const reason = code === undefined ? `status ${status}` : `status ${status} code ${code}`;
  const details = { status, ...(code !== undefined && { code }), reason };
  if (code === NOT_ELIGIBLE_FOR_RECORDING) return { kind: 'not-eligible', ...details };
  if (code === TOO_EARLY_TRY_AGAIN || status === 429) return { kind: 'later', ...details };
  if (status === 404) return { kind: 'not-found', ...details };
  // A redirect is not followed; 408 may have reached the application.
  if (status >= 400 && status < 500 && status !== 408) return { kind: 'refused', ...details };
  return { kind: 'doubtful', ...details };
}
