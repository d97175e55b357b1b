/** What the server takes and gives. */
import type { Readable } from 'node:stream';
import type { AudioFormat } from '../../../lambdas/shared/contract/settings.ts';
import type {
  Actor,
  EarlyRefusal,
  RecordingStatus,
  TwilioCredentials,
  TwilioSettings,
} from '../../../sim/twilio/state.ts';
import type { TwilioServerEvent } from './events.ts';

/**
 * What becomes of a call in `<Connect>` whose stream cannot be opened, which Twilio does not document: the next verb runs, or the call ends.
 */
export type AfterFailedHandshake = 'next-verb' | 'hang-up';

export interface TwilioServerOptions {
  /** 0 for any. Binds 127.0.0.1 only. */
  readonly port: number;
  /** Calls, recordings and audio live here; a second start, even after a kill, resumes with them. */
  readonly dataDirectory: string;
  readonly credentials: TwilioCredentials;
  /** Milliseconds from answering until REST knows the call; asked for every call. */
  readonly registrationDelay: () => number;
  /** Default `next-verb`. */
  readonly afterFailedHandshake?: AfterFailedHandshake;
  /** At least 0 and below 1. Decides SIDs and tokens. */
  readonly random?: () => number;
  /** Milliseconds since 1970. */
  readonly now?: () => number;
  /** How many times as fast as the clock calls, pauses and processing go; 1 unless it is a test. */
  readonly speed?: number;
  readonly settings?: Partial<Omit<TwilioSettings, 'baseUrl'>>;
  readonly onEvent?: (event: TwilioServerEvent) => void;
}

export interface PlaceCallOptions {
  readonly voiceUrl: string;
  readonly from?: string;
  readonly to?: string;
  /** Path of a WAV: what the caller says. */
  readonly caller?: string;
  /** Milliseconds, instead of the server's. */
  readonly registrationDelay?: number;
  /** How REST refuses the call until then. */
  readonly earlyRefusal?: EarlyRefusal;
  /** Milliseconds from answering until the caller hangs up. */
  readonly hangUpAfterMs?: number;
  /** Milliseconds that a `<Dial>` talks; otherwise until both have said everything. */
  readonly talkMs?: number;
}

export interface PlacedCall {
  readonly callSid: string;
  readonly ended: Promise<void>;
}

/** A recording as the server knows it. Times are milliseconds since 1970. */
export interface KnownRecording {
  readonly sid: string;
  readonly callSid: string;
  readonly status: RecordingStatus;
  readonly channels: 1 | 2;
  readonly source: string;
  /** Who had it made, which Twilio's API does not tell. */
  readonly actor: Actor;
  readonly startedAt: number;
  readonly milliseconds: number | null;
}

export interface ImportOptions {
  /** Twilio's 34 characters; unknown ones become a completed call. */
  readonly callSid: string;
  /** Makes it the recording of a conference, which REST shows without a call. */
  readonly conferenceSid?: string;
  /** 8 kHz 16-bit PCM with one or two channels; it is copied. */
  readonly wav: string;
  /** Told of the completion, where it is given. */
  readonly statusCallback?: string;
}

export interface TwilioServer {
  /** `http://127.0.0.1:PORT`; serves `/2010-04-01/…` and `/simulator/…`. */
  readonly url: string;
  placeCall(options: PlaceCallOptions): Promise<PlacedCall>;
  /** Makes a completed recording of an existing file, of any length; answers its SID. */
  importRecording(options: ImportOptions): Promise<string>;
  /** The next `count` REST requests are answered `status`, unprocessed. */
  refuse(status: 429 | 500 | 503, count: number): void;
  recordings(): readonly KnownRecording[];
  /** Path of a recording's WAV on disk. */
  media(recordingSid: string): string | undefined;
  /** A recording's audio as REST serves it, in all its channels. */
  openAudio(recordingSid: string, format: AudioFormat): Readable | undefined;
  close(): Promise<void>;
}
