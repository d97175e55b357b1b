/** Which audio the reply brings, and which of its bytes is the first. */
export interface MediaReply {
  readonly recordingSid: string;
  readonly channels: 1 | 2;
  readonly format: AudioFormat;
  readonly from?: number;
}

/** Replies of Twilio's REST API, and the bodies and codes of its errors. */
import type { AudioFormat } from '../../lambdas/shared/contract/settings.ts';

export interface Reply {
  readonly status: number;
  /** JSON of the body; null for none. */
  readonly body: object | null;
  /** The SID that a request outside the REST API made or concerned. */
  readonly sid?: string;
  /** Instead of a body: send the recording's audio in this format, mixed to so many channels. */
  readonly media?: MediaReply;
}

/** Twilio's error body; see https://www.twilio.com/docs/usage/twilios-response#twilios-error-codes. */
export function refusal(status: number, code: number, message: string): Reply {
  return { status, body: { code, message, more_info: `https://www.twilio.com/docs/errors/${code}`, status } };
}

export function notFound(path: string): Reply {
  return refusal(404, 20404, `The requested resource ${path} was not found`);
}

/** The call is not in a state in which it could be recorded, or the recording not in one to be changed. */
export function notEligible(what: string): Reply {
  return refusal(400, 21220, `${what}: Requested resource is not eligible for recording`);
}

export function invalidParameter(name: string, expected: string): Reply {
  return refusal(400, 20001, `Invalid ${name}: expected ${expected}`);
}

export const UNAUTHENTICATED: Reply = refusal(401, 20003, 'Authenticate');
export const METHOD_NOT_ALLOWED: Reply = refusal(405, 20004, 'Method not allowed');
export const TOO_MANY_REQUESTS: Reply = refusal(429, 20429, 'Too Many Requests');

/** The answer to the requests that a `refuse` request announced. */
export function announcedRefusal(status: 429 | 500 | 503): Reply {
  if (status === 429) return TOO_MANY_REQUESTS;
  return status === 500 ? refusal(500, 20500, 'Internal Server Error') : refusal(503, 20503, 'Service Unavailable');
}
