/** What the model answers: a reply, the new state, and what the surrounding world has to do about it. */
import type { Reply } from './errors.ts';
import type { TwilioRequest } from './requests.ts';
import type { Track, TwilioState } from './state.ts';

export type Effect =
  /** Send this webhook, signed; then apply `settles`, if there is one. */
  | {
      readonly kind: 'callback';
      readonly url: string;
      readonly method: 'GET' | 'POST';
      readonly parameters: Readonly<Record<string, string>>;
      readonly callSid: string;
      readonly settles: TwilioRequest | null;
    }
  /** Apply this request once the time has come (milliseconds since 1970). */
  | { readonly kind: 'later'; readonly at: number; readonly request: TwilioRequest }
  | {
      readonly kind: 'record';
      readonly callSid: string;
      readonly recordingSid: string;
      readonly channels: 1 | 2;
      readonly track: Track;
    }
  /** `silence` keeps time running in the recording, `skip` leaves the pause out. */
  | { readonly kind: 'pause'; readonly recordingSid: string; readonly behavior: 'silence' | 'skip' }
  | { readonly kind: 'resume'; readonly recordingSid: string }
  /** No more audio; the file is to be finished. */
  | { readonly kind: 'stop'; readonly recordingSid: string }
  /** The media is to be erased. */
  | { readonly kind: 'discard'; readonly recordingSid: string }
  /** Ring the other side of a call that REST placed, then run its TwiML. */
  | { readonly kind: 'dial'; readonly callSid: string; readonly instructions: Instructions }
  /** Leave the TwiML that a call is in and run this. */
  | { readonly kind: 'redirect'; readonly callSid: string; readonly instructions: Instructions }
  | { readonly kind: 'hang-up'; readonly callSid: string };

/** Where a call's TwiML comes from. */
export type Instructions =
  | {
      readonly url: string;
      readonly method: 'GET' | 'POST';
      /** What a verb has to report, beside the call's own parameters. */
      readonly parameters?: Readonly<Record<string, string>>;
    }
  | { readonly twiml: string };

export interface Outcome {
  readonly state: TwilioState;
  readonly reply: Reply;
  readonly effects: readonly Effect[];
}

export function outcome(state: TwilioState, reply: Reply, effects: readonly Effect[] = []): Outcome {
  return { state, reply, effects };
}
