/** `numbers adopt`: takes over the file in which an earlier version remembered what numbers did. */
import { exactOptional, type InferOutput, looseObject, record, string } from 'valibot';
import type { CommandContext, Result } from '../command/command.ts';
import { memoryFile } from '../command/memory-file.ts';
import { Problem } from '../command/problem.ts';
import { changeEach, readNumbers } from './chosen.ts';
import { isPointed } from './number.ts';
import { applicationsOf, goingOnTo, pointing } from './point.ts';
import { readSetting, type Setting } from './setting.ts';

const SETTINGS = looseObject({
  /** Empty where there was none. */
  voiceUrl: string(),
  voiceMethod: string(),
  voiceApplicationSid: exactOptional(string()),
});

/** By account SID, then by number. */
const MEMORY = memoryFile(
  record(string(), record(string(), SETTINGS)),
  'Without it, "numbers restore" needs --url URL.',
);

export async function adoptNumbers(context: CommandContext, file: string): Promise<Result> {
  const memory = MEMORY.read(file);
  const numbers = await readNumbers(context);
  const { voiceUrl } = numbers;
  const remembered = memory[numbers.accountSid] ?? {};
  const chosen = numbers.numbers.filter(
    (number) => isPointed(number, voiceUrl) && !readSetting(number.voiceUrl, voiceUrl).before,
  );
  const applicationOf = applicationsOf(numbers);
  return changeEach(context, numbers, chosen, async (number) => {
    const known = remembered[number.phoneNumber];
    if (!known) throw new Problem(`${file} does not say what ${number.phoneNumber} did before.`);
    const { policy, fallback } = readSetting(number.voiceUrl, voiceUrl);
    const found = await earlier(number.phoneNumber, known, voiceUrl, applicationOf);
    const setting = { ...found, policy: { ...found.policy, ...policy }, ...(fallback && { fallback }) };
    return pointing(context, number, setting, { wishes: {}, ifDown: undefined });
  });
}

async function earlier(
  phoneNumber: string,
  known: InferOutput<typeof SETTINGS>,
  voiceUrl: string,
  applicationOf: ReturnType<typeof applicationsOf>,
): Promise<Setting> {
  const { voiceUrl: url, voiceMethod: method, voiceApplicationSid: application } = known;
  if (application === undefined) return goingOnTo(phoneNumber, { url, method }, voiceUrl);
  const { policy } = goingOnTo(phoneNumber, await applicationOf(application), voiceUrl);
  return { policy, before: { url, method, application } };
}
