/** `numbers list`, `numbers point` and `numbers restore`. */

import { type Command, type CommandContext, EXIT, type OptionHelp, Problem, textOf } from '../command/command.ts';
import { PHONE_NUMBER } from '../command/operands.ts';
import { columns } from '../command/terminal.ts';
import { loginOf, readCredentials } from '../credentials/secret.ts';
import { withClients } from '../place/clients.ts';
import { type PhoneNumber, TwilioAccount } from '../place/twilio-account.ts';
import { DEFAULT_MEMORY, forget, type RememberedNumber, recall, remember } from './numbers-memory.ts';

const REMEMBERED: OptionHelp = {
  type: 'string',
  value: 'FILE',
  help: `where the old settings are remembered (default ${DEFAULT_MEMORY})`,
};

interface Desk {
  readonly account: TwilioAccount;
  readonly accountSid: string;
  readonly numbers: readonly PhoneNumber[];
  readonly voiceUrl: string;
  readonly memory: string;
}

/** Everything that these commands start with. */
async function openDesk({ place, values }: CommandContext): Promise<Desk> {
  const credentials = await withClients(place(), (clients) => readCredentials(place(), clients));
  const account = new TwilioAccount(place().twilioApiUrl, loginOf(credentials));
  return {
    account,
    accountSid: credentials.accountSid,
    numbers: await account.numbers(),
    voiceUrl: place().voiceUrl,
    memory: textOf(values, 'remembered') ?? DEFAULT_MEMORY,
  };
}

/** Calls of the number reach the recorder. */
export const isPointed = (number: PhoneNumber, voiceUrl: string): boolean =>
  number.voiceUrl === voiceUrl && number.voiceMethod === 'POST' && !number.voiceApplicationSid && !number.trunkSid;

/** What a call to the number does now. */
export function doesNow(number: PhoneNumber, voiceUrl: string): string {
  if (!number.voice) return 'takes no calls';
  if (number.trunkSid) return `goes to the SIP trunk ${number.trunkSid}`;
  if (number.voiceApplicationSid) return `runs the TwiML application ${number.voiceApplicationSid}`;
  if (isPointed(number, voiceUrl)) return 'is recorded here';
  if (number.voiceUrl === '') return 'does nothing: no voice URL is set';
  return `asks ${number.voiceMethod} ${number.voiceUrl}`;
}

const asJson = (number: PhoneNumber, voiceUrl: string) => ({
  ...number,
  pointed: isPointed(number, voiceUrl),
  doesNow: doesNow(number, voiceUrl),
});

export const numbersList: Command = {
  name: 'numbers list',
  operands: [],
  summary: "the account's numbers, and what a call to each does now",
  help: 'Asks Twilio. Changes nothing.',
  options: { remembered: REMEMBERED },
  changes: false,
  async run(context) {
    const { numbers, voiceUrl, memory, accountSid } = await openDesk(context);
    const old = (number: PhoneNumber) => recall(memory, accountSid, number.phoneNumber);
    const rows = numbers.map((number) => {
      const before = old(number);
      return [number.phoneNumber, number.friendlyName, doesNow(number, voiceUrl), before ? describe(before) : ''];
    });
    const text =
      rows.length === 0
        ? 'The account has no number. Buy one in Twilio’s console.'
        : columns([['NUMBER', 'NAME', 'A CALL', 'BEFORE'], ...rows]);
    const json = { voiceUrl, numbers: numbers.map((number) => ({ ...asJson(number, voiceUrl), before: old(number) })) };
    return { exit: EXIT.ok, text, json };
  },
};

export const numbersPoint: Command = {
  name: 'numbers point',
  operands: [PHONE_NUMBER],
  summary: 'has the calls of a number recorded: sets its voice URL, and remembers the old one',
  help: `Sets the voice URL and its method, and takes the number off a TwiML application. What it did before is first written
to a file beside, and shown, so that "numbers restore" can put it back. Nothing else of the number is changed. Doing it
again changes nothing. A number on a SIP trunk is left alone: its calls use no voice URL.`,
  options: { remembered: REMEMBERED },
  changes: true,
  async run(context) {
    const desk = await openDesk(context);
    const { voiceUrl, memory, accountSid, account } = desk;
    const number = find(desk, context.positionals);
    if (isPointed(number, voiceUrl)) {
      const text = `${number.phoneNumber} is recorded here already; nothing was changed.`;
      return { exit: EXIT.ok, text, json: { changed: false, number: asJson(number, voiceUrl) } };
    }
    if (!number.voice) throw new Problem(`${number.phoneNumber} takes no calls: choose a number with voice.`);
    if (number.trunkSid) {
      const todo = 'Take it off the trunk in Twilio’s console first, if its calls shall be recorded here.';
      throw new Problem(`${number.phoneNumber} ${doesNow(number, voiceUrl)}, which needs no voice URL. ${todo}`);
    }
    const known = recall(memory, accountSid, number.phoneNumber);
    // What an earlier deployment of ours had set is not what the owner wants back.
    const before =
      known?.pointedTo === number.voiceUrl ? { ...known, pointedTo: voiceUrl } : settingsOf(number, voiceUrl);
    const text = `Before: ${describe(before)}. "numbers restore ${number.phoneNumber}" puts it back (${memory}).`;
    if (context.dryRun) {
      const would = `${number.phoneNumber} would ask POST ${voiceUrl}.\n${text}`;
      return { exit: EXIT.ok, text: would, json: { changed: false, before, number: asJson(number, voiceUrl) } };
    }
    remember(memory, accountSid, number.phoneNumber, before);
    const changed = await account.updateNumber(number.sid, {
      ...{ VoiceUrl: voiceUrl, VoiceMethod: 'POST' },
      ...(number.voiceApplicationSid !== undefined && { VoiceApplicationSid: '' }),
    });
    if (!isPointed(changed, voiceUrl)) {
      throw new Problem(
        `Twilio took the change, but ${number.phoneNumber} still ${doesNow(changed, voiceUrl)}. Try again.`,
      );
    }
    const json = { changed: true, before, number: asJson(changed, voiceUrl) };
    return { exit: EXIT.ok, text: `${number.phoneNumber} is recorded here from now on.\n${text}`, json };
  },
};

