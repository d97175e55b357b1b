/** `doctor`. */

import { type Command, EXIT, Problem, textOf } from '../command/command.ts';
import { explain } from '../command/explain.ts';
import { PHONE_NUMBER } from '../command/operands.ts';
import { withClients } from '../place/clients.ts';
import { CHECKS, type Check, LeftOut, type Patient } from './doctor-checks.ts';

export const doctor: Command = {
  name: 'doctor',
  operands: [],
  summary: 'checks everything that a recorded call needs, and says for each failure what to do',
  help: `Secret, number, both webhooks, stream, look-ups, playback, table, bucket, queues, dead letters, overdue work, deletions, alarms. No call is placed
and nothing is left behind: a signed webhook without a call is refused as incomplete (400) once its signature has been
accepted; an accepted handshake is closed before any message; an upload to the bucket is begun and given up.

Three requests have to be refused. They are marked with the stored token, so that their refusals set off no alarm; where
the mark is not accepted either, they do, and rightly: the functions then know another token. --without-refusals leaves them out.`,
  options: {
    number: { type: 'string', value: '+1…', help: 'checks that this very number points here, not only any' },
    'without-refusals': { type: 'boolean', help: 'sends nothing that must be refused' },
  },
  changes: false,
  async run({ place, values, now }) {
    const number = textOf(values, 'number');
    const malformed = number === undefined ? undefined : PHONE_NUMBER.check(number);
    if (malformed !== undefined) throw new Problem(`--number ${number}: ${malformed}`, EXIT.usage);
    const withoutRefusals = values['without-refusals'] === true;
    const found = await withClients(place(), async (clients) => {
      const patient = { place: place(), clients, now: now(), number, withoutRefusals };
      const results: Finding[] = [];
      for (const [name, check] of CHECKS) results.push(await examine(name, check, patient));
      return results;
    });
    const failed = found.filter(({ result }) => result === 'failed').length;
    const width = Math.max(...found.map(({ name }) => name.length));
    const lines = found.map((one) => `${MARKS[one.result]}  ${one.name.padEnd(width)}  ${one.detail}`);
    const verdict = failed === 0 ? 'All is in order.' : `${failed} of ${found.length} checks failed.`;
    return {
      exit: failed === 0 ? EXIT.ok : EXIT.failed,
      text: `${[`Checking ${place().title}.`, ...lines].join('\n')}\n${verdict}`,
      json: { ok: failed === 0, checks: found },
    };
  },
};

interface Finding {
  readonly name: string;
  readonly result: 'ok' | 'failed' | 'not checked';
  readonly detail: string;
}

const MARKS: { readonly [result in Finding['result']]: string } = {
  ok: 'ok    ',
  failed: 'FAILED',
  'not checked': '–     ',
};

async function examine(name: string, check: Check, patient: Patient): Promise<Finding> {
  try {
    const detail = await check(patient);
    if (detail instanceof LeftOut) return { name, result: 'not checked', detail: `not checked: ${detail.why}` };
    return { name, result: 'ok', detail };
  } catch (error) {
    const problem = error instanceof Problem ? error : explain(error, patient.place);
    return { name, result: 'failed', detail: problem.message };
  }
}
