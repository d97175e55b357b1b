/**
 * The token that binds a stream to its call.
 *
 * The handshake's signature is the same for every call, so it can be replayed; the token, in a `<Parameter>` that
 * Twilio delivers only within `start`, cannot be made for another call without the auth token, and it ends.
 */
import { createHmac, timingSafeEqual } from 'node:crypto';
import { type Instant, MINUTE, SECOND } from '../values/instant.ts';

/** Name of the `<Parameter>`. */
export const STREAM_TOKEN_PARAMETER = 'token';

/** Name of another one, for streams that are to play a disclaimer of that name. It is bound to the token, so that nobody can alter it. */
export const STREAM_DISCLAIMER_PARAMETER = 'disclaimer';

/** Twilio opens the stream about a second after it has the TwiML. Minutes leave room for an incident there, or here. */
export const STREAM_TOKEN_VALID_MS = 10 * MINUTE;
/** The functions that make and check a token run on different machines. */
const CLOCKS_DIFFER_MS = MINUTE;

/** `fits`: made for this call, and not too long ago. `expired`: made for it, at another time. `differs`: anything else. */
export type StreamTokenCheck = 'fits' | 'expired' | 'differs';

/**
 * @param issuedAt goes into the token in whole seconds since 1970: `<seconds>.<HMAC>`
 * @param disclaimer the name that the stream carries beside the token, if it carries one: nothing in it is a space
 */
export function streamToken(authToken: string, callSid: string, issuedAt: Instant, disclaimer?: string): string {
  const seconds = Math.floor(issuedAt / SECOND);
  const bound = disclaimer === undefined ? '' : ` ${disclaimer}`;
  return `${seconds}.${hmac(authToken, `${callSid} ${seconds}${bound}`)}`;
}

/** Checks a token for the call that is to be recorded, against each of the auth tokens (two while one is rotated). */
export function checkStreamToken(
  token: string,
  callSid: string,
  authTokens: readonly string[],
  now: Instant,
  disclaimer?: string,
): StreamTokenCheck {
  const [, seconds] = /^(\d{1,12})\./.exec(token) ?? [];
  if (seconds === undefined) return 'differs';
  const issuedAt = Number(seconds) * SECOND;
  if (!authTokens.some((authToken) => isSame(token, streamToken(authToken, callSid, issuedAt, disclaimer))))
    return 'differs';
  const age = now - issuedAt;
  return age >= -CLOCKS_DIFFER_MS && age < STREAM_TOKEN_VALID_MS ? 'fits' : 'expired';
}

/**
 * True for a token of version 0.1, without a time. Calls that the old `incoming-call` answers while it is replaced carry one, and
 * would go unrecorded. To be refused from the next version on: docs/upgrading.md.
 */
export function isTimelessStreamToken(token: string, callSid: string, authTokens: readonly string[]): boolean {
  return authTokens.some((authToken) => isSame(token, hmac(authToken, callSid)));
}

const hmac = (authToken: string, text: string): string =>
  createHmac('sha256', authToken).update(`call-recorder stream ${text}`).digest('base64url');

function isSame(given: string, expected: string): boolean {
  const [one, other] = [Buffer.from(given), Buffer.from(expected)];
  return one.length === other.length && timingSafeEqual(one, other);
}
