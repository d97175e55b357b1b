/** Twilio's credentials from one Secrets Manager secret. */
import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import type { TwilioCredentialsSecret } from '../../contract/credentials.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Credentials, TwilioCredentials } from '../../ports/twilio.ts';
import { MINUTE, SECOND } from '../../rules/values/instant.ts';
import { isAccountSid, isApiKeySid } from '../../rules/values/sids.ts';
import { QUICK_REQUESTS } from './timeouts.ts';

/** A flood of forged requests must not become a flood of reads. */
const READ_AGAIN_AFTER_MS = MINUTE;
/** An environment handles one event at a time, so that waiting limits the rate too. */
const READ_AT_ONCE_AFTER_MS = SECOND;

export function secretsManagerCredentials(
  secretId: string,
  clock: Clock,
  client = new SecretsManagerClient(QUICK_REQUESTS),
): Credentials {
  let known: Promise<TwilioCredentials> | undefined;
  let readAt = Number.NEGATIVE_INFINITY;

  const read = () => {
    readAt = clock.now();
    const reading = client
      .send(new GetSecretValueCommand({ SecretId: secretId }))
      .then(({ SecretString }) => readSecret(SecretString, secretId));
    known = reading;
    // A failure is not kept: the next caller reads again.
    reading.catch(() => {
      if (known === reading) known = undefined;
    });
    return reading;
  };

  return {
    current: () => known ?? read(),
    async refresh(how) {
      const since = clock.now() - readAt;
      if (how === 'at-once' && since < READ_AT_ONCE_AFTER_MS) await clock.sleep(READ_AT_ONCE_AFTER_MS - since);
      else if (how !== 'at-once' && since < READ_AGAIN_AFTER_MS) return false;
      const before = known;
      try {
        await read();
      } catch (error) {
        known = before;
        if (before === undefined) throw error;
        return false;
      }
      return true;
    },
  };
}

/** @throws {Error} that says what is missing and how to put it right; it quotes no value. */
export function readSecret(text: string | undefined, secretId: string): TwilioCredentials {
  const secret = parse(text);
  const { accountSid, authToken, previousAuthToken, apiKeySid, apiKeySecret } = secret;
  const problems: string[] = [];
  if (!isAccountSid(accountSid)) problems.push('accountSid must be AC and 32 hex digits');
  if (!isText(authToken)) problems.push('authToken is missing');
  if (isText(apiKeySid) !== isText(apiKeySecret)) problems.push('apiKeySid and apiKeySecret belong together');
  if (isText(apiKeySid) && !isApiKeySid(apiKeySid)) problems.push('apiKeySid must be SK and 32 hex digits');
  if (problems.length > 0 || !isText(accountSid) || !isText(authToken)) {
    throw new Error(
      `The secret ${secretId} does not hold Twilio's credentials: ${problems.join('; ')}. ` +
        'Store {"accountSid":"AC…","authToken":"…"} in it, with "apiKeySid" and "apiKeySecret" where you use an API key.',
    );
  }
  return {
    accountSid,
    authTokens: isText(previousAuthToken) ? [authToken, previousAuthToken] : [authToken],
    rest:
      isText(apiKeySid) && isText(apiKeySecret)
        ? { username: apiKeySid, password: apiKeySecret }
        : { username: accountSid, password: authToken },
  };
}

const isText = (value: unknown): value is string => typeof value === 'string' && value !== '';

function parse(text: string | undefined): { readonly [name in keyof TwilioCredentialsSecret]?: unknown } {
  try {
    const value: unknown = JSON.parse(text ?? '');
    return typeof value === 'object' && value !== null ? value : {};
  } catch {
    return {};
  }
}
