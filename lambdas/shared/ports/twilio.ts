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

export interface TwilioRest {
  /** Starts a recording of the call: dual channel, untrimmed, with our callback. */
  startRecording(callSid: string): Promise<{ kind: 'started'; recording: TwilioRecording } | Refusal>;
  recordingsOfCall(callSid: string): Promise<{ kind: 'found'; recordings: readonly TwilioRecording[] } | Refusal>;
  /** Whether the call is over, by its status. */
  callProgress(callSid: string): Promise<CallProgress | Refusal>;
  /** One recording, also a deleted one: Twilio keeps its metadata for 40 days, with the status `deleted`. */
  recording(recordingSid: string): Promise<{ kind: 'found'; recording: TwilioRecording } | Refusal>;
  /**
   * One page of the account's recordings, created from `from` on and, where `until` is given, not after its second.
   * Twilio lists the newest first.
   */
  recordingsSince(from: Instant, page?: string, until?: Instant): Promise<RecordingsPage | Refusal>;
  /** `deleted`: answered 204. */
  deleteRecording(recordingSid: string): Promise<{ kind: 'deleted' } | Refusal>;
  /** The audio; `channels` as the recording has them. Encrypted audio is to be had as `wav` only. */
  openAudio(recordingSid: string, channels: number | undefined, format: AudioFormat): Promise<OpenedAudio | Refusal>;
  /** Where the recording lies at Twilio: the fallback URL. */
  urlOf(accountSid: string, recordingSid: string): string;
}
export interface RecordingsPage {
  readonly kind: 'page';
  readonly recordings: readonly TwilioRecording[];
  /** Entries that could not be read, such as another application's recordings without a call. */
  readonly unreadable: number;
  /** Those of them that have a recording SID. */
  readonly passedOver?: readonly PassedOver[];
  readonly next?: string;
}
export interface PassedOver {
  readonly recordingSid: string;
  /** `no-call`: it belongs to no call, such as the recording of a conference. */
  readonly why: 'no-call' | 'unreadable';
  readonly createdAt?: Instant;
}
export interface OpenedAudio {
  readonly kind: 'opened';
  readonly contentType: string;
  readonly contentLength?: number;
  /** The transfer marks its end (HTTP/1.1 in chunks): `bytes` throws where it breaks off before. */
  readonly endIsMarked?: boolean;
  /** To be read to its end, or left: leaving the loop closes the connection. */
  readonly bytes: AsyncIterable<Uint8Array>;
  /** Closes the connection where the bytes are not read at all. */
  close(): void;
}
