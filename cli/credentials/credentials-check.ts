/** `credentials check`. */

import type { TwilioCredentialsSecret } from '../../lambdas/shared/contract/credentials.ts';
import { type Command, EXIT } from '../command/command.ts';
import { withClients } from '../place/clients.ts';
import { checkAtTwilio, readCredentials, readStored } from './secret.ts';

export const credentialsCheck: Command = {
  name: 'credentials check',
  operands: [],
  summary: 'asks Twilio whether it accepts the stored credentials',
  help: `Reads the secret and asks Twilio with the auth token and, where there is one, with the API key. Changes nothing and
shows nothing secret.`,
  options: {},
  changes: false,
  async run({ place }) {
    const stored = await withClients(place(), async (clients) => {
      await readCredentials(place(), clients);
      return readStored(place(), clients);
    });
    const checks = await checkAtTwilio(place().twilioApiUrl, stored as TwilioCredentialsSecret);
    const failed = checks.some(({ ok }) => !ok);
    const previous =
      stored.previousAuthToken === undefined ? '' : '\nA previous auth token is accepted in signatures too.';
    const lines = checks.map(({ what, ok, detail }) => `${ok ? 'ok    ' : 'FAILED'}  ${what}: ${detail}`);
    return {
      exit: failed ? EXIT.failed : EXIT.ok,
      text: `${lines.join('\n')}${previous}${failed ? '\nStore others by "credentials set".' : ''}`,
      json: { accountSid: stored.accountSid, checks, previousAuthToken: stored.previousAuthToken !== undefined },
    };
  },
};
