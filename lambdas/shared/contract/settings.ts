/** Settings that the owner makes in the configuration and that the steps read from their environment. */

/** What the caller hears after the disclaimer: an existing voice application, a telephone number, or a sentence. */
export type AfterDisclaimer =
  /** Dials `number` (E.164); `callerId` (E.164) only where the caller's own number shall not be shown. */
  | { readonly kind: 'dial'; readonly number: string; readonly callerId?: string }
  /** Hands the call to other TwiML; Twilio fetches it by `method`, default POST. */
  | { readonly kind: 'redirect'; readonly url: string; readonly method?: RedirectMethod }
  /** Speaks `text` (`language` as BCP 47, default `en-US`), then hangs up. */
  | { readonly kind: 'say'; readonly text: string; readonly language?: string };

export type RedirectMethod = 'POST' | 'GET';

export const REDIRECT_METHODS: readonly RedirectMethod[] = ['POST', 'GET'];

/** Whether the calls of a number are recorded. */
export type RecordCalls = 'on' | 'off';

export const RECORD_CALLS: readonly RecordCalls[] = ['on', 'off'];

/** How recordings begin: over REST once the call's stream has started, or by the TwiML that answers the call. */
export type StartBy = 'stream' | 'twiml';

export const START_BY: readonly StartBy[] = ['stream', 'twiml'];

/** What becomes of a live call whose stream has not started: it is left unrecorded, or recorded without a disclaimer. */
export type WithoutStream = 'leave' | 'record';

export const WITHOUT_STREAM: readonly WithoutStream[] = ['leave', 'record'];

/**
 * Streams that somebody else's TwiML opens: they carry our account's signature, but not the HMAC parameter of
 * `incoming-call`. They are never closed by us.
 */
export type ForeignStreams = 'refuse' | 'record-with-disclaimer' | 'record-only';

export const FOREIGN_STREAMS: readonly ForeignStreams[] = ['refuse', 'record-with-disclaimer', 'record-only'];

/** The one switch that pauses every deletion at Twilio; `never` keeps all of them for good. */
export type Deletions = 'on' | 'paused' | 'never';

export const DELETIONS: readonly Deletions[] = ['on', 'paused', 'never'];

/** What Twilio hands audio out as. It records WAV, and makes MP3 of that. */
export type AudioFormat = 'wav' | 'mp3';

export const AUDIO_FORMATS: readonly AudioFormat[] = ['wav', 'mp3'];

/** Whether what happens to calls and recordings is announced on the event bus. */
export type Events = 'on' | 'off';

export const EVENTS: readonly Events[] = ['on', 'off'];

/** Whether recordings that are at Twilio only are played from there, by links like those to S3. */
export type PlayFromTwilio = 'on' | 'off';

export const PLAY_FROM_TWILIO: readonly PlayFromTwilio[] = ['on', 'off'];

/** Stands where the address would, if they are not. */
export const NO_PLAY_URL = 'off';

/** Stands where names of disclaimers would, if there are none. */
export const NO_DISCLAIMERS = '-';

/** A call of the owner's own, from one number of the account to another, which shows again and again that calls are recorded. */
export interface Canary {
  /** The number that calls, E.164. */
  readonly from: string;
  /** The number that is called, E.164. It serves nothing else. */
  readonly to: string;
  /** Minutes from one call to the next: 15 to 720. */
  readonly everyMinutes: number;
}

/** Stands where a canary would, if there is none. */
export const NO_CANARY = 'off';
