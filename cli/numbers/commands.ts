/** The commands about telephone numbers. */
import type { POLICY_PARAMETERS } from '../../lambdas/shared/contract/http.ts';
import { readPolicy } from '../../lambdas/shared/rules/call/policy.ts';
import { PHONE_NUMBER } from '../command/arguments.ts';
import { type Command, type CommandContext, type OptionHelp, textOf } from '../command/command.ts';
import { EXIT, Problem } from '../command/problem.ts';
import type { Choice } from './chosen.ts';
import type { Wanted } from './point.ts';

const NUMBER = { ...PHONE_NUMBER, required: false };

const CHOICE: { readonly [name: string]: OptionHelp } = {
  all: { type: 'boolean', help: 'all numbers of the account, instead of one' },
  matching: {
    type: 'string',
    value: 'PATTERN',
    help: "those whose number or name fits, * standing for anything: '+1415*'",
  },
};

/** The options by the parameters that they set; an empty value leaves it to the stack. */
const WISHES: { readonly [option: string]: (typeof POLICY_PARAMETERS)[number] } = {
  team: 'team',
  record: 'record',
  disclaimer: 'disclaimer',
  'start-by': 'startBy',
  'without-stream': 'withoutStream',
};

const POLICY: { readonly [name: string]: OptionHelp } = {
  team: { type: 'string', value: 'NAME', help: 'whose calls they are: a-z, 0-9 and hyphens; stands in each row' },
  record: { type: 'string', value: 'on|off', help: 'off: calls go on to the application at once, unrecorded' },
  disclaimer: { type: 'string', value: 'NAME', help: "what its callers hear first: a name in the stack's disclaimers" },
  'start-by': { type: 'string', value: 'stream|twiml', help: 'how the recording starts, instead of as configured' },
  'without-stream': { type: 'string', value: 'leave|record', help: 'what becomes of a call whose stream fails' },
  'if-down': {
    type: 'string',
    value: 'application|error',
    help: "what Twilio does if the recorder does not answer: the call goes to its application unrecorded, or Twilio's error",
  },
};

export const numbersList: Command = {
  name: 'numbers list',
  operands: [],
  summary: "the account's numbers: what a call to each does now, and what it did before",
  help: 'Asks Twilio alone. Changes nothing.',
  options: {},
  changes: false,
  run: async (context) => (await import('./list.ts')).listNumbers(context),
};

export const numbersPoint: Command = {
  name: 'numbers point',
  operands: [NUMBER],
  summary: 'has the calls of numbers recorded: sets their voice URLs, which keep what they did before',
  help: `Sets the voice URL and its method, and takes a number off its TwiML application. What it did before stands in that
URL: each call goes on to it, and "numbers restore" puts it back. Nothing else of the number is changed. Doing it again keeps
what was there before the first time. A number on a SIP trunk is left alone: its calls use no voice URL. What stops one number
does not stop the others; the exit code is then 1, and the command may be run again.`,
  options: { ...CHOICE, ...POLICY },
  changes: true,
  run: async (context) => {
    const [choice, wanted] = [readChoice(context), readWanted(context)];
    return (await import('./point.ts')).pointNumbers(context, choice, wanted);
  },
};

export const numbersSet: Command = {
  name: 'numbers set',
  operands: [NUMBER],
  summary: 'changes what is wanted of numbers that point here already',
  help: `Changes what the options name, and leaves the rest as it is. An empty value (--team '') leaves it to the stack's
configuration. With --all and --matching, numbers that do not point here are left alone.`,
  options: { ...CHOICE, ...POLICY },
  changes: true,
  run: async (context) => {
    const [choice, wanted] = [readChoice(context), readWanted(context)];
    return (await import('./point.ts')).setNumbers(context, choice, wanted);
  },
};

export const numbersRestore: Command = {
  name: 'numbers restore',
  operands: [NUMBER],
  summary: 'puts back what numbers did before "numbers point"',
  help: `Reads it from the number's own voice URL, or takes --url. If somebody has changed the number since it was pointed
here, it is left alone unless --force is given; then a TwiML application that was set meanwhile is taken off. A number on a SIP
trunk is always left alone. With --all and --matching, numbers that do not point here are left alone.`,
  options: {
    ...CHOICE,
    url: { type: 'string', value: 'URL', help: 'this voice URL (POST) instead of what the number says' },
    force: { type: 'boolean', help: 'also where the number no longer points here' },
  },
  changes: true,
  run: async (context) => {
    const { values } = context;
    const choice = readChoice(context);
    const url = textOf(values, 'url');
    if (url !== undefined && !/^https?:\/\/\S+$/.test(url)) {
      throw new Problem(`--url ${url}: an http or https URL is needed.`, EXIT.usage);
    }
    return (await import('./restore.ts')).restoreNumbers(context, choice, { url, force: values.force === true });
  },
};

export const numbersAdopt: Command = {
  name: 'numbers adopt',
  operands: [],
  summary: 'takes over the file in which an earlier version remembered what numbers did before',
  help: `Numbers that point here and do not say what they did before get that from the file. The file is not changed, and not
needed any more afterwards.`,
  options: { remembered: { type: 'string', value: 'FILE', help: 'the file, such as .recorder/numbers.json' } },
  changes: true,
  run: async (context) => {
    const file = textOf(context.values, 'remembered');
    if (file === undefined)
      throw new Problem('--remembered FILE is needed, such as .recorder/numbers.json.', EXIT.usage);
    return (await import('./adopt.ts')).adoptNumbers(context, file);
  },
};

/** @throws {Problem} with exit code 2 */
function readChoice({ positionals: [phoneNumber], values }: CommandContext): Choice {
  const pattern = textOf(values, 'matching');
  const given = [phoneNumber, pattern, values.all === true ? true : undefined].filter((one) => one !== undefined);
  if (given.length !== 1) throw new Problem('Name one number (+1…), or --matching PATTERN, or --all.', EXIT.usage);
  if (phoneNumber !== undefined) return { phoneNumber };
  return pattern === undefined ? 'all' : { pattern };
}

/** @throws {Problem} with exit code 2 */
function readWanted(context: CommandContext): Wanted {
  const { values } = context;
  const wishes: { [parameter: string]: string } = {};
  for (const [option, parameter] of Object.entries(WISHES)) {
    const text = textOf(values, option);
    if (text === undefined) continue;
    if (text !== '' && readPolicy(new URLSearchParams({ [parameter]: text }).toString(), '').unreadable.length > 0) {
      throw new Problem(
        `--${option} ${text}: ${POLICY[option]?.value} is needed, ${POLICY[option]?.help}.`,
        EXIT.usage,
      );
    }
    wishes[parameter] = text;
  }
  if (wishes.startBy === 'twiml' && (wishes.withoutStream ?? '') !== '') {
    throw new Problem('--without-stream has no meaning with --start-by twiml: such calls have no stream.', EXIT.usage);
  }
  if (wishes.disclaimer) {
    const { title, disclaimers } = context.place();
    if (disclaimers && !disclaimers.includes(wishes.disclaimer)) {
      const known = disclaimers.length > 0 ? `it has: ${disclaimers.join(', ')}` : 'it has none';
      const todo = 'Add it to the option disclaimers, and deploy.';
      throw new Problem(`--disclaimer ${wishes.disclaimer}: ${title} has no such disclaimer, ${known}. ${todo}`);
    }
  }
  const ifDown = textOf(values, 'if-down');
  if (ifDown === undefined || ifDown === 'application' || ifDown === 'error') return { wishes, ifDown };
  throw new Problem(`--if-down ${ifDown}: application or error is needed.`, EXIT.usage);
}
