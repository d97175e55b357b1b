/** The command that imports recordings. */

import { readCount, readTime, TIME_FORM } from '../command/arguments.ts';
import { type Command, textOf, type Values } from '../command/command.ts';
import { EXIT, Problem } from '../command/problem.ts';
import type { ImportOptions } from './import.ts';

const DEFAULT_MEMORY = '.recorder/imports.json';
const PER_SECOND = { default: 10, max: 100 };
const IN_FLIGHT = { default: 50, max: 1000 };

export const recordingsImport: Command = {
  name: 'recordings import',
  operands: [],
  summary: 'copies the recordings that Twilio has from before the deployment',
  help: `Lists the account's recordings that were created from --from up to, not including, --to, notes each in the table, and
sends for its copy: the same copy, checks and retries as after a call. Each stays at Twilio, unless --delete-at-twilio says
that they are yours to delete there.

It may be killed at any time: the same command continues where it was, and copies nothing twice. --dry-run says what would
be copied. Exit code 1 where something in the range is left at Twilio only: it is named, with the reason.`,
  options: {
    from: { type: 'string', value: 'TIME', help: `created from this time on: ${TIME_FORM} (UTC)` },
    to: { type: 'string', value: 'TIME', help: 'created before this time' },
    'delete-at-twilio': {
      type: 'boolean',
      help: "deletes Twilio's copies too, as of recorded calls: 24 h after the copy was verified, unless configured otherwise",
    },
    'no-wait': { type: 'boolean', help: 'ends when the last is queued, not when it is stored' },
    'per-second': {
      type: 'string',
      value: 'N',
      help: `how many recordings to begin a second, with two requests each to Twilio (default ${PER_SECOND.default}); less while Twilio answers 429`,
    },
    'in-flight': {
      type: 'string',
      value: 'N',
      help: `how many may be queued concurrently (default ${IN_FLIGHT.default}): copies of live calls wait behind them`,
    },
    remembered: { type: 'string', value: 'FILE', help: `where progress is remembered (default ${DEFAULT_MEMORY})` },
  },
  changes: true,
  run: async (context) => {
    const options = readImportOptions(context.values);
    return (await import('./import.ts')).importRecordings(context, options);
  },
};

function readImportOptions(values: Values): ImportOptions {
  const [from, to] = [readTime(values, 'from'), readTime(values, 'to')];
  if (from === undefined || to === undefined) throw new Problem('--from and --to are both needed.', EXIT.usage);
  if (from >= to) throw new Problem('--from must be before --to.', EXIT.usage);
  return {
    ...{ from, to },
    deleteAtTwilio: values['delete-at-twilio'] === true,
    wait: values['no-wait'] !== true,
    perSecond: readCount(values, 'per-second', PER_SECOND.default, PER_SECOND.max),
    inFlight: readCount(values, 'in-flight', IN_FLIGHT.default, IN_FLIGHT.max),
    memory: textOf(values, 'remembered') ?? DEFAULT_MEMORY,
  };
}
