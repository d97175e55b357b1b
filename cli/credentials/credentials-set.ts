/** `credentials set`. */
import type { TwilioCredentialsSecret } from '../../lambdas/shared/contract/credentials.ts';
import { type Command, type CommandContext, EXIT, Problem } from '../command/command.ts';
import { askHidden, askVisible, isInteractive, type Terminal } from '../command/terminal.ts';
import { type Clients, withClients } from '../place/clients.ts';
import { checkAtTwilio, malformed, readStored, type StoredSecret, writeSecret } from './secret.ts';

export const credentialsSet: Command = {
  name: 'credentials set',
  operands: [],
  summary: "stores Twilio's credentials, once Twilio has accepted them",
  help: `Asks for account SID, auth token and, if you use one, an API key for REST requests. Nothing secret is shown,
neither while it is typed nor later. Twilio is asked with each of them; only what it accepts is stored.

If the auth token is another than the stored one, the old one is kept as the previous token: requests that Twilio
signed with it are still accepted while you rotate. Nothing has to be restarted. Once the old token is revoked at
Twilio, run this again with --forget-previous.`,
  options: {
    'from-env': {
      type: 'boolean',
      help: 'takes TWILIO_ACCOUNT_SID, TWILIO_AUTH_TOKEN, TWILIO_API_KEY_SID, TWILIO_API_KEY_SECRET',
    },
    'no-api-key': { type: 'boolean', help: 'stores none, though one was stored: REST requests use the auth token' },
    'forget-previous': { type: 'boolean', help: 'no longer accepts signatures of the previous token' },
    'change-account': { type: 'boolean', help: 'allows another account than the stored one, see docs/cli.md' },
  },
  changes: true,
  async run(context) {
    const place = context.place();
    return withClients(place, (clients) => set(context, clients));
  },
};

async function set(context: CommandContext, clients: Clients) {
  const place = context.place();
  const stored = await readStored(place, clients);
  const given = await readGiven(context, stored);
  const problems = malformed(given);
  if (problems.length > 0) throw new Problem(problems.join('\n'), EXIT.usage);
  const secret = merge(given as TwilioCredentialsSecret, stored, context.values);
  const checks = await checkAtTwilio(place.twilioApiUrl, secret);
  const lines = checks.map(({ what, ok, detail }) => `${ok ? 'ok    ' : 'FAILED'}  ${what}: ${detail}`);
  if (checks.some(({ ok }) => !ok)) {
    const text = [...lines, 'Nothing was stored.'].join('\n');
    return { exit: EXIT.failed, text, json: { stored: false, checks } };
  }
  if (!context.dryRun) await writeSecret(place, clients, secret);
  const previous = secret.previousAuthToken === undefined ? '' : ' The previous auth token is accepted too.';
  const done = context.dryRun ? 'Would be stored' : 'Stored';
  const text = [...lines, `${done} in ${place.secretId}.${previous}`].join('\n');
  const json = {
    ...{ stored: !context.dryRun, checks, accountSid: secret.accountSid },
    ...{ apiKey: secret.apiKeySid !== undefined, previousAuthTokenKept: secret.previousAuthToken !== undefined },
  };
  return { exit: EXIT.ok, text, json };
}

async function readGiven(context: CommandContext, stored: StoredSecret): Promise<StoredSecret> {
  const { values, environment, terminal } = context;
  if (values['from-env'] === true) {
    const missing = ['TWILIO_ACCOUNT_SID', 'TWILIO_AUTH_TOKEN'].filter((name) => !environment[name]);
    if (missing.length > 0) throw new Problem(`--from-env: ${missing.join(' and ')} must be set.`, EXIT.usage);
    return given(
      environment.TWILIO_ACCOUNT_SID,
      environment.TWILIO_AUTH_TOKEN,
      environment.TWILIO_API_KEY_SID,
      environment.TWILIO_API_KEY_SECRET,
    );
  }
  if (!isInteractive(terminal)) {
    throw new Problem('There is no terminal to ask on: use --from-env and set TWILIO_ACCOUNT_SID, …', EXIT.usage);
  }
  return askAll(terminal, stored, values['no-api-key'] === true);
}

async function askAll(terminal: Terminal, stored: StoredSecret, noApiKey: boolean): Promise<StoredSecret> {
  const known = stored.accountSid === undefined ? '' : ` (Enter: ${stored.accountSid})`;
  const accountSid = (await askVisible(terminal, `Account SID${known}: `)) || stored.accountSid;
  const authToken = await askHidden(terminal, 'Auth token (not shown): ');
  if (noApiKey) return given(accountSid, authToken, undefined, undefined);
  const keep = stored.apiKeySid === undefined ? 'none' : `keep ${stored.apiKeySid}`;
  const apiKeySid = await askVisible(terminal, `API key SID (Enter: ${keep}): `);
  const apiKeySecret = apiKeySid === '' ? '' : await askHidden(terminal, 'API key secret (not shown): ');
  return given(accountSid, authToken, apiKeySid, apiKeySecret);
}

const given = (accountSid?: string, authToken?: string, apiKeySid?: string, apiKeySecret?: string): StoredSecret => ({
  ...(accountSid && { accountSid }),
  ...(authToken && { authToken }),
  ...(apiKeySid && { apiKeySid }),
  ...(apiKeySecret && { apiKeySecret }),
});

/** What is given, and what of the stored stays. */
function merge(
  secret: TwilioCredentialsSecret,
  stored: StoredSecret,
  values: CommandContext['values'],
): TwilioCredentialsSecret {
  const sameAccount = stored.accountSid === undefined || stored.accountSid === secret.accountSid;
  if (!sameAccount && values['change-account'] !== true) {
    throw new Problem(
      `The secret holds another account (${stored.accountSid}). Its recordings that are not yet copied could no longer be ` +
        'fetched. If that is what you want, add --change-account.',
    );
  }
  if (!sameAccount) return secret;
  const { apiKeySid, apiKeySecret, authToken, previousAuthToken } = stored;
  const keepsKey = secret.apiKeySid === undefined && values['no-api-key'] !== true && apiKeySid && apiKeySecret;
  const previous = authToken !== undefined && authToken !== secret.authToken ? authToken : previousAuthToken;
  return {
    ...secret,
    ...(keepsKey && { apiKeySid, apiKeySecret }),
    ...(previous && values['forget-previous'] !== true && { previousAuthToken: previous }),
  };
}
