/** The commands about telephone numbers, at work. */
import type { CommandContext, Result } from '../command/command.ts';
import { EXIT, hint, Problem, shellQuoted } from '../command/problem.ts';
import { loginOf, readCredentials } from '../credentials/secret.ts';
import { withClients } from '../place/clients.ts';
import { type PhoneNumber, TwilioAccount } from '../place/twilio-account.ts';
import { columns } from '../terminal/terminal.ts';
import { type EarlierSettings, forget, recall, remember } from './memory.ts';
import { doesNow, isPointed, numberAsJson, settingsAsText, settingsOf } from './number.ts';

export async function listNumbers(context: CommandContext, memory: string): Promise<Result> {
  const { numbers, voiceUrl, accountSid } = await readNumbers(context);
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

export async function pointNumber(context: CommandContext, memory: string): Promise<Result> {
  const { place, voiceUrl, accountSid, account, number, phoneNumber } = await readNumber(context);
  if (isPointed(number, voiceUrl)) {
    const text = `${phoneNumber} is recorded here already; nothing was changed.`;
    return { exit: EXIT.ok, text, json: { changed: false, number: numberAsJson(number, voiceUrl) } };
  }
  if (!number.voice) throw new Problem(`${phoneNumber} takes no calls: choose a number with voice.`);
  if (number.trunkSid) {
    const todo = 'Take it off the trunk in Twilio’s console first, if its calls are to be recorded here.';
    throw new Problem(`${phoneNumber} ${doesNow(number, voiceUrl)}, which needs no voice URL. ${todo}`);
  }
  const known = recall(memory, accountSid, phoneNumber);
  // What an earlier deployment of ours had set is not what the owner wants back.
  const before =
    known?.pointedTo === number.voiceUrl ? { ...known, pointedTo: voiceUrl } : settingsOf(number, voiceUrl);
  const remembered = context.values.remembered === undefined ? '' : ` --remembered ${shellQuoted(memory)}`;
  const back = hint(place, `numbers restore ${phoneNumber}${remembered}`);
  const text = `Before: ${settingsAsText(before)}. ${back} puts it back (from ${memory}).`;
  if (context.dryRun) {
    const would = `${phoneNumber} would ask POST ${voiceUrl}.\n${text}`;
    return { exit: EXIT.ok, text: would, json: { changed: false, before, number: numberAsJson(number, voiceUrl) } };
  }
  remember(memory, accountSid, phoneNumber, before);
  const changed = await account.updateNumber(number.sid, {
    ...{ VoiceUrl: voiceUrl, VoiceMethod: 'POST' },
    ...(number.voiceApplicationSid !== undefined && { VoiceApplicationSid: '' }),
  });
  if (!isPointed(changed, voiceUrl)) {
    throw new Problem(`Twilio took the change, but ${phoneNumber} still ${doesNow(changed, voiceUrl)}. Try again.`);
  }
  const json = { changed: true, before, number: numberAsJson(changed, voiceUrl) };
  return { exit: EXIT.ok, text: `${phoneNumber} is recorded here from now on.\n${text}`, json };
}

interface RestoreOptions {
  readonly memory: string;
  /** This voice URL instead of the remembered settings. */
  readonly url: string | undefined;
  readonly force: boolean;
}

export async function restoreNumber(context: CommandContext, { memory, url, force }: RestoreOptions): Promise<Result> {
  const { voiceUrl, accountSid, account, number, phoneNumber } = await readNumber(context);
  const before: EarlierSettings =
    url === undefined
      ? recallOrThrow(memory, accountSid, phoneNumber)
      : { voiceUrl: url, voiceMethod: 'POST', pointedTo: voiceUrl };
  const now = doesNow(number, voiceUrl);
  if (number.trunkSid) {
    const todo = 'Take it off the trunk in Twilio’s console first; what it did before stays remembered.';
    throw new Problem(`${phoneNumber} ${now}, which takes every call. ${todo}`);
  }
  const pointsHere = isPointed(number, voiceUrl) || isPointed(number, before.pointedTo);
  if (!pointsHere && !force) {
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
  if (url === undefined) forget(memory, accountSid, phoneNumber);
  const text = `${phoneNumber} ${doesNow(changed, voiceUrl)} again. Its calls are not recorded any more.`;
  return { exit: EXIT.ok, text, json: { changed: true, number: numberAsJson(changed, voiceUrl) } };
}

/** Twilio ignores the voice URL of a number with an application or on a trunk. */
const isRestored = ({ trunkSid, voiceApplicationSid, voiceUrl, voiceMethod }: PhoneNumber, before: EarlierSettings) =>
  trunkSid === undefined &&
  voiceApplicationSid === before.voiceApplicationSid &&
  (voiceApplicationSid !== undefined || (voiceUrl === before.voiceUrl && voiceMethod === before.voiceMethod));

function recallOrThrow(memory: string, accountSid: string, phoneNumber: string): EarlierSettings {
  const known = recall(memory, accountSid, phoneNumber);
  if (known) return known;
  const todo = 'Name another file by --remembered FILE, or pass the URL that calls are to ask with --url URL.';
  throw new Problem(`${memory} does not say what ${phoneNumber} did before. ${todo}`);
}

/** The account that the stored credentials belong to, and its numbers. */
async function readNumbers(context: CommandContext) {
  const place = context.place();
  const credentials = await withClients(place, ['secretsmanager'], (clients) => readCredentials(place, clients));
  const account = new TwilioAccount(place, loginOf(credentials));
  const { accountSid } = credentials;
  return { place, voiceUrl: place.voiceUrl, account, accountSid, numbers: await account.numbers() };
}

/** The same, with the number that the command names. */
async function readNumber(context: CommandContext) {
  const { numbers, ...others } = await readNumbers(context);
  const [phoneNumber = ''] = context.positionals;
  const number = numbers.find((one) => one.phoneNumber === phoneNumber);
  if (number) return { ...others, number, phoneNumber };
  const known = numbers.map((one) => one.phoneNumber).join(', ') || 'none';
  throw new Problem(`The account ${others.accountSid} has no number ${phoneNumber}; it has: ${known}.`);
}
