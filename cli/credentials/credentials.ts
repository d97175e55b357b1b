/** The commands about Twilio's credentials, at work. */
import type { TwilioCredentialsSecret } from '../../lambdas/shared/contract/credentials.ts';
import type { CommandContext, Result } from '../command/command.ts';
import { EXIT, hint, Problem } from '../command/problem.ts';
import { type Clients, withClients } from '../place/clients.ts';
import { ask, isInteractive } from '../terminal/ask.ts';
import type { Terminal } from '../terminal/terminal.ts';
import {
  type CredentialCheck,
  checkAtTwilio,
  malformed,
  readCredentials,
  readStored,
  type StoredSecret,
  writeSecret,
} from './secret.ts';

export async function checkCredentials(context: CommandContext): Promise<Result> {
  const place = context.place();
  const stored = await withClients(place, ['secretsmanager'], async (clients) => {
    await readCredentials(place, clients);
    return readStored(place, clients);
  });
  const checks = await checkAtTwilio(place, stored as TwilioCredentialsSecret);
  const failed = checks.some(({ ok }) => !ok);
  const previous =
    stored.previousAuthToken === undefined ? '' : '\nA previous auth token is accepted in signatures too.';
  return {
    exit: failed ? EXIT.failed : EXIT.ok,
    text: `${asText(checks)}${previous}${failed ? `\nStore others: ${hint(place, 'credentials set')}` : ''}`,
    json: { accountSid: stored.accountSid, checks, previousAuthToken: stored.previousAuthToken !== undefined },
  };
}

const asText = (checks: readonly CredentialCheck[]): string =>
  checks.map(({ what, ok, detail }) => `${ok ? 'ok    ' : 'FAILED'}  ${what}: ${detail}`).join('\n');

export const setCredentials = (context: CommandContext): Promise<Result> =>
  withClients(context.place(), ['secretsmanager'], (clients) => checkAndStore(context, clients));

async function checkAndStore(context: CommandContext, clients: Pick<Clients, 'secretsmanager'>): Promise<Result> {
  const place = context.place();
  const stored = await readStored(place, clients);
  const given = await readGiven(context, stored);
  const problems = malformed(given);
  if (problems.length > 0) throw new Problem(problems.join('\n'), EXIT.usage);
  const secret = merge(given as TwilioCredentialsSecret, stored, context);
  const checks = await checkAtTwilio(place, secret);
  if (checks.some(({ ok }) => !ok)) {
    const text = `${asText(checks)}\nNothing was stored.`;
    return { exit: EXIT.failed, text, json: { stored: false, checks } };
  }
  if (!context.dryRun) await writeSecret(place, clients, secret);
  const previous = secret.previousAuthToken === undefined ? '' : ' The previous auth token is accepted too.';
  const done = context.dryRun ? 'Would be stored' : 'Stored';
  const text = `${asText(checks)}\n${done} in ${place.secretId}.${previous}`;
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
    const todo = `Set TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN, then run ${context.again('--from-env')}.`;
    throw new Problem(`There is no terminal to ask on. ${todo}`, EXIT.usage);
  }
  return askAll(terminal, stored, values['no-api-key'] === true);
}

const SHOWN = { hidden: false };
const HIDDEN = { hidden: true };

async function askAll(terminal: Terminal, stored: StoredSecret, noApiKey: boolean): Promise<StoredSecret> {
  const known = stored.accountSid === undefined ? '' : ` (Enter: ${stored.accountSid})`;
  const accountSid = (await ask(terminal, `Account SID${known}: `, SHOWN)) || stored.accountSid;
  const authToken = await ask(terminal, 'Auth token (not shown): ', HIDDEN);
  if (noApiKey) return given(accountSid, authToken, undefined, undefined);
  const keep = stored.apiKeySid === undefined ? 'none' : `keep ${stored.apiKeySid}`;
  const apiKeySid = await ask(terminal, `API key SID (Enter: ${keep}): `, SHOWN);
  const apiKeySecret = apiKeySid === '' ? '' : await ask(terminal, 'API key secret (not shown): ', HIDDEN);
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
  { values, again }: CommandContext,
): TwilioCredentialsSecret {
  const sameAccount = stored.accountSid === undefined || stored.accountSid === secret.accountSid;
  if (!sameAccount && values['change-account'] !== true) {
    throw new Problem(
      `The secret holds another account (${stored.accountSid}). Its recordings that are not yet copied could no longer be ` +
        `fetched. If that is what you want: ${again('--change-account')}.`,
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
