/** `numbers point` and `numbers set`. */
import { isAfterUrl, type NumberPolicy } from '../../lambdas/shared/rules/call/policy.ts';
import type { CommandContext, Result } from '../command/command.ts';
import { hint, Problem } from '../command/problem.ts';
import type { PhoneNumber } from '../place/twilio-account.ts';
import { type Change, type Choice, changeEach, choose, type Numbers, readNumbers } from './chosen.ts';
import { doesNow, isPointed } from './number.ts';
import {
  type Address,
  applyWishes,
  beforeAsText,
  isOurs,
  LONGEST_URL,
  readElsewhere,
  readSetting,
  redirectOf,
  type Setting,
  type Wishes,
  writeSetting,
} from './setting.ts';

export interface Wanted {
  readonly wishes: Wishes;
  /** What Twilio asks where the recorder does not answer; as it is, where nothing is said. */
  readonly ifDown: 'application' | 'error' | undefined;
}

export async function pointNumbers(context: CommandContext, choice: Choice, wanted: Wanted): Promise<Result> {
  const numbers = await readNumbers(context);
  const applicationOf = applicationsOf(numbers);
  const chosen = choose(numbers, choice);
  return changeEach(context, numbers, chosen, async (number) => {
    const setting = await settingOf(number, numbers.voiceUrl, applicationOf);
    return pointing(context, number, setting, wanted);
  });
}

/** Numbers that do not point here are left alone. */
export async function setNumbers(context: CommandContext, choice: Choice, wanted: Wanted): Promise<Result> {
  const numbers = await readNumbers(context);
  const { voiceUrl } = numbers;
  const one = typeof choice === 'object' && 'phoneNumber' in choice;
  const chosen = choose(numbers, choice).filter((number) => one || isPointed(number, voiceUrl));
  return changeEach(context, numbers, chosen, (number) => {
    if (!isPointed(number, voiceUrl)) {
      const todo = `Run ${hint(context.place(), `numbers point ${number.phoneNumber}`)}.`;
      throw new Problem(`${number.phoneNumber} does not point here: it ${doesNow(number, voiceUrl)}. ${todo}`);
    }
    return pointing(context, number, readSetting(number.voiceUrl, voiceUrl), wanted);
  });
}

/** The change that gives a number this setting, with what the owner wants of it. */
export function pointing(
  context: CommandContext,
  number: PhoneNumber,
  setting: Setting,
  { wishes, ifDown }: Wanted,
): Change {
  const { voiceUrl } = context.place();
  const { phoneNumber } = number;
  const { policy, unreadable } = applyWishes(setting.policy, wishes, voiceUrl);
  if (unreadable.length > 0) throw new Problem(`${phoneNumber}: its calls could not go on to what it does now.`);
  const down = ifDown && fallbackFor(number, ifDown, policy);
  const earlier = { url: number.voiceFallbackUrl, method: number.voiceFallbackMethod };
  const fallback = setting.fallback ?? (down && earlier);
  const url = writeSetting({ ...setting, policy, ...(fallback && { fallback }) }, voiceUrl);
  if (url.length > LONGEST_URL) {
    const why = `its voice URL would have ${url.length} characters, and Twilio may take no more than ${LONGEST_URL}`;
    throw new Problem(`${phoneNumber} cannot be pointed here: ${why}. Shorten the URL of its application.`);
  }
  const before = `Before: ${beforeAsText(setting.before)}.`;
  const onTo = redirectOf(policy);
  const resolved = setting.before?.application && onTo ? ` Its calls go on to ${onTo.method} ${onTo.url}.` : '';
  const isSo = (one: PhoneNumber): boolean =>
    isPointed(one, voiceUrl) && one.voiceUrl === url && (!down || one.voiceFallbackUrl === down.url);
  if (isSo(number)) {
    const already = `${phoneNumber} has these settings already; nothing was changed. ${before}`;
    return { done: already, would: already, isDone: isSo };
  }
  return {
    form: {
      ...{ VoiceUrl: url, VoiceMethod: 'POST' },
      ...(number.voiceApplicationSid !== undefined && { VoiceApplicationSid: '' }),
      ...(down && { VoiceFallbackUrl: down.url, VoiceFallbackMethod: down.method }),
    },
    done: `${phoneNumber} ${policy.record === 'off' ? 'comes here unrecorded' : 'is recorded here'} from now on. ${before}${resolved}`,
    would: `${phoneNumber} would ask POST ${url}. ${before}${resolved}`,
    isDone: isSo,
  };
}

function fallbackFor(number: PhoneNumber, ifDown: 'application' | 'error', policy: NumberPolicy): Address {
  if (ifDown === 'error') return { url: '', method: 'POST' };
  const application = redirectOf(policy);
  if (application) return application;
  throw new Problem(
    `${number.phoneNumber} has no application of its own that could take its calls: leave out --if-down.`,
  );
}

type ApplicationOf = (sid: string) => Promise<Address>;

/** Each is asked for once, however many numbers name it. */
export function applicationsOf({ account }: Numbers): ApplicationOf {
  const asked = new Map<string, Promise<Address>>();
  return (sid) => {
    const answer = asked.get(sid) ?? account.application(sid);
    asked.set(sid, answer);
    return answer;
  };
}

/** What a number is to say of itself, by what it does now. @throws {Problem} where it cannot be pointed here */
async function settingOf(number: PhoneNumber, voiceUrl: string, applicationOf: ApplicationOf): Promise<Setting> {
  const { phoneNumber, voiceApplicationSid: application } = number;
  const own = { url: number.voiceUrl, method: number.voiceMethod };
  if (!number.voice) throw new Problem(`${phoneNumber} takes no calls: choose a number with voice.`);
  if (number.trunkSid) {
    const todo = 'Take it off the trunk in Twilio’s console first, if its calls are to be recorded here.';
    throw new Problem(`${phoneNumber} ${doesNow(number, voiceUrl)}, which needs no voice URL. ${todo}`);
  }
  if (application !== undefined) {
    const { policy } = goingOnTo(phoneNumber, await applicationOf(application), voiceUrl);
    // Twilio ignored this URL, and keeps it. Ours would not be what the owner wants back.
    const idle = isOurs(own.url, voiceUrl) ? { ...own, url: '' } : own;
    return { policy, before: { ...idle, application } };
  }
  if (isOurs(own.url, voiceUrl)) return readSetting(own.url, voiceUrl);
  return readElsewhere(own.url, voiceUrl) ?? goingOnTo(phoneNumber, own, voiceUrl);
}

/** The setting of a number whose calls go on to what they did before. */
export function goingOnTo(phoneNumber: string, before: Address, voiceUrl: string): Setting {
  const { url, method } = before;
  if (url === '') return { policy: {}, before };
  if (!isAfterUrl(url, voiceUrl)) {
    const why = isOurs(url, voiceUrl) ? 'that is the recorder itself' : 'that is no http or https URL';
    throw new Problem(`${phoneNumber}: its calls cannot go on to ${url}, since ${why}.`);
  }
  const after = { kind: 'redirect', url, ...(method === 'GET' && { method: 'GET' as const }) } as const;
  return { policy: { after }, before };
}
