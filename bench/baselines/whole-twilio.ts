/** What all baselines of functions share: the whole SDK of Twilio, and credentials that are read once. */
import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import twilio from 'twilio';

const secrets = new SecretsManagerClient({});

interface Credentials {
  readonly accountSid: string;
  readonly authToken: string;
}

let known: Promise<Credentials> | undefined;

export function credentials(): Promise<Credentials> {
  known ??= secrets
    .send(new GetSecretValueCommand({ SecretId: process.env.TWILIO_SECRET_ID }))
    .then(({ SecretString }) => JSON.parse(SecretString ?? '') as Credentials);
  return known;
}

export async function twilioClient(): Promise<ReturnType<typeof twilio>> {
  const { accountSid, authToken } = await credentials();
  const client = twilio(accountSid, authToken);
  client.api.baseUrl = process.env.TWILIO_API_URL ?? client.api.baseUrl;
  return client;
}

export { twilio };
