/** Errors of AWS and of the network, in words that say what to do. */
import type { Place } from '../place/place.ts';
import { capital, codeOf, described, EXIT, Interrupted, Problem, shellQuoted, whyFileFails } from './problem.ts';

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

/**
 * Puts an error that nobody expected into words. Its message is shown: it is no secret to its own operator.
 *
 * @param profile of AWS, where one is chosen
 */
export function explain(
  error: unknown,
  place: Pick<Place, 'title' | 'ifSilent'> | undefined,
  profile?: string | undefined,
): Problem {
  const { name, message } = described(error);
  const where = place?.title ?? 'the system';
  const wording = (): string => {
    if (error instanceof Interrupted) return 'Interrupted; nothing was changed.';
    if (isConnectionError(error)) return `${capital(where)} does not answer. ${place?.ifSilent ?? ''}`.trim();
    if (NO_CREDENTIALS.has(name)) return `There are no AWS credentials for ${where}. ${signIn(profile)}`;
    if (EXPIRED.has(name)) return `AWS rejects the credentials (${name}). ${signIn(profile)}`;
    if (DENIED.has(name)) {
      return `AWS refuses: ${message} Use an AWS profile of the account that may do this; docs/cli.md lists the permissions.`;
    }
    if (GONE.has(name)) {
      const todo =
        'Is the AWS profile that of the right account and region, and are the outputs those of the last deployment?';
      return `A part of ${where} does not exist: ${message} ${todo}`;
    }
    if (/region is missing/i.test(message)) {
      return 'No AWS region is known. Set AWS_REGION to the region of the stack.';
    }
    const { path } = error as { readonly path?: unknown };
    const reason = whyFileFails(error);
    return reason !== undefined && typeof path === 'string' ? `${path}: ${reason}.` : `${name}: ${message}`;
  };
  return new Problem(wording(), EXIT.failed, { cause: error });
}

function signIn(profile: string | undefined): string {
  const chosen = profile === undefined ? '' : ` --profile ${shellQuoted(profile)}`;
  const commands = `"aws sso login${chosen}" or "aws configure${chosen}"`;
  return `Sign in with ${commands}, then repeat the command. AWS_PROFILE chooses the account.`;
}

/** Node nests the reasons of a refused connection: one for each address that was tried. */
export function isConnectionError(error: unknown): boolean {
  if (typeof error !== 'object' || error === null) return false;
  const { cause, errors } = error as { cause?: unknown; errors?: unknown };
  const { name, message } = described(error);
  // The client of Twilio and of addresses puts the code into the message.
  if (CONNECTION.has(codeOf(error) ?? message) || name === 'TimeoutError') return true;
  // The AWS SDK wraps some errors of the network into its own, of which nothing but the message tells.
  const [, wrapped] = /\b(?:connect|getaddrinfo|read) (E[A-Z_]+)\b/.exec(message) ?? [];
  if (wrapped !== undefined && CONNECTION.has(wrapped)) return true;
  return isConnectionError(cause) || (Array.isArray(errors) && errors.some(isConnectionError));
}
