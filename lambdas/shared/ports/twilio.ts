/**
 * What the steps need from Twilio, in the steps' own words: credentials, signatures, recordings. An adapter over the vendor's library
 * fills them; so does the model of the simulation.
 */
import type { AudioFormat } from '../contract/settings.ts';
import type { EncryptionDetails } from '../rules/table/rows.ts';
import type { Instant } from '../rules/values/instant.ts';

export interface TwilioCredentials {
  readonly accountSid: string;
  /** The current token, and the previous one while it is rotated. */
  readonly authTokens: readonly [string, ...string[]];
  /** User name and password for REST: the API key where there is one. */
  readonly rest: { readonly username: string; readonly password: string };
}

export interface Credentials {
  /** Five minutes old at most, unless the secret cannot be read. @throws where it has never been read and cannot be */
  current(): Promise<TwilioCredentials>;
  /**
   * Reads the secret again after a mismatch, at a limited rate.
   *
   * @param how `at-once` waits, a second at most, rather than give up: for what is lost if it is refused
   * @returns false where it was read a moment ago, or could not be read
   */
  refresh(how?: 'at-once'): Promise<boolean>;
}

export interface Signatures {
  /** True where `signature` was made over `url` and `parameters` by one of the auth tokens. */
  isValid(
    authTokens: readonly string[],
    signature: string,
    url: string,
    parameters: { [name: string]: string },
  ): boolean;
}

/** A recording as Twilio's REST API shows it. */
export interface TwilioRecording {
  readonly callSid: string;
  readonly recordingSid: string;
  /** `in-progress paused stopped processing completed absent failed deleted`. */
  readonly status: string;
  readonly source?: string;
  readonly channels?: number;
  readonly durationSeconds?: number;
  readonly startTime?: Instant;
  readonly createdAt?: Instant;
  readonly errorCode?: number;
  readonly encryption?: EncryptionDetails;
}

/** Twilio did not do what was asked. `status` and `code` are Twilio's, where it answered at all. */
export interface Refusal {
  /**
   * `not-found`: 404. `not-eligible`: 21220, the call is not (or no longer) in progress. `later`: certainly not
   * processed, safe to repeat. `refused`: any other 4xx. `doubtful`: may have been processed.
   */
  readonly kind: 'not-found' | 'not-eligible' | 'later' | 'refused' | 'doubtful';
  readonly status?: number;
  readonly code?: number;
  /** For the log and the table: the status and code, or the name of the network's error. */
  readonly reason: string;
}

export interface CallProgress {
  readonly kind: 'early' | 'live' | 'over';
  /** Of a call that is over: from its answer to its end. Absent where Twilio has not said yet. */
  readonly durationSeconds?: number;
}

/** A call as Twilio's REST API shows it. Its telephone numbers are for comparing alone: no log line, row or event has them. */
export interface TwilioCall {
  readonly callSid: string;
  /** `queued ringing in-progress completed busy failed no-answer canceled`. */
  readonly status: string;
  readonly progress: CallProgress['kind'];
  /** Another call has dialled it. */
  readonly isChild: boolean;
  /** `inbound`, `outbound-api`, `outbound-dial`, and others for trunks. */
  readonly direction?: string;
  readonly from?: string;
  readonly to?: string;
  readonly startedAt?: Instant;
  readonly createdAt?: Instant;
  /** Of a call that is over. */
  readonly durationSeconds?: number;
}

/** A telephone number of the account. */
export interface TwilioNumber {
  readonly phoneNumber: string;
  /** What Twilio asks for TwiML; absent where something else answers the number's calls. */
  readonly voiceUrl?: string;
  readonly updatedAt?: Instant;
}

