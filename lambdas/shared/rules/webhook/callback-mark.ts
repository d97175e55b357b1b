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

/** Whether the query carries a mark that was made with one of the auth tokens (two while one is rotated). */
export function isMarked(rawQueryString: string, authTokens: readonly string[]): boolean {
  const query = new URLSearchParams(rawQueryString);
  const given = Buffer.from(query.get('mark') ?? '');
  return authTokens.some((authToken) => {
    const expected = Buffer.from(markOf(authToken, query.get('call') ?? ''));
    return given.length === expected.length && timingSafeEqual(given, expected);
  });
}
