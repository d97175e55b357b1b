/**
 * The token that binds a stream to its call.
 *
 * The handshake's signature is the same for every call, so it can be replayed; the token, in a `<Parameter>` that
 * Twilio delivers only within `start`, cannot be made for another call without the auth token.
 */
import { createHmac, timingSafeEqual } from 'node:crypto';

/** Name of the `<Parameter>`. */
export const STREAM_TOKEN_PARAMETER = 'token';

export const streamToken = (authToken: string, callSid: string): string =>
  createHmac('sha256', authToken).update(`call-recorder stream ${callSid}`).digest('base64url');

/** True where `token` was made for `callSid` by one of the auth tokens (two while one is rotated). */
export function isStreamToken(token: string, callSid: string, authTokens: readonly string[]): boolean {
  const given = Buffer.from(token);
  return authTokens.some((authToken) => {
    const expected = Buffer.from(streamToken(authToken, callSid));
    return given.length === expected.length && timingSafeEqual(given, expected);
  });
}
