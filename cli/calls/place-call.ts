/** `calls place`. */
import { type NumberPolicy, readPolicy, writePolicy } from '../../lambdas/shared/rules/call/policy.ts';
import type { CommandContext, Result } from '../command/command.ts';
import { EXIT, hint, Problem } from '../command/problem.ts';
import { loginOf, readCredentials } from '../credentials/secret.ts';
import { withClients } from '../place/clients.ts';
import { TwilioAccount } from '../place/twilio-account.ts';

interface CallToPlace {
  readonly from: string;
  readonly to: string;
  /** Where the call goes on to, as a voice URL says it. */
  readonly after: string | undefined;
}

export async function placeCall(context: CommandContext, { from, to, after }: CallToPlace): Promise<Result> {
  const place = context.place();
  const url = answeringUrl(place.voiceUrl, after);
  const credentials = await withClients(place, ['secretsmanager'], (clients) => readCredentials(place, clients));
  const account = new TwilioAccount(place, loginOf(credentials));
  const numbers = (await account.numbers()).map(({ phoneNumber }) => phoneNumber);
  if (!numbers.includes(from)) {
    const known = numbers.join(', ') || 'none';
    throw new Problem(`The account ${credentials.accountSid} has no number ${from} to call from; it has: ${known}.`);
  }
  if (context.dryRun) {
    const text = `${from} would call ${to}, and once it is answered, Twilio would ask POST ${url}.`;
    return { exit: EXIT.ok, text, json: { changed: false, from, to, url } };
  }
  const callSid = await account.placeCall({ from, to, url });
  const text = `${from} calls ${to}: ${callSid}. ${hint(place, `calls show ${callSid}`)} tells what becomes of it.`;
  return { exit: EXIT.ok, text, json: { changed: true, callSid, from, to, url } };
}

/** The recorder's voice URL, with where the call goes on to. */
function answeringUrl(voiceUrl: string, after: string | undefined): string {
  const policy = after === undefined ? '' : writePolicy(readAfter(after, voiceUrl));
  return policy === '' ? voiceUrl : `${voiceUrl}?${policy}`;
}

/** @throws {Problem} with exit code 2 where `/voice` would leave it out */
function readAfter(after: string, voiceUrl: string): NumberPolicy {
  const query = new URLSearchParams({ after }).toString();
  const { policy, unreadable } = readPolicy(query, voiceUrl);
  if (unreadable.length === 0) return policy;
  const form = 'an http or https URL other than the recorder’s own, or a number as in tel:+14155550123';
  throw new Problem(`--after ${after}: write ${form}.`, EXIT.usage);
}
