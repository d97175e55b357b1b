/** `numbers list`. */
import type { CommandContext, Result } from '../command/command.ts';
import { EXIT } from '../command/problem.ts';
import { columns } from '../terminal/terminal.ts';
import { readNumbers } from './chosen.ts';
import { NUMBER_COLUMNS, numberAsJson, numberAsRow } from './number.ts';

export async function listNumbers(context: CommandContext): Promise<Result> {
  const { numbers, voiceUrl } = await readNumbers(context);
  const rows = numbers.map((number) => numberAsRow(number, voiceUrl));
  const none = 'The account has no number. Buy one in Twilio’s console.';
  const text = rows.length === 0 ? none : columns([NUMBER_COLUMNS, ...rows]);
  return { exit: EXIT.ok, text, json: { voiceUrl, numbers: numbers.map((one) => numberAsJson(one, voiceUrl)) } };
}
