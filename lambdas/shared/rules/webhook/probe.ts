/**
 * The mark of a request that is meant to be refused: with such requests `doctor` checks that unsigned ones are rejected, and that a signed
 * one is read.
 *
 * It lets nobody in. It only keeps an expected refusal from being counted, and so from setting off the alarm; anyone who can
 * make it has the auth token, and could sign as Twilio does.
 */
import { createHmac, timingSafeEqual } from 'node:crypto';

export const PROBE_HEADER = 'x-call-recorder-probe';

/** @param url as the request is signed: that of the webhook, or of the stream */
export const probeMark = (authToken: string, url: string): string =>
  createHmac('sha256', authToken).update(`call-recorder probe ${url}`).digest('base64url');

export function isProbe(mark: string, urls: readonly string[], authTokens: readonly string[]): boolean {
  const given = Buffer.from(mark);
  return authTokens.some((authToken) =>
    urls.some((url) => {
      const expected = Buffer.from(probeMark(authToken, url));
      return given.length === expected.length && timingSafeEqual(given, expected);
    }),
  );
}
