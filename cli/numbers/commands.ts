/** The commands about telephone numbers. */

import { PHONE_NUMBER } from '../command/arguments.ts';
import { type Command, type OptionHelp, textOf, type Values } from '../command/command.ts';
import { EXIT, Problem } from '../command/problem.ts';

const DEFAULT_MEMORY = '.recorder/numbers.json';
const REMEMBERED: OptionHelp = {
  type: 'string',
  value: 'FILE',
  help: `where the old settings are remembered (default ${DEFAULT_MEMORY})`,
};
const memoryOf = (values: Values): string => textOf(values, 'remembered') ?? DEFAULT_MEMORY;

export const numbersList: Command = {
  name: 'numbers list',
  operands: [],
  summary: "the account's numbers, and what a call to each does now",
  help: 'Asks Twilio. Changes nothing.',
  options: { remembered: REMEMBERED },
  changes: false,
  run: async (context) => (await import('./numbers.ts')).listNumbers(context, memoryOf(context.values)),
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
  run: async (context) => (await import('./numbers.ts')).pointNumber(context, memoryOf(context.values)),
};

export const numbersRestore: Command = {
  name: 'numbers restore',
  operands: [PHONE_NUMBER],
  summary: 'puts back what a number did before "numbers point"',
  help: `Takes the remembered settings, or --url where the file is not at hand. If somebody has changed the number since it was
pointed here, it is left alone unless --force is given; then a TwiML application that was set meanwhile is taken off. A
number on a SIP trunk is always left alone. The settings stay remembered until Twilio has confirmed them.`,
  options: {
    remembered: REMEMBERED,
    url: { type: 'string', value: 'URL', help: 'this voice URL (POST) instead of the remembered settings' },
    force: { type: 'boolean', help: 'also where the number no longer points here' },
  },
  changes: true,
  run: async (context) => {
    const { values } = context;
    const url = textOf(values, 'url');
    if (url !== undefined && !/^https?:\/\/\S+$/.test(url)) {
      throw new Problem(`--url ${url}: an http or https URL is needed.`, EXIT.usage);
    }
    const options = { memory: memoryOf(values), url, force: values.force === true };
    return (await import('./numbers.ts')).restoreNumber(context, options);
  },
};
