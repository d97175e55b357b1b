/** `numbers restore`. */
import type { CommandContext, Result } from '../command/command.ts';
import { hint, Problem } from '../command/problem.ts';
import type { PhoneNumber } from '../place/twilio-account.ts';
import { type Change, type Choice, changeEach, choose, readNumbers } from './chosen.ts';
import { doesNow, isPointed } from './number.ts';
import { type Before, beforeAsText, isOurs, readSetting } from './setting.ts';

interface RestoreOptions {
  /** This voice URL instead of what the number says. */
  readonly url: string | undefined;
  readonly force: boolean;
}

/** Where several are chosen, those that do not point here are left alone. */
export async function restoreNumbers(
  context: CommandContext,
  choice: Choice,
  options: RestoreOptions,
): Promise<Result> {
  const numbers = await readNumbers(context);
  const one = typeof choice === 'object' && 'phoneNumber' in choice;
  const chosen = choose(numbers, choice).filter((number) => one || isOurs(number.voiceUrl, numbers.voiceUrl));
  return changeEach(context, numbers, chosen, (number) => restoring(context, number, options));
}

function restoring(context: CommandContext, number: PhoneNumber, { url, force }: RestoreOptions): Change {
  const place = context.place();
  const { voiceUrl } = place;
  const { phoneNumber } = number;
  const now = doesNow(number, voiceUrl);
  if (number.trunkSid) {
    const todo = 'Take it off the trunk in Twilio’s console first; what it did before stays in its voice URL.';
    throw new Problem(`${phoneNumber} ${now}, which takes every call. ${todo}`);
  }
  if (!isPointed(number, voiceUrl) && !force) {
    throw new Problem(`${phoneNumber} does not point here: it ${now}. To replace that: ${context.again('--force')}.`);
  }
  const setting = isOurs(number.voiceUrl, voiceUrl) ? readSetting(number.voiceUrl, voiceUrl) : undefined;
  const before: Before | undefined = url === undefined ? setting?.before : { url, method: 'POST' };
  if (!before) {
    const adopt = hint(place, 'numbers adopt --remembered FILE');
    const todo = `Where an earlier version has remembered it in a file: ${adopt}. Otherwise pass --url URL.`;
    throw new Problem(`The voice URL of ${phoneNumber} does not say what it did before. ${todo}`);
  }
  const fallback = setting?.fallback;
  return {
    form: {
      ...{ VoiceUrl: before.url, VoiceMethod: before.method },
      // An application that was set meanwhile would take the calls instead of the voice URL.
      ...(number.voiceApplicationSid !== before.application && { VoiceApplicationSid: before.application ?? '' }),
      ...(fallback && { VoiceFallbackUrl: fallback.url, VoiceFallbackMethod: fallback.method }),
    },
    done: `${phoneNumber} has back what it did before: ${beforeAsText(before)}. Its calls are not recorded any more.`,
    would: `${phoneNumber} would get back: ${beforeAsText(before)}.`,
    isDone: (changed) => isRestored(changed, before) && (!fallback || changed.voiceFallbackUrl === fallback.url),
  };
}

/** Twilio ignores the voice URL of a number with an application or on a trunk. */
const isRestored = ({ trunkSid, voiceApplicationSid, voiceUrl, voiceMethod }: PhoneNumber, before: Before): boolean =>
  trunkSid === undefined &&
  voiceApplicationSid === before.application &&
  (voiceApplicationSid !== undefined || (voiceUrl === before.url && voiceMethod === before.method));
