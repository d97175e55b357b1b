/**
 * The mark in the callback URL of a recording that this recorder has started.
 *
 * Twilio's `source` does not say whose a recording is: every application that records over REST has the same. What calls back to a
 * URL that only our own request has named is ours. The URL is inside Twilio's signature, and nobody can make the mark without
 * the auth token.
 */
import { createHmac, timingSafeEqual } from 'node:crypto';

const markOf = (authToken: string, callSid: string): string =>
  createHmac('sha256', authToken).update(`call-recorder recording-callback ${callSid}`).digest('base64url');

/** @param callSid the leg that the start request names; Twilio calls back with the parent leg's SID */
export const markedCallbackUrl = (url: string, authToken: string, callSid: string): string =>
  `${url}?call=${callSid}&mark=${markOf(authToken, callSid)}`;

/** The same, for a recording that the TwiML of the call starts: no reply tells of it, so that its callback has to. */
export const twimlCallbackUrl = (url: string, authToken: string, callSid: string): string =>
  `${markedCallbackUrl(url, authToken, callSid)}&${BY_TWIML}`;

const BY_TWIML = 'by=twiml';

/** Whether the query is that of a callback URL which TwiML has named; what it says counts where it {@link isMarked}. */
export const isOfTwiml = (rawQueryString: string): boolean => rawQueryString.split('&').includes(BY_TWIML);

/**
 * Twilio retries a callback that fails once, and only on a connection failure. These overrides make it five times, on
 * errors and time-outs too. The fragment is not part of the signature.
 *
 * @see https://www.twilio.com/docs/usage/webhooks/webhooks-connection-overrides
 */
export const CALLBACK_OVERRIDES = '#rc=5&rp=all';

/** Whether the query carries a mark that was made with one of the auth tokens (two while one is rotated). */
export function isMarked(rawQueryString: string, authTokens: readonly string[]): boolean {
  const query = new URLSearchParams(rawQueryString);
  const given = Buffer.from(query.get('mark') ?? '');
  return authTokens.some((authToken) => {
    const expected = Buffer.from(markOf(authToken, query.get('call') ?? ''));
    return given.length === expected.length && timingSafeEqual(given, expected);
  });
}