export const numbersRestore: Command = {
  name: 'numbers restore',
  operands: [PHONE_NUMBER],
  summary: 'puts back what a number did before "numbers point"',
  help: `Takes the remembered settings, or --url where the file is not at hand. If somebody has changed the number since it was
pointed here, it is left alone unless --force is given.`,
  options: {
    remembered: REMEMBERED,
    url: { type: 'string', value: 'URL', help: 'this voice URL (POST) instead of the remembered settings' },
    force: { type: 'boolean', help: 'also where the number no longer points here' },
  },
  changes: true,
  async run(context) {
    const desk = await openDesk(context);
    const { voiceUrl, memory, accountSid, account } = desk;
    const number = find(desk, context.positionals);
    const before = settingsToRestore(context, desk, number);
    if (!isPointed(number, voiceUrl) && number.voiceUrl !== before.pointedTo && context.values.force !== true) {
      const now = doesNow(number, voiceUrl);
      throw new Problem(`${number.phoneNumber} no longer points here: it ${now}. Add --force to replace that.`);
    }
    if (context.dryRun) {
      const text = `${number.phoneNumber} would get back: ${describe(before)}.`;
      return { exit: EXIT.ok, text, json: { changed: false, before, number: asJson(number, voiceUrl) } };
    }
    const changed = await account.updateNumber(number.sid, {
      ...{ VoiceUrl: before.voiceUrl, VoiceMethod: before.voiceMethod },
      ...(before.voiceApplicationSid !== undefined && { VoiceApplicationSid: before.voiceApplicationSid }),
    });
    forget(memory, accountSid, number.phoneNumber);
    const text = `${number.phoneNumber} ${doesNow(changed, voiceUrl)} again. Its calls are not recorded any more.`;
    return { exit: EXIT.ok, text, json: { changed: true, number: asJson(changed, voiceUrl) } };
  },
};

function settingsToRestore({ values }: CommandContext, desk: Desk, number: PhoneNumber): RememberedNumber {
  const url = textOf(values, 'url');
  if (url !== undefined) {
    if (!/^https?:\/\/\S+$/.test(url)) throw new Problem(`--url ${url}: an http or https URL is needed.`, EXIT.usage);
    return { voiceUrl: url, voiceMethod: 'POST', pointedTo: desk.voiceUrl };
  }
  const known = recall(desk.memory, desk.accountSid, number.phoneNumber);
  if (known) return known;
  const todo = 'Name another file by --remembered FILE, or say what it shall ask by --url URL.';
  throw new Problem(`${desk.memory} does not say what ${number.phoneNumber} did before. ${todo}`);
}

function find({ numbers, accountSid }: Desk, [asked = '']: readonly string[]): PhoneNumber {
  const number = numbers.find(({ phoneNumber }) => phoneNumber === asked);
  if (number) return number;
  const known = numbers.map(({ phoneNumber }) => phoneNumber).join(', ') || 'none';
  throw new Problem(`The account ${accountSid} has no number ${asked}; it has: ${known}.`);
}

const settingsOf = (number: PhoneNumber, pointedTo: string): RememberedNumber => ({
  ...{ voiceUrl: number.voiceUrl, voiceMethod: number.voiceMethod, pointedTo },
  ...(number.voiceApplicationSid !== undefined && { voiceApplicationSid: number.voiceApplicationSid }),
});

const describe = ({ voiceUrl, voiceMethod, voiceApplicationSid }: RememberedNumber): string => {
  if (voiceApplicationSid) return `TwiML application ${voiceApplicationSid}`;
  return voiceUrl === '' ? 'no voice URL' : `${voiceMethod} ${voiceUrl}`;
};
