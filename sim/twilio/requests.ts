/** What the model can be asked: REST requests, and what happens on the telephone. */
import type { Actor, EarlyRefusal, FinalStatus, RecordingOptions, TwilioState } from './state.ts';

/** A request to the REST API. */
export interface RestRequest {
  readonly kind: 'rest';
  readonly method: string;
  /** Path and query as sent. */
  readonly target: string;
  /** Value of the Authorization header. */
  readonly authorization?: string | undefined;
  /** Value of the Range header. */
  readonly range?: string | undefined;
  /** The body as sent, form-encoded. */
  readonly body?: string;
  /** Who asks; an application, where nothing is said. */
  readonly actor?: Actor;
  /** Requests in progress, this one included. */
  readonly concurrent?: number;
}

/** A request that has passed authentication and names a resource of the account. */
export interface Context {
  readonly state: TwilioState;
  readonly now: number;
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly form: URLSearchParams;
  readonly actor: Actor | undefined;
  readonly range: string | undefined;
}

/** What became of a stream, for the status callback of its `<Stream>`. */
export interface StreamNews {
  readonly callSid: string;
  readonly streamSid: string;
  readonly event: 'stream-started' | 'stream-stopped' | 'stream-error';
  /** What went wrong, in Twilio's words. */
  readonly error?: string;
  readonly callback: { readonly url: string; readonly method: 'GET' | 'POST' };
}

export type TwilioRequest =
  | RestRequest
  /** An incoming call rings. `registrationDelay`: milliseconds from answering until REST knows it. */
  | {
      readonly kind: 'call-arrived';
      readonly from: string;
      readonly to: string;
      readonly registrationDelay: number;
      readonly earlyRefusal?: EarlyRefusal;
      readonly recordingsFail?: boolean;
    }
  /** A call dials another party. */
  | { readonly kind: 'call-dialled'; readonly parentCallSid: string; readonly from: string; readonly to: string }
  | { readonly kind: 'call-ringing'; readonly callSid: string }
  | { readonly kind: 'call-answered'; readonly callSid: string }
  | { readonly kind: 'call-ended'; readonly callSid: string; readonly status: FinalStatus }
  /** A stream of the call has started, stopped or failed, and its `<Stream>` names a status callback. */
  | ({ readonly kind: 'stream-status' } & StreamNews)
  /** TwiML starts a recording. */
  | { readonly kind: 'recording-started'; readonly callSid: string; readonly options: RecordingOptions }
  /** TwiML ends a recording before the call ends. */
  | { readonly kind: 'recording-stopped'; readonly recordingSid: string }
  /** Processing is over. `audioMilliseconds`: length of the file, where there is one. */
  | { readonly kind: 'recording-processed'; readonly recordingSid: string; readonly audioMilliseconds?: number }
  /** A finished recording comes from elsewhere; `callSid` may be new, it is then a completed call. */
  | {
      readonly kind: 'recording-imported';
      readonly callSid: string;
      readonly audioMilliseconds: number;
      readonly options: RecordingOptions;
    }
  /** A webhook for a recording was delivered or given up. */
  | { readonly kind: 'callback-settled'; readonly recordingSid: string; readonly event: string }
  /** The next `count` REST requests are answered `status` without being processed. */
  | { readonly kind: 'refuse'; readonly status: 429 | 500 | 503; readonly count: number }
  /** The world around the model starts again: calls that were in progress are over, open work is taken up. */
  | { readonly kind: 'restarted' };
