/** When the start of a recording is tried again. */
import { HOUR, SECOND } from '../values/instant.ts';
import { DOUBT_SETTLES_MS } from './call.ts';

/**
 * Pause between attempts within one invocation: Twilio usually registers a call within a second or two, and each quarter
 * of a second that we notice it later is a quarter of a second of conversation.
 */
export const QUICK_RETRY_PAUSE_MS = 250;

/** The call is young for so long; and no invocation retries for longer, well before the function's time-out. */
const QUICK_RETRY_WINDOW_MS = 4 * SECOND;

/** Whether another attempt follows within this invocation. */
export const isRetriedQuickly = (ageMs: number, invocationMs: number): boolean =>
  ageMs < 2 * QUICK_RETRY_WINDOW_MS && invocationMs + QUICK_RETRY_PAUSE_MS < QUICK_RETRY_WINDOW_MS;

/** The queue's redrive policy allows 50 receives; before that the message is given up and `sweep` takes over. */
export const RECEIVES_BEFORE_SWEEP = 40;

/**
 * Seconds until the next attempt, by the visibility timeout: a growing share of the call's age, so that the wait stays
 * in proportion to what has been missed already.
 *
 * @param ageMs milliseconds since the stream's `start`.
 * @param fraction a random number from 0 to 1, which spreads the attempts of calls that were refused together.
 */
export function startPauseSeconds(ageMs: number, fraction: number): number {
  const share = Math.min(PAUSE_MAX_SECONDS, (ageMs / SECOND) * 0.15);
  return Math.max(1, Math.round(share * (0.8 + 0.4 * fraction)));
}

/**
 * Seconds until it is asked what became of a start whose reply was lost: as above, but not before a request that is
 * still under way must have arrived.
 */
export const doubtPauseSeconds = (ageMs: number, fraction: number): number =>
  Math.max(DOUBT_SETTLES_MS / SECOND, startPauseSeconds(ageMs, fraction));

/** Reached when a call has been unknown to Twilio for half an hour, which no healthy call is. */
const PAUSE_MAX_SECONDS = 300;

/** A caller who hangs up within this time has said nothing: that there is no recording is no incident. */
export const SHORT_CALL_SECONDS = 5;

/** A call lasts 24 hours at most (Twilio's `timeLimit`): an attempt later than that is the last one that makes sense. */
export const isPastAnyCall = (ageMs: number): boolean => ageMs > 24 * HOUR;