export interface TwilioRest {
  /** Starts a recording of the call: dual channel, untrimmed, with our callback. */
  startRecording(callSid: string): Promise<{ kind: 'started'; recording: TwilioRecording } | Refusal>;
  recordingsOfCall(callSid: string): Promise<{ kind: 'found'; recordings: readonly TwilioRecording[] } | Refusal>;
  /** Whether the call is over, by its status. */
  callProgress(callSid: string): Promise<CallProgress | Refusal>;
  call(callSid: string): Promise<{ kind: 'found'; call: TwilioCall } | Refusal>;
  /** Places a call between two numbers of the account that runs this TwiML on the calling side. */
  placeCall(from: string, to: string, twiml: string): Promise<{ kind: 'placed'; callSid: string } | Refusal>;
  /** One recording, also a deleted one: Twilio keeps its metadata for 40 days, with the status `deleted`. */
  recording(recordingSid: string): Promise<{ kind: 'found'; recording: TwilioRecording } | Refusal>;
  /**
   * One page of the account's recordings: all that were created from `from` on and, where `until` is given, up to its second, and
   * others besides. Whether a filter's time of day counts is not documented: whole days are asked for, with a day more on both sides.
   * The newest come first, as far as is known.
   */
  recordingsSince(from: Instant, page?: string, until?: Instant): Promise<RecordingsPage | Refusal>;
  /** One page of the account's calls, recorded or not: all that started from `from` on, or up to `until`, and others besides, as above. */
  callsSince(from: Instant, page?: string, until?: Instant): Promise<CallsPage | Refusal>;
  /** One page of the account's telephone numbers. */
  numbers(page?: string): Promise<NumbersPage | Refusal>;
  /** `deleted`: answered 204. */
  deleteRecording(recordingSid: string): Promise<{ kind: 'deleted' } | Refusal>;
  /**
   * The audio; `channels` as the recording has them. Encrypted audio is to be had as `wav` only.
   *
   * @param from the first byte wanted; the reply tells by its own `from` whether Twilio goes along with it
   */
  openAudio(
    recordingSid: string,
    channels: number | undefined,
    format: AudioFormat,
    from?: AudioOffset,
  ): Promise<OpenedAudio | Refusal>;
  /** Where the recording lies at Twilio: the fallback URL. */
  urlOf(accountSid: string, recordingSid: string): string;
}
/** What every page of a list says beside its entries. */
export interface ListPage {
  readonly kind: 'page';
  /** Entries that could not be read. */
  readonly unreadable: number;
  /** Where the next page begins. */
  readonly next?: string;
  /** The list goes on, but the reply does not say where in a way that can be read: what follows is unknown. */
  readonly isCut?: true;
}
export interface RecordingsPage extends ListPage {
  readonly recordings: readonly TwilioRecording[];
  /** The unreadable ones that have a recording SID, such as recordings of conferences, which have no call. */
  readonly passedOver?: readonly PassedOver[];
}
export interface PassedOver {
  readonly recordingSid: string;
  /** `no-call`: it belongs to no call, such as the recording of a conference. */
  readonly why: 'no-call' | 'unreadable';
  readonly callSid?: string;
  readonly createdAt?: Instant;
}
export interface CallsPage extends ListPage {
  readonly calls: readonly TwilioCall[];
  /** The unreadable ones that have a call SID. */
  readonly passedOver?: readonly string[];
}
export interface NumbersPage extends ListPage {
  readonly numbers: readonly TwilioNumber[];
}
/** Where audio is to begin. */
export interface AudioOffset {
  readonly bytes: number;
  /** Of the audio that the bytes before it were taken from. */
  readonly etag?: string | undefined;
}
export interface OpenedAudio {
  readonly kind: 'opened';
  /** The first byte of `bytes`, where Twilio sends a part of the audio (206). */
  readonly from?: number;
  readonly etag?: string;
  readonly contentType: string;
  /** Of the whole audio, also where a part of it is sent. */
  readonly contentLength?: number;
  /** The transfer marks its end (HTTP/1.1 in chunks): `bytes` throws where it breaks off before. */
  readonly endIsMarked?: boolean;
  /** To be read to its end, or left: leaving the loop closes the connection. */
  readonly bytes: AsyncIterable<Uint8Array>;
  /** Closes the connection where the bytes are not read at all. */
  close(): void;
}
