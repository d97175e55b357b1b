/** `doctor`. */
import { withClients } from './clients.ts';
import { type Command, EXIT, Problem, textOf } from './command.ts';
import { CHECKS, type Check, type Patient } from './doctor-checks.ts';
import { explain } from './explain.ts';
import { PHONE_NUMBER } from './operands.ts';

export const doctor: Command = {
  name: 'doctor',
  operands: [],
  summary: 'checks everything that a recorded call needs, and says for each failure what to do',
  help: `Secret, number, both webhooks, stream, table, bucket, queues, dead letters, overdue work, deletions. No call is placed
and nothing is left behind: a signed webhook without a call is refused as incomplete (400) once its signature has been
accepted; an accepted handshake is closed before any message; an upload to the bucket is begun and given up.

Three requests have to be refused: they count as refused signatures, and the alarm credentials-invalid may go off.
--without-refusals leaves them out. CloudWatch's alarms are not asked for.`,
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
    const failed = found.filter(({ ok }) => !ok).length;
    const width = Math.max(...found.map(({ name }) => name.length));
    const lines = found.map(({ name, ok, detail }) => `${ok ? 'ok    ' : 'FAILED'}  ${name.padEnd(width)}  ${detail}`);
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
  readonly ok: boolean;
  readonly detail: string;
}

async function examine(name: string, check: Check, patient: Patient): Promise<Finding> {
  try {
    return { name, ok: true, detail: await check(patient) };
  } catch (error) {
    const problem = error instanceof Problem ? error : explain(error, patient.place);
    return { name, ok: false, detail: problem.message };
  }
}
