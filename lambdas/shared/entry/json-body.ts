/** The body of a request that IAM has authorized. */
import type { IamRequest } from './iam-request.ts';

/** A body is a few words. */
const BODY_MAX = 2000;

/** The fields of a JSON object; none where the body is anything else. */
export function readJsonBody({ body = '', isBase64Encoded }: Pick<IamRequest, 'body' | 'isBase64Encoded'>): {
  readonly [name: string]: unknown;
} {
  const text = isBase64Encoded ? Buffer.from(body, 'base64').toString() : body;
  if (text.length > BODY_MAX) return {};
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? { ...value } : {};
  } catch {
    // What is not JSON says nothing.
    return {};
  }
}

/** Why somebody wants something done: it stays in the table, in the audit and in events. */
export const REASON_FORM = 'one line of 1 to 200 characters';

/** @returns `undefined` where it is missing, or is not {@link REASON_FORM} */
export function readReason(given: unknown): string | undefined {
  const reason = typeof given === 'string' ? given.trim() : '';
  return reason !== '' && reason.length <= 200 && !/\p{Cc}/u.test(reason) ? reason : undefined;
}
