/** The secret with Twilio's credentials, for reading and replacing. Its values are never printed. */
import {
  GetSecretValueCommand,
  PutSecretValueCommand,
  ResourceNotFoundException,
} from '@aws-sdk/client-secrets-manager';
import { readSecret } from '../../lambdas/shared/adapters/aws/secrets-manager-credentials.ts';
import type { TwilioCredentialsSecret } from '../../lambdas/shared/contract/credentials.ts';
import type { TwilioCredentials } from '../../lambdas/shared/ports/twilio.ts';
import { isAccountSid, isApiKeySid } from '../../lambdas/shared/rules/values/sids.ts';
import { described, hint, Problem } from '../command/problem.ts';
import type { Clients } from '../place/clients.ts';
import type { Place } from '../place/place.ts';
import { type Login, TwilioAccount, TwilioRefusal } from '../place/twilio-account.ts';

/** What is stored, as far as it is there: a new stack's secret is a form to fill in. */
export type StoredSecret = { readonly [name in keyof TwilioCredentialsSecret]?: string };

type Secrets = Pick<Clients, 'secretsmanager'>;

export async function readStored(place: Place, clients: Secrets): Promise<StoredSecret> {
  const text = await secretText(place, clients);
  try {
    const value: unknown = JSON.parse(text ?? '{}');
    if (typeof value !== 'object' || value === null) return {};
    return Object.fromEntries(Object.entries(value).filter(([, field]) => typeof field === 'string' && field !== ''));
  } catch {
    // Text that is not JSON cannot be credentials: it is replaced.
    return {};
  }
}

/** @throws {Problem} where the secret does not hold credentials. */
export async function readCredentials(place: Place, clients: Secrets): Promise<TwilioCredentials> {
  const text = await secretText(place, clients);
  try {
    return readSecret(text, place.secretId);
  } catch (error) {
    throw new Problem(`${described(error).message} Use ${hint(place, 'credentials set')}.`);
  }
}

async function secretText(place: Place, { secretsmanager }: Secrets): Promise<string | undefined> {
  try {
    const { SecretString } = await secretsmanager.send(new GetSecretValueCommand({ SecretId: place.secretId }));
    return SecretString;
  } catch (error) {
    // A secret without any value yet is answered so too.
    if (error instanceof ResourceNotFoundException && /value/.test(error.message)) return undefined;
    throw error;
  }
}

export async function writeSecret(
  place: Place,
  { secretsmanager }: Secrets,
  secret: TwilioCredentialsSecret,
): Promise<void> {
  const SecretString = JSON.stringify(secret);
  await secretsmanager.send(new PutSecretValueCommand({ SecretId: place.secretId, SecretString }));
}

/** What is malformed, without quoting it. */
export function malformed({ accountSid, authToken, apiKeySid, apiKeySecret }: StoredSecret): string[] {
  const problems: string[] = [];
  if (!isAccountSid(accountSid)) problems.push('The account SID must be AC and 32 hex digits in lowercase letters.');
  if (!authToken) problems.push('The auth token is missing.');
  if ((apiKeySid === undefined) !== (apiKeySecret === undefined)) {
    problems.push('SID and secret of the API key belong together: give both or none.');
  }
  if (apiKeySid !== undefined && !isApiKeySid(apiKeySid)) {
    problems.push('The API key SID must be SK and 32 hex digits in lowercase letters.');
  }
  return problems;
}

export interface CredentialCheck {
  readonly what: string;
  readonly ok: boolean;
  readonly detail: string;
}

/** Asks Twilio with each of the credentials. Two or three requests, which change nothing. */
export async function checkAtTwilio(
  place: Place,
  secret: TwilioCredentialsSecret,
): Promise<readonly CredentialCheck[]> {
  const { accountSid, authToken, apiKeySid, apiKeySecret } = secret;
  const withToken = new TwilioAccount(place, { accountSid, username: accountSid, password: authToken });
  const checks = [
    await check('account and auth token', async () => {
      const status = await withToken.status();
      if (status !== 'active') throw new Problem(`The account is ${status}: see Twilio's console.`);
      return 'the account is active';
    }),
  ];
  if (apiKeySid === undefined || apiKeySecret === undefined) return checks;
  const login: Login = { accountSid, username: apiKeySid, password: apiKeySecret };
  const withKey = new TwilioAccount(place, login);
  const key = check('API key', () => withKey.listOneRecording().then(() => 'it may list recordings'));
  return [...checks, await key];
}

async function check(what: string, ask: () => Promise<string>): Promise<CredentialCheck> {
  try {
    return { what, ok: true, detail: await ask() };
  } catch (error) {
    if (error instanceof TwilioRefusal && error.status === 401) {
      return {
        what,
        ok: false,
        detail: `Twilio refuses the ${what} (status 401): copy them anew from Twilio's console.`,
      };
    }
    if (error instanceof Problem) return { what, ok: false, detail: error.message };
    throw error;
  }
}

/** The login for REST requests, as the recorder's own. */
export const loginOf = ({ accountSid, rest }: TwilioCredentials): Login => ({ accountSid, ...rest });
