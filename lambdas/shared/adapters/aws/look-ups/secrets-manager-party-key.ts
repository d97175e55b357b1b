/** The key of parties from its own Secrets Manager secret. */
import { GetSecretValueCommand, type SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import type { Clock } from '../../../ports/clock.ts';
import type { PartyKey } from '../../../ports/party.ts';
import { rememberedPartyKey } from '../../remembered-party-key.ts';
import { WHILE_A_CALLER_WAITS_MS } from '../timeouts.ts';

/** The stack has it generated with 64 characters. */
const LENGTH_MIN = 32;

/**
 * @param client that of the credentials: both secrets are read side by side, over its connections
 * @param secretId ARN or name
 */
export const secretsManagerPartyKey = (
  client: SecretsManagerClient,
  secretId: string,
  clock: Pick<Clock, 'now'>,
): PartyKey =>
  rememberedPartyKey(async () => {
    const abortSignal = AbortSignal.timeout(WHILE_A_CALLER_WAITS_MS);
    const { SecretString = '' } = await client.send(new GetSecretValueCommand({ SecretId: secretId }), { abortSignal });
    if (SecretString.length < LENGTH_MIN) {
      throw new Error(`The secret ${secretId} does not hold the key of parties: ${LENGTH_MIN} characters at least.`);
    }
    return SecretString;
  }, clock);
