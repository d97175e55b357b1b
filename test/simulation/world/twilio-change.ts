/** What comes of a request to Twilio, for those who judge it. */
import type { Instant } from '../../../lambdas/shared/rules/values/instant.ts';
import type { Reply } from '../../../sim/twilio/errors.ts';
import type { TwilioRequest } from '../../../sim/twilio/requests.ts';
import type { TwilioState } from '../../../sim/twilio/state.ts';

/** When a request was sent, and whether its sender has given up before it took effect. */
export interface Sending {
  readonly at: Instant;
  readonly late: boolean;
}

/** A request to Twilio, and what it has changed. */
export interface TwilioChange<Request extends TwilioRequest = TwilioRequest> {
  readonly request: Request;
  readonly before: TwilioState;
  readonly after: TwilioState;
  readonly reply: Reply;
  readonly sent: Sending | undefined;
}
