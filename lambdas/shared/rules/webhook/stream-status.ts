/** The parameters of a stream's status callback, checked one by one. */
import { isAccountSid, isCallSid, isStreamSid } from '../values/sids.ts';
import type { Parameters } from './webhook.ts';

export interface StreamStatus {
  readonly callSid: string;
  readonly streamSid?: string;
  /** `other`: it stopped, or it is an event that Twilio has added since. */
  readonly event: 'stream-started' | 'stream-error' | 'other';
  /** Twilio's words for what went wrong. */
  readonly error?: string;
}

export type StreamStatusReading =
  | { readonly ok: true; readonly status: StreamStatus }
  | { readonly ok: false; readonly reason: string };

/** What may be logged: words, codes and punctuation of a sentence, no address. */
const SENTENCE = /^[\w .,:;()'-]{1,200}$/;

/**
 * Reads `AccountSid CallSid StreamSid StreamName StreamEvent StreamError Timestamp`.
 *
 * @see https://www.twilio.com/docs/voice/twiml/stream#statuscallback
 */
export function readStreamStatus(parameters: Parameters, accountSid: string): StreamStatusReading {
  const { AccountSid, CallSid, StreamSid, StreamEvent, StreamError = '' } = parameters;
  if (!isAccountSid(AccountSid) || AccountSid !== accountSid)
    return refused('AccountSid is not the account that this recorder serves.');
  if (!isCallSid(CallSid)) return refused('CallSid is not a call SID (CA and 32 hex digits).');
  if (StreamEvent === undefined) return refused('StreamEvent is missing.');
  const event = StreamEvent === 'stream-started' || StreamEvent === 'stream-error' ? StreamEvent : 'other';
  return {
    ok: true,
    status: {
      callSid: CallSid,
      ...(isStreamSid(StreamSid) && { streamSid: StreamSid }),
      event,
      ...(SENTENCE.test(StreamError) && { error: StreamError }),
    },
  };
}

const refused = (reason: string) => ({ ok: false, reason }) as const;
