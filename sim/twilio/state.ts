/**
 * What the model of Twilio remembers. Everything is plain, immutable data: a change makes a new state that shares what
 * did not change, so a caller can keep, compare and persist states.
 */
import { createHash } from 'node:crypto';

/** Statuses of a call, as in Twilio's OpenAPI (`call_enum_status`). */
export type CallStatus =
  | 'queued'
  | 'ringing'
  | 'in-progress'
  | 'completed'
  | 'busy'
  | 'failed'
  | 'no-answer'
  | 'canceled';

/** How a call can be over. */
export type FinalStatus = Exclude<CallStatus, 'queued' | 'ringing' | 'in-progress'>;

/** How REST refuses a call that it does not know yet: 404 code 20404, or 400 code 21220. */
export type EarlyRefusal = 'not-found' | 'not-eligible';

/** A webhook that somebody asked for. `events` are the event names asked for. */
export interface CallbackTarget {
  readonly url: string;
  readonly method: 'GET' | 'POST';
  readonly events: readonly string[];
}

/** A call. Times are milliseconds since 1970. */
export interface Call {
  readonly sid: string;
  readonly accountSid: string;
  readonly parentCallSid: string | null;
  readonly from: string;
  readonly to: string;
  readonly direction: 'inbound' | 'outbound-api' | 'outbound-dial';
  readonly status: CallStatus;
  readonly createdAt: number;
  readonly updatedAt: number;
  readonly answeredAt: number | null;
  readonly endedAt: number | null;
  /** From when on REST knows the call; null while that is not decided, because nobody has answered. */
  readonly registeredAt: number | null;
  /** Milliseconds from answering until REST knows the call. */
  readonly registrationDelay: number;
  readonly earlyRefusal: EarlyRefusal;
  readonly statusCallback: CallbackTarget | null;
  /** Twilio cannot encrypt its recordings: with encryption on, they fail. */
  readonly recordingsFail?: boolean;
}

/** Which sides of the call a recording holds; channel 1 is the caller, channel 2 what the caller hears. */
export type Track = 'inbound' | 'outbound' | 'both';

export type RecordingStatus =
  | 'in-progress'
  | 'paused'
  | 'stopped'
  | 'processing'
  | 'completed'
  | 'absent'
  | 'failed'
  | 'deleted';

export type RecordingSource =
  | 'StartCallRecordingAPI'
  | 'StartCallRecordingTwiML'
  | 'DialVerb'
  | 'OutboundAPI'
  | 'Conference'
  | 'RecordVerb';

/** Who asks Twilio for something: a recorder by its stage, or anybody else of the account. */
export type Actor = `recorder ${string}` | 'application';

/** A recording. Times are milliseconds since 1970. */
export interface Recording {
  readonly sid: string;
  readonly accountSid: string;
  readonly callSid: string;
  /** Where it is the recording of a conference: REST then shows no call. */
  readonly conferenceSid?: string;
  readonly status: RecordingStatus;
  readonly channels: 1 | 2;
  readonly track: Track;
  readonly source: RecordingSource;
  /** Who had it made. Twilio's API does not tell; only those who judge a history may ask. */
  readonly actor: Actor;
  readonly createdAt: number;
  readonly updatedAt: number;
  readonly endedAt: number | null;
  /** Since when it is paused, and how. */
  readonly pause: { readonly since: number; readonly behavior: 'silence' | 'skip' } | null;
  /** Milliseconds that pauses have left out. */
  readonly skippedMilliseconds: number;
  /** Length of the audio, known once it was processed. */
  readonly audioMilliseconds: number | null;
  readonly errorCode: number | null;
  /** What the audio can be read with, where it is encrypted: known once it was processed. */
  readonly encryption?: { readonly publicKeySid: string; readonly encryptedCek: string; readonly iv: string };
  readonly callback: CallbackTarget | null;
  /** Events whose webhook has not been delivered or given up yet; a restart sends them again. */
  readonly callbacksOwed: readonly string[];
}

export type RecordingOptions = Pick<Recording, 'channels' | 'track' | 'source' | 'callback' | 'conferenceSid'> & {
  /** An application, where nothing is said. */
  readonly actor?: Actor;
};

/** A number of the account. Times are milliseconds since 1970. */
export interface PhoneNumber {
  readonly sid: string;
  /** E.164. */
  readonly phoneNumber: string;
  readonly friendlyName: string;
  /** Empty where none is set. Neither URL nor method counts while one of the two SIDs is set. */
  readonly voiceUrl: string;
  readonly voiceMethod: 'GET' | 'POST';
  readonly voiceApplicationSid: string | null;
  readonly trunkSid: string | null;
  /** Absent where none is set. */
  readonly voiceFallbackUrl?: string;
  readonly voiceFallbackMethod?: 'GET' | 'POST';
  readonly createdAt: number;
  readonly updatedAt: number;
}

