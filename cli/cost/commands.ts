/** The command that says what the recorder costs. */
import { type Command, textOf, type Values } from '../command/command.ts';
import { EXIT, Problem, RECORDER } from '../command/problem.ts';
import type { Volume } from './estimate.ts';

const DEFAULT_MONTHS = 12;

export const cost: Command = {
  name: 'cost',
  operands: [],
  summary: 'what the recorder costs each month, for a volume of your own',
  help: `Asks nobody: it prices what calls were counted to take of AWS, at the list prices of us-east-1 and, for Twilio, of the
United States, without free tiers and discounts. What Twilio takes for the calls themselves is not in it. docs/cost.md has
the tables, and says how to read them.`,
  options: {
    calls: { type: 'string', value: 'N', help: 'calls a month' },
    minutes: { type: 'string', value: 'N', help: 'how long a call is on average, such as 4 or 2.5' },
    months: { type: 'string', value: 'N', help: `how long recordings are kept (default ${DEFAULT_MONTHS})` },
  },
  changes: false,
  run: async (context) => {
    const volume = readVolume(context.values);
    return (await import('./cost.ts')).costOf(volume);
  },
};

function readVolume(values: Values): Volume {
  return {
    calls: readAmount(values, 'calls', { max: 1e10 }),
    minutes: readAmount(values, 'minutes', { max: 24 * 60 }),
    months: readAmount(values, 'months', { max: 1200, default: DEFAULT_MONTHS }),
  };
}

interface Bounds {
  readonly max: number;
  readonly default?: number;
}

function readAmount(values: Values, name: string, { max, default: standard }: Bounds): number {
  const text = textOf(values, name);
  if (text === undefined && standard !== undefined) return standard;
  const amount = /^\d+(\.\d+)?$/.test(text ?? '') ? Number(text) : Number.NaN;
  if (amount > 0 && amount <= max) return amount;
  const given = text === undefined ? `--${name} is needed` : `--${name} ${text}`;
  throw new Problem(
    `${given}: a number above 0, at most ${max}. For example: ${RECORDER} cost --calls 20000 --minutes 4`,
    EXIT.usage,
  );
}
