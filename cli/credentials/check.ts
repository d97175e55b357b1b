/** `credentials check`. */
import type { TwilioCredentialsSecret } from '../../lambdas/shared/contract/credentials.ts';
import type { CommandContext, Result } from '../command/command.ts';
import { hint } from '../command/hint.ts';
import { EXIT } from '../command/problem.ts';
import { withClients } from '../place/clients.ts';
import { checkAtTwilio, readCredentials, readStored } from './secret.ts';

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
  const lines = checks.map(({ what, ok, detail }) => `${ok ? 'ok    ' : 'FAILED'}  ${what}: ${detail}`);
  return {
    exit: failed ? EXIT.failed : EXIT.ok,
    text: `${lines.join('\n')}${previous}${failed ? `\nStore others: ${hint(place, 'credentials set')}` : ''}`,
    json: { accountSid: stored.accountSid, checks, previousAuthToken: stored.previousAuthToken !== undefined },
  };
}
