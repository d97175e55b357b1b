/** Requests to Twilio that change nothing, asked again while Twilio is busy or silent. */
import type { Refusal } from '../../lambdas/shared/ports/twilio.ts';
import { hint, Problem } from '../command/problem.ts';
import type { Pace } from './pace.ts';
import type { Place } from './place.ts';

export interface PatientAsking {
  readonly pace: Pace;
  readonly place: Pick<Place, 'options'>;
  /** Behind the message of a {@link Problem}: what a repeated command does. */
  readonly afterwards?: string;
}

/** Attempts at one request: the pauses between them add up to three minutes. */
const ATTEMPTS_MAX = 9;

/**
 * @param what completes the sentence `Twilio did not …`
 * @param ask may be repeated, whatever became of the request
 * @throws {Problem} where Twilio refuses, or does not answer for minutes
 */
export async function askPatiently<Answer extends object>(
  { pace, place, afterwards }: PatientAsking,
  what: string,
  ask: () => Promise<Answer | Refusal>,
): Promise<Answer> {
  for (let attempt = 1; ; attempt += 1) {
    await pace.turn();
    const reply = await ask();
    if (!isRefusal(reply)) {
      pace.recover();
      return reply;
    }
    const { kind, status, reason } = reply;
    if ((kind !== 'later' && kind !== 'doubtful') || attempt >= ATTEMPTS_MAX) {
      const denied = status === 401 || status === 403;
      const todo = denied ? `Run ${hint(place, 'credentials check')}.` : 'Try again later.';
      throw new Problem([`Twilio did not ${what}: ${reason}. ${todo}`, afterwards].filter(Boolean).join(' '));
    }
    pace.backOff();
  }
}

const isRefusal = (reply: object): reply is Refusal => 'reason' in reply;
