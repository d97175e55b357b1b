/** `numbers list`. */
import type { CommandContext, Result } from '../command/command.ts';
import { EXIT } from '../command/problem.ts';
import type { PhoneNumber } from '../place/twilio-account.ts';
import { columns } from '../terminal/columns.ts';
import { readNumbers } from './account.ts';
import { recall } from './memory.ts';
import { doesNow, numberAsJson, settingsAsText } from './number.ts';

export async function listNumbers(context: CommandContext, memory: string): Promise<Result> {
  const { numbers, place, accountSid } = await readNumbers(context);
  const { voiceUrl } = place;
  const old = (number: PhoneNumber) => recall(memory, accountSid, number.phoneNumber);
  const rows = numbers.map((number) => {
    const before = old(number);
    return [number.phoneNumber, number.friendlyName, doesNow(number, voiceUrl), before ? settingsAsText(before) : ''];
  });
  const text =
    rows.length === 0
      ? 'The account has no number. Buy one in Twilio’s console.'
      : columns([['NUMBER', 'NAME', 'A CALL', 'BEFORE'], ...rows]);
  const listed = numbers.map((number) => ({ ...numberAsJson(number, voiceUrl), before: old(number) }));
  return { exit: EXIT.ok, text, json: { voiceUrl, numbers: listed } };
}
