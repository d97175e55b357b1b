/** The TwiML of an incoming call, by Twilio's own builder. */
import voiceResponseModule from 'twilio/lib/twiml/VoiceResponse.js';
import type { AfterDisclaimer } from '../shared/contract/settings.ts';
import { STREAM_DISCLAIMER_PARAMETER, STREAM_TOKEN_PARAMETER } from '../shared/rules/call/stream-token.ts';

/** The library is CommonJS and exports the class itself; a loader that honours `default` hands it out as such. */
const VoiceResponse = voiceResponseModule as unknown as typeof import('twilio').twiml.VoiceResponse;
type Response = InstanceType<typeof VoiceResponse>;

/** What comes before the owner's verb: how the recording begins, and where the disclaimer comes from. */
export type Opening = StreamOpening | RecordingOpening;

interface StreamOpening {
  readonly startBy: 'stream';
  readonly url: string;
  readonly token: string;
  /** Name of what is played there; without one it is the stack's own. */
  readonly disclaimer?: string | undefined;
  /** Where Twilio tells that the stream has started, stopped or failed. */
  readonly statusCallback: string;
}

interface RecordingOpening {
  readonly startBy: 'twiml';
  /** Where Twilio tells that the recording has begun and ended. */
  readonly callback: string;
  /** A sound file. */
  readonly disclaimer: string;
}

/** What follows the opening: the owner's verb, or silence. */
export type AfterOpening = AfterDisclaimer | { readonly kind: 'pause'; readonly seconds: number };

/** What opens the call, then the owner's verb; that verb alone, where the call is not to be recorded. */
export function writeTwiml(opening: Opening | undefined, afterDisclaimer: AfterOpening): string {
  const response = new VoiceResponse();
  if (opening?.startBy === 'stream') openByStream(response, opening);
  if (opening?.startBy === 'twiml') openByRecording(response, opening);
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

/**
 * `<Connect><Stream/></Connect>`: what follows runs once the stream is closed.
 *
 * @see https://www.twilio.com/docs/voice/twiml/stream
 */
function openByStream(response: Response, { url, token, disclaimer, statusCallback }: StreamOpening): void {
  const noun = response.connect().stream({ url, statusCallback, statusCallbackMethod: 'POST' });
  noun.parameter({ name: STREAM_TOKEN_PARAMETER, value: token });
  if (disclaimer !== undefined) noun.parameter({ name: STREAM_DISCLAIMER_PARAMETER, value: disclaimer });
}

/**
 * `<Start><Recording/></Start>`, then `<Play>`: the recording runs before anything is heard, so that the disclaimer is on it.
 *
 * @see https://www.twilio.com/docs/voice/twiml/recording
 */
function openByRecording(response: Response, { callback, disclaimer }: RecordingOpening): void {
  response.start().recording({
    channels: 'dual',
    track: 'both',
    // Its default would trim silence, so that times in the audio would not be those of the call.
    trim: 'do-not-trim',
    recordingStatusCallback: callback,
    recordingStatusCallbackMethod: 'POST',
    recordingStatusCallbackEvent: ['in-progress', 'completed', 'absent'],
  });
  response.play(disclaimer);
}
