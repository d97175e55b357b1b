/** The commands about Twilio's credentials. */
import type { Command } from '../command/command.ts';

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
  run: async (context) => (await import('./credentials.ts')).setCredentials(context),
};

export const credentialsCheck: Command = {
  name: 'credentials check',
  operands: [],
  summary: 'asks Twilio whether it accepts the stored credentials',
  help: `Reads the secret and asks Twilio with the auth token and, where there is one, with the API key. Changes nothing and
shows nothing secret.`,
  options: {},
  changes: false,
  run: async (context) => (await import('./credentials.ts')).checkCredentials(context),
};
