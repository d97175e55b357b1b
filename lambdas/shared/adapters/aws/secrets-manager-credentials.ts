/** Twilio's credentials from one Secrets Manager secret. */
import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import type { TwilioCredentialsSecret } from '../../contract/credentials.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Log } from '../../ports/log.ts';
import type { Credentials, TwilioCredentials } from '../../ports/twilio.ts';
import { isAccountSid, isApiKeySid } from '../../rules/values/sids.ts';
import { rememberedCredentials } from '../remembered-credentials.ts';
import { QUICK_REQUESTS, WHILE_A_CALLER_WAITS_MS } from './timeouts.ts';

export interface SecretsManagerCredentialsOptions {
  /** ARN or name of the secret. */
  readonly secretId: string;
  readonly clock: Clock;
  /** Absent in a command: its user sees what Twilio answers. */
  readonly log?: Pick<Log, 'count' | 'error'>;
  readonly client?: SecretsManagerClient;
}

export function secretsManagerCredentials({
  secretId,
  clock,
  log,
  client = new SecretsManagerClient(QUICK_REQUESTS),
}: SecretsManagerCredentialsOptions): Credentials {
  return rememberedCredentials({
    clock,
    ...(log && { log }),
    async read(urgent) {
      const { SecretString } = await client.send(
        new GetSecretValueCommand({ SecretId: secretId }),
        urgent ? { abortSignal: AbortSignal.timeout(WHILE_A_CALLER_WAITS_MS) } : {},
      );
      return readSecret(SecretString, secretId);
    },
  });
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
