/**
 * Who may use the server: anyone who has its key. The printed address carries the key in its fragment, which no browser sends; the page puts
 * it into a header. `<audio>` and downloads cannot send headers: for `/audio/` alone the server sets a cookie, which scripts cannot read and
 * from which the key cannot be computed.
 */
import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

export const KEY_HEADER = 'x-console-key';
const AUDIO_PATH = '/audio/';

export interface Access {
  /** Whether the request has the key in its header. */
  readonly hasKey: (request: Pick<IncomingMessage, 'headers'>) => boolean;
  /** Whether the request has the key, or the cookie for audio. */
  readonly mayHear: (request: Pick<IncomingMessage, 'headers'>) => boolean;
  /** The value of `Set-Cookie`. */
  readonly cookie: () => string;
}

/** @param name of the cookie; browsers send a cookie to every port of a host, so that each server needs a name of its own */
export function accessBy(key: string, name: string): Access {
  const token = createHmac('sha256', key).update('audio').digest('base64url');
  const hasKey: Access['hasKey'] = ({ headers }) => isSame(headers[KEY_HEADER], key);
  return {
    hasKey,
    mayHear: (request) => hasKey(request) || isSame(cookieOf(request, name), token),
    cookie: () => `${name}=${token}; Path=${AUDIO_PATH}; HttpOnly; SameSite=Strict`,
  };
}

/** Compared by their hashes, so that the time tells neither length nor beginning. */
function isSame(given: string | string[] | undefined, expected: string): boolean {
  return typeof given === 'string' && timingSafeEqual(sha256(given), sha256(expected));
}
const sha256 = (text: string): Buffer => createHash('sha256').update(text).digest();

function cookieOf({ headers }: Pick<IncomingMessage, 'headers'>, name: string): string | undefined {
  const pairs = (headers.cookie ?? '').split(/;\s*/).map((pair) => pair.split('=', 2));
  return pairs.find(([given]) => given === name)?.[1];
}
