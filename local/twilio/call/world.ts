/** What a call needs of the server around it. */

import type { Reply } from '../../../sim/twilio/errors.ts';
import type { TwilioRequest } from '../../../sim/twilio/requests.ts';
import type { Call, TwilioCredentials } from '../../../sim/twilio/state.ts';
import type { Voice } from '../audio/voice.ts';
import type { Clock } from '../server/clock.ts';
import type { TwilioServerEventBody } from '../server/events.ts';
import type { Ticker } from './ticker.ts';

export interface World {
  readonly clock: Clock;
  readonly ticker: Ticker;
  readonly credentials: TwilioCredentials;
  /** Changes the model's state, stores it, and does what follows from it. */
  act(request: TwilioRequest): Reply;
  call(sid: string): Call | undefined;
  emit(event: TwilioServerEventBody): void;
  warn(callSid: string | null, code: number, message: string): void;
  /** 32 random hex digits. */
  token(): string;
  /** What the simulated callee of a `<Dial>` says. */
  openCallee(): Voice;
  /** Calls `onHangUp` when REST ends the dialled call; the result ends the watch. */
  watchDialled(callSid: string, onHangUp: () => void): () => void;
}
