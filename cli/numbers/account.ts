/** The account that the stored credentials belong to, and its numbers. */
import type { CommandContext } from '../command/command.ts';
import { Problem } from '../command/problem.ts';
import { loginOf, readCredentials } from '../credentials/secret.ts';
import { withClients } from '../place/clients.ts';
import type { Place } from '../place/place.ts';
import { type PhoneNumber, TwilioAccount } from '../place/twilio-account.ts';

export interface NumbersContext {
  readonly place: Place;
  readonly account: TwilioAccount;
  readonly accountSid: string;
  readonly numbers: readonly PhoneNumber[];
}

/** What all commands about numbers start with. */
export async function readNumbers(context: CommandContext): Promise<NumbersContext> {
  const place = context.place();
  const credentials = await withClients(place, ['secretsmanager'], (clients) => readCredentials(place, clients));
  const account = new TwilioAccount(place, loginOf(credentials));
  return { place, account, accountSid: credentials.accountSid, numbers: await account.numbers() };
}

export function findNumber({ numbers, accountSid }: NumbersContext, [asked = '']: readonly string[]): PhoneNumber {
  const number = numbers.find(({ phoneNumber }) => phoneNumber === asked);
  if (number) return number;
  const known = numbers.map(({ phoneNumber }) => phoneNumber).join(', ') || 'none';
  throw new Problem(`The account ${accountSid} has no number ${asked}; it has: ${known}.`);
}
