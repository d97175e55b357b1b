/** The command that checks everything. */

import { PHONE_NUMBER } from '../command/arguments.ts';
import { type Command, textOf } from '../command/command.ts';
import { EXIT, Problem } from '../command/problem.ts';

export const doctor: Command = {
  name: 'doctor',
  operands: [],
  summary: 'checks everything that a recorded call needs, and says for each failure what to do',
  help: `Secret, number, the three webhooks, stream, look-ups, playback, table, bucket, queues, dead letters, overdue work,
deletions, alarms, who is notified. No call is placed and nothing is left behind: a signed webhook without a call is
refused as incomplete (400) once its signature has been accepted; an accepted handshake is closed before any message; an
upload to the bucket is begun and given up.

Four requests have to be refused. They are marked with the stored token, so that their refusals set off no alarm; where
the mark is not accepted either, they do, and rightly: the functions then know another token. --without-refusals leaves them out.`,
  options: {
    number: { type: 'string', value: '+1…', help: 'checks that this very number points here, not only any' },
    'without-refusals': { type: 'boolean', help: 'sends nothing that must be refused' },
  },
  changes: false,
  run: async (context) => {
    const number = textOf(context.values, 'number');
    const malformed = number === undefined ? undefined : PHONE_NUMBER.check(number);
    if (malformed !== undefined) throw new Problem(`--number ${number}: ${malformed}`, EXIT.usage);
    const withoutRefusals = context.values['without-refusals'] === true;
    return (await import('./doctor.ts')).checkEverything(context, { number, withoutRefusals });
  },
};
