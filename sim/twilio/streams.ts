/** What Twilio tells of a media stream, where its `<Stream>` names a status callback. */
import { notFound } from './errors.ts';
import { type Outcome, outcome } from './outcome.ts';
import type { StreamNews } from './requests.ts';
import type { TwilioState } from './state.ts';

/** @see https://www.twilio.com/docs/voice/twiml/stream#statuscallback */
export function streamCallback(state: TwilioState, now: number, news: StreamNews): Outcome {
  const { callSid, streamSid, event, error, callback } = news;
  const call = state.calls.get(callSid);
  if (!call) return outcome(state, notFound(callSid));
  const parameters = {
    AccountSid: call.accountSid,
    CallSid: callSid,
    StreamSid: streamSid,
    StreamName: streamSid,
    StreamEvent: event,
    ...(error !== undefined && { StreamError: error }),
    Timestamp: new Date(now).toISOString(),
  };
  return outcome(state, { status: 200, body: null }, [
    { kind: 'callback', ...callback, parameters, callSid, settles: null },
  ]);
}
