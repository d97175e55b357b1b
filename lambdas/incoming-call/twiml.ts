/** The TwiML of an incoming call, by Twilio's own builder. */
import voiceResponseModule from 'twilio/lib/twiml/VoiceResponse.js';
import type { AfterDisclaimer } from '../shared/contract/settings.ts';
import { STREAM_DISCLAIMER_PARAMETER, STREAM_TOKEN_PARAMETER } from '../shared/rules/call/stream-token.ts';

/** The library is CommonJS and exports the class itself; a loader that honours `default` hands it out as such. */
const VoiceResponse = voiceResponseModule as unknown as typeof import('twilio').twiml.VoiceResponse;

export interface StreamNoun {
  readonly url: string;
  readonly token: string;
  /** Name of what is played there; without one it is the stack's own. */
  readonly disclaimer?: string | undefined;
  /** Where Twilio tells that the stream has started, stopped or failed. */
  readonly statusCallback: string;
}

/** What follows the stream: the owner's verb, or silence. */
export type AfterStream = AfterDisclaimer | { readonly kind: 'pause'; readonly seconds: number };

/**
 * `<Connect><Stream/></Connect>` and what follows once the stream is closed; what follows alone, where the call has no stream.
 *
 * @see https://www.twilio.com/docs/voice/twiml/stream
 */
export function writeTwiml(stream: StreamNoun | undefined, afterDisclaimer: AfterStream): string {
  const response = new VoiceResponse();
  if (stream) {
    const { url, token, disclaimer, statusCallback } = stream;
    const noun = response.connect().stream({ url, statusCallback, statusCallbackMethod: 'POST' });
    noun.parameter({ name: STREAM_TOKEN_PARAMETER, value: token });
    if (disclaimer !== undefined) noun.parameter({ name: STREAM_DISCLAIMER_PARAMETER, value: disclaimer });
  }
  switch (afterDisclaimer.kind) {
    case 'dial':
      response.dial(afterDisclaimer.callerId ? { callerId: afterDisclaimer.callerId } : {}, afterDisclaimer.number);
      break;
    case 'redirect':
      response.redirect({ method: afterDisclaimer.method ?? 'POST' }, afterDisclaimer.url);
      break;
    case 'pause':
      response.pause({ length: afterDisclaimer.seconds });
      break;
    case 'say':
      response.say({ language: (afterDisclaimer.language ?? 'en-US') as 'en-US' }, afterDisclaimer.text);
      response.hangup();
      break;
  }
  return response.toString();
}
