/** Errors of AWS and of the network, in words that say what to do. */

import type { Place } from '../place/place.ts';
import { EXIT, Problem } from './command.ts';
import { Interrupted } from './terminal.ts';

const CONNECTION = new Set(['ECONNREFUSED', 'ECONNRESET', 'ENOTFOUND', 'EAI_AGAIN', 'ETIMEDOUT', 'EHOSTUNREACH']);
const NO_CREDENTIALS = new Set(['CredentialsProviderError', 'TokenProviderError']);
const EXPIRED = new Set([
  'ExpiredToken',
  'ExpiredTokenException',
  'UnrecognizedClientException',
  'InvalidClientTokenId',
]);
const DENIED = new Set(['AccessDenied', 'AccessDeniedException', 'Forbidden']);
const GONE = new Set([
  'ResourceNotFoundException',
  'NoSuchBucket',
  'QueueDoesNotExist',
  'AWS.SimpleQueueService.NonExistentQueue',
]);

/** Puts an error that nobody expected into words. Its message is shown: it is no secret to its own operator. */
export function explain(error: unknown, place: Pick<Place, 'title' | 'ifSilent'> | undefined): Problem {
  const cause = { cause: error };
  if (error instanceof Interrupted) return new Problem('Interrupted; nothing was changed.', EXIT.failed, cause);
  const { name, message } = described(error);
  const where = place?.title ?? 'the system';
  if (isConnectionError(error)) {
    return new Problem(`${capital(where)} does not answer. ${place?.ifSilent ?? ''}`.trim(), EXIT.failed, cause);
  }
  if (NO_CREDENTIALS.has(name)) {
    const todo = 'Sign in with "aws sso login" or "aws configure", and choose the account by AWS_PROFILE.';
    return new Problem(`There are no AWS credentials for ${where}. ${todo}`, EXIT.failed, cause);
  }
  if (EXPIRED.has(name)) {
    return new Problem(`AWS does not take the credentials (${name}). Sign in again, then repeat.`, EXIT.failed, cause);
  }
  if (DENIED.has(name)) {
    const todo = 'Use an AWS profile of the account that may do this; docs/cli.md lists the permissions.';
    return new Problem(`AWS refuses: ${message} ${todo}`, EXIT.failed, cause);
  }
  if (GONE.has(name)) {
    const todo =
      'Is the AWS profile that of the right account and region, and are the outputs those of the last deployment?';
    return new Problem(`A part of ${where} does not exist: ${message} ${todo}`, EXIT.failed, cause);
  }
  if (/region is missing/i.test(message)) {
    return new Problem('No AWS region is known. Set AWS_REGION to the region of the stack.', EXIT.failed, cause);
  }
  return new Problem(`${name}: ${message}`, EXIT.failed, cause);
}

/** Node nests the reasons of a refused connection: one for each address that was tried. */
export function isConnectionError(error: unknown): boolean {
  if (typeof error !== 'object' || error === null) return false;
  const { code, cause, errors } = error as { code?: unknown; cause?: unknown; errors?: unknown };
  if (typeof code === 'string' && CONNECTION.has(code)) return true;
  // The AWS SDK wraps some errors of the network into its own, of which nothing but the message tells.
  const [, wrapped] = /\b(?:connect|getaddrinfo|read) (E[A-Z_]+)\b/.exec(described(error).message) ?? [];
  if (wrapped !== undefined && CONNECTION.has(wrapped)) return true;
  return isConnectionError(cause) || (Array.isArray(errors) && errors.some(isConnectionError));
}

/** Name and message of whatever was thrown. */
export function described(error: unknown): { readonly name: string; readonly message: string } {
  const { name, message } =
    typeof error === 'object' && error !== null ? (error as { name?: unknown; message?: unknown }) : {};
  return { name: String(name ?? 'Error'), message: String(message ?? error) };
}

const capital = (text: string): string => text.slice(0, 1).toUpperCase() + text.slice(1);
