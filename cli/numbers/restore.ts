/** `numbers restore`. */
import type { CommandContext, Result } from '../command/command.ts';
import { EXIT, Problem } from '../command/problem.ts';
import type { PhoneNumber } from '../place/twilio-account.ts';
import { findNumber, type NumbersContext, readNumbers } from './account.ts';
import { type EarlierSettings, forget, recall } from './memory.ts';
import { doesNow, isPointed, numberAsJson, settingsAsText } from './number.ts';

export interface RestoreOptions {
  readonly memory: string;
  /** This voice URL instead of the remembered settings. */
  readonly url: string | undefined;
  readonly force: boolean;
}

export async function restoreNumber(context: CommandContext, options: RestoreOptions): Promise<Result> {
  const numbers = await readNumbers(context);
  const { place, accountSid, account } = numbers;
  const { voiceUrl } = place;
  const number = findNumber(numbers, context.positionals);
  const { phoneNumber } = number;
  const before = settingsToRestore(options, numbers, number);
  const now = doesNow(number, voiceUrl);
  if (number.trunkSid) {
    const todo = 'Take it off the trunk in Twilio’s console first; what it did before stays remembered.';
    throw new Problem(`${phoneNumber} ${now}, which takes every call. ${todo}`);
  }
  const pointsHere = isPointed(number, voiceUrl) || isPointed(number, before.pointedTo);
  if (!pointsHere && !options.force) {
    throw new Problem(`${phoneNumber} no longer points here: it ${now}. To replace that: ${context.again('--force')}.`);
  }
  if (context.dryRun) {
    const text = `${phoneNumber} would get back: ${settingsAsText(before)}.`;
    return { exit: EXIT.ok, text, json: { changed: false, before, number: numberAsJson(number, voiceUrl) } };
  }
  const changed = await account.updateNumber(number.sid, {
    ...{ VoiceUrl: before.voiceUrl, VoiceMethod: before.voiceMethod },
    // An application that was set meanwhile would take the calls instead of the voice URL.
    ...(number.voiceApplicationSid !== before.voiceApplicationSid && {
      VoiceApplicationSid: before.voiceApplicationSid ?? '',
    }),
  });
  if (!isRestored(changed, before)) {
    const todo = 'What it did before stays remembered: try again.';
    throw new Problem(`Twilio took the change, but ${phoneNumber} still ${doesNow(changed, voiceUrl)}. ${todo}`);
  }
  if (options.url === undefined) forget(options.memory, accountSid, phoneNumber);
  const text = `${phoneNumber} ${doesNow(changed, voiceUrl)} again. Its calls are not recorded any more.`;
  return { exit: EXIT.ok, text, json: { changed: true, number: numberAsJson(changed, voiceUrl) } };
}

/** Twilio ignores the voice URL of a number with an application or on a trunk. */
const isRestored = ({ trunkSid, voiceApplicationSid, voiceUrl, voiceMethod }: PhoneNumber, before: EarlierSettings) =>
  trunkSid === undefined &&
  voiceApplicationSid === before.voiceApplicationSid &&
  (voiceApplicationSid !== undefined || (voiceUrl === before.voiceUrl && voiceMethod === before.voiceMethod));

function settingsToRestore(
  { url, memory }: RestoreOptions,
  { place, accountSid }: NumbersContext,
  { phoneNumber }: PhoneNumber,
): EarlierSettings {
  if (url !== undefined) return { voiceUrl: url, voiceMethod: 'POST', pointedTo: place.voiceUrl };
  const known = recall(memory, accountSid, phoneNumber);
  if (known) return known;
  const todo = 'Name another file by --remembered FILE, or pass the URL that calls are to ask with --url URL.';
  throw new Problem(`${memory} does not say what ${phoneNumber} did before. ${todo}`);
}
