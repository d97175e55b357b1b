/** The key of parties from its own Secrets Manager secret. */
import { GetSecretValueCommand, type SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import type { PartyKey } from '../../../ports/party.ts';
import { rememberedPartyKey } from '../../remembered-party-key.ts';

/** The stack has it generated with 64 characters. */
const LENGTH_MIN = 32;

/**
 * @param client that of the credentials: both secrets are read side by side, over its connections
 * @param secretId ARN or name
 */
export const secretsManagerPartyKey = (client: SecretsManagerClient, secretId: string): PartyKey =>
  rememberedPartyKey(async () => {
    // As long as the client takes: whoever cannot wait goes on without it, and the next call has it.
    const { SecretString = '' } = await client.send(new GetSecretValueCommand({ SecretId: secretId }));
    if (SecretString.length < LENGTH_MIN) {
      throw new Error(`The secret ${secretId} does not hold the key of parties: ${LENGTH_MIN} characters at least.`);
    }
    return SecretString;
  });