/** A TwiML application: where numbers that name it ask for TwiML. */
export interface Application {
  readonly sid: string;
  readonly friendlyName: string;
  /** Empty where none is set. */
  readonly voiceUrl: string;
  readonly voiceMethod: 'GET' | 'POST';
}

export interface TwilioCredentials {
  readonly accountSid: string;
  readonly authToken: string;
  readonly apiKeySid?: string;
  readonly apiKeySecret?: string;
}

export interface TwilioSettings {
  /** Base of the addresses that callbacks and resources carry, such as `https://api.twilio.com`. No trailing slash. */
  readonly baseUrl: string;
  /** Milliseconds between the end of a recording and its completion. */
  readonly processingMilliseconds: number;
  /** Milliseconds between the completion of a recording and its audio being there; 404 until then. */
  readonly mediaDelayMilliseconds: number;
  /** Whether a part of audio can be asked for, which no source settles: else all of it comes (200). */
  readonly audioParts: 'served' | 'refused';
  /** REST requests at the same time; one more is answered 429. */
  readonly concurrentRequests: number;
  /** The account encrypts its recordings, and tells of it in the names of Twilio's API description, or in those that programs read. */
  readonly encryption?: 'as-described' | 'as-read';
  /** What a list's filter by time goes by: the `time` of day, or the `day` alone, whose midnight it then means. No source settles it. */
  readonly filtersBy: 'time' | 'day';
  /** The order of lists, which no source settles either. */
  readonly listOrder: 'newest-first' | 'oldest-first';
  /** The most that a page of a list holds, whatever is asked for. */
  readonly largestPage: number;
}

export interface TwilioState {
  readonly credentials: TwilioCredentials;
  readonly settings: TwilioSettings;
  /** SIDs are derived from seed and count. */
  readonly seed: string;
  readonly issued: number;
  readonly calls: ReadonlyMap<string, Call>;
  readonly recordings: ReadonlyMap<string, Recording>;
  readonly numbers: ReadonlyMap<string, PhoneNumber>;
  readonly applications: ReadonlyMap<string, Application>;
  /** The next `count` REST requests are answered `status`, unprocessed. */
  readonly refusals: { readonly status: 429 | 500 | 503; readonly count: number } | null;
}

/** Settings for anything that is not given. */
export const DEFAULT_SETTINGS: TwilioSettings = {
  baseUrl: 'https://api.twilio.com',
  processingMilliseconds: 1000,
  mediaDelayMilliseconds: 0,
  audioParts: 'served',
  concurrentRequests: 100,
  filtersBy: 'time',
  listOrder: 'newest-first',
  largestPage: 1000,
};

/** The voice URL that Twilio gives a new number. */
export const NEW_NUMBER_URL = 'https://demo.twilio.com/welcome/voice/';

const newNumber = (digit: string, phoneNumber: string): PhoneNumber => ({
  sid: `PN${digit.repeat(32)}`,
  ...{ phoneNumber, friendlyName: phoneNumber, voiceUrl: NEW_NUMBER_URL, voiceMethod: 'POST' },
  ...{ voiceApplicationSid: null, trunkSid: null, createdAt: 0, updatedAt: 0 },
});

/** What the account has bought: the numbers that Twilio reserves for tests. */
const NUMBERS: readonly PhoneNumber[] = [newNumber('1', '+15005550006'), newNumber('2', '+15005550010')];

/** An account without calls. `seed` decides every SID that will be given. */
export function makeState(
  credentials: TwilioCredentials,
  seed: string,
  settings: Partial<TwilioSettings> = {},
): TwilioState {
  return {
    credentials,
    settings: { ...DEFAULT_SETTINGS, ...settings },
    seed,
    issued: 0,
    calls: new Map(),
    recordings: new Map(),
    numbers: new Map(NUMBERS.map((number) => [number.sid, number])),
    applications: new Map(),
    refusals: null,
  };
}

/** The next SID: the prefix and 32 hex digits. */
export function issueSid(state: TwilioState, prefix: 'CA' | 'RE'): [TwilioState, string] {
  const digest = createHash('sha256').update(`${state.seed}:${state.issued}`).digest('hex');
  return [{ ...state, issued: state.issued + 1 }, prefix + digest.slice(0, 32)];
}

export function withCall(state: TwilioState, call: Call): TwilioState {
  return { ...state, calls: new Map(state.calls).set(call.sid, call) };
}

export function withRecording(state: TwilioState, recording: Recording): TwilioState {
  return { ...state, recordings: new Map(state.recordings).set(recording.sid, recording) };
}
