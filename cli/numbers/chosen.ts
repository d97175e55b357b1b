/** The numbers that a command is about, changed one by one. */
import type { CommandContext, Result } from '../command/command.ts';
import { EXIT, type ExitCode, Problem } from '../command/problem.ts';
import { loginOf, readCredentials } from '../credentials/secret.ts';
import { withClients } from '../place/clients.ts';
import { type PhoneNumber, TwilioAccount } from '../place/twilio-account.ts';
import { doesNow, numberAsJson } from './number.ts';

/** One number, those whose number or name fits a pattern, or all. */
export type Choice = { readonly phoneNumber: string } | { readonly pattern: string } | 'all';

/** The form that changes a number, and how it is told. */
export interface Change {
  /** Absent where nothing is to be changed. */
  readonly form?: { readonly [name: string]: string };
  /** What is or would be done, or why nothing is, each a sentence about the number. */
  readonly done: string;
  readonly would: string;
  /** Whether Twilio's reply shows the change. */
  readonly isDone: (changed: PhoneNumber) => boolean;
}

/** The account that the stored credentials belong to, and its numbers. */
export async function readNumbers(context: CommandContext) {
  const place = context.place();
  const credentials = await withClients(place, ['secretsmanager'], (clients) => readCredentials(place, clients));
  const account = new TwilioAccount(place, loginOf(credentials));
  const { accountSid } = credentials;
  return { voiceUrl: place.voiceUrl, account, accountSid, numbers: await account.numbers() };
}
export type Numbers = Awaited<ReturnType<typeof readNumbers>>;

export function choose({ numbers, accountSid }: Numbers, choice: Choice): readonly PhoneNumber[] {
  if (choice === 'all') return numbers;
  if ('pattern' in choice) {
    const parts = choice.pattern.split('*').map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
    const pattern = new RegExp(`^${parts.join('.*')}$`);
    const matching = numbers.filter((one) => pattern.test(one.phoneNumber) || pattern.test(one.friendlyName));
    if (matching.length > 0) return matching;
    throw new Problem(`No number of the account ${accountSid} matches ${choice.pattern}.`);
  }
  const number = numbers.find(({ phoneNumber }) => phoneNumber === choice.phoneNumber);
  if (number) return [number];
  const known = numbers.map(({ phoneNumber }) => phoneNumber).join(', ') || 'none';
  throw new Problem(`The account ${accountSid} has no number ${choice.phoneNumber}; it has: ${known}.`);
}

/** What stops one number does not stop the others; the command may be run again. */
export async function changeEach(
  context: CommandContext,
  { account, voiceUrl }: Numbers,
  chosen: readonly PhoneNumber[],
  plan: (number: PhoneNumber) => Change | Promise<Change>,
): Promise<Result> {
  const lines: string[] = [];
  const json: object[] = [];
  let exit: ExitCode = EXIT.ok;
  for (const number of chosen) {
    try {
      const { form, done, would, isDone } = await plan(number);
      const changes = form !== undefined && !context.dryRun;
      const now = changes ? await account.updateNumber(number.sid, form) : number;
      if (changes && !isDone(now)) {
        throw new Problem(`Twilio took the change, but ${number.phoneNumber} ${doesNow(now, voiceUrl)}. Try again.`);
      }
      lines.push(context.dryRun ? would : done);
      json.push({ changed: changes, number: numberAsJson(now, voiceUrl) });
    } catch (error) {
      if (!(error instanceof Problem) || chosen.length === 1) throw error;
      exit = EXIT.failed;
      lines.push(`FAILED: ${error.message}`);
      json.push({ changed: false, error: error.message, number: numberAsJson(number, voiceUrl) });
    }
  }
  return { exit, text: lines.join('\n') || 'There is no such number; nothing was changed.', json: { numbers: json } };
}
