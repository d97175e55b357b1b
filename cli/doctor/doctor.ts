/** `doctor`. */
import { HTTP_PATHS } from '../../lambdas/shared/contract/http.ts';
import type { CommandContext, Result } from '../command/command.ts';
import { explain } from '../command/explain.ts';
import { EXIT, Problem } from '../command/problem.ts';
import { withClients } from '../place/clients.ts';
import { disclaimer, lookUps, playback, stream, webhook } from './address-checks.ts';
import { alarms } from './alarms.ts';
import { type Check, type DoctorContext, type DoctorOptions, NotChecked, Warned } from './check.ts';
import { notifications } from './notifications.ts';
import { audio, otherRecordings } from './recorded-checks.ts';
import { number, secret } from './twilio-checks.ts';
import { bucket, deadLetters, deletions, queues, table, work } from './work-checks.ts';

const CHECKS: readonly (readonly [string, Check])[] = [
  ['secret', secret],
  ['number', number],
  ['voice URL', webhook(HTTP_PATHS.voice, 'incoming-call')],
  ['stream status URL', webhook(HTTP_PATHS.streamStatus, 'stream-status')],
  ['callback URL', webhook(HTTP_PATHS.recordingCallback, 'recording-callback')],
  ['stream', stream],
  ['disclaimer', disclaimer],
  ['look-ups', lookUps],
  ['playback', playback],
  ['table', table],
  ['bucket', bucket],
  ['audio', audio],
  ['other recordings', otherRecordings],
  ['queues', queues],
  ['dead letters', deadLetters],
  ['work', work],
  ['deletions', deletions],
  ['alarms', alarms],
  ['notifications', notifications],
];

export async function checkEverything(context: CommandContext, options: DoctorOptions): Promise<Result> {
  const place = context.place();
  const found = await withClients(place, ['dynamodb', 's3', 'sqs', 'secretsmanager'], async (clients) => {
    const doctor = { place, clients, now: context.now(), ...options };
    const results: Finding[] = [];
    for (const [name, check] of CHECKS) results.push(await examine(name, check, doctor, context));
    return results;
  });
  const failed = found.filter(({ result }) => result === 'failed').length;
  const verdict = failed === 0 ? inOrder(found) : `${failed} of ${found.length} checks failed.`;
  return {
    exit: failed === 0 ? EXIT.ok : EXIT.failed,
    text: [`Checking ${place.title}.`, ...linesOf(found), verdict].join('\n'),
    json: { ok: failed === 0, checks: found },
  };
}

function inOrder(found: readonly Finding[]): string {
  const warnings = found.filter(({ result }) => result === 'warning').length;
  return warnings === 0 ? 'All is in order.' : `All works; ${warnings === 1 ? 'one warning' : `${warnings} warnings`}.`;
}

interface Finding {
  readonly name: string;
  readonly result: 'ok' | 'failed' | 'warning' | 'not checked';
  readonly detail: string;
}

const MARKS: { readonly [result in Finding['result']]: string } = {
  ok: 'ok    ',
  failed: 'FAILED',
  warning: 'WARN  ',
  'not checked': '–     ',
};

/** A reason that several checks share is shown once. */
function linesOf(found: readonly Finding[]): string[] {
  const width = Math.max(...found.map(({ name }) => name.length));
  return found.map(({ name, result, detail }) => {
    const first = found.find((other) => other.result === 'failed' && other.detail === detail);
    const text = result === 'failed' && first && first.name !== name ? `the same as for ${first.name}` : detail;
    return `${MARKS[result]}  ${name.padEnd(width)}  ${text}`;
  });
}

async function examine(
  name: string,
  check: Check,
  doctor: DoctorContext,
  { environment }: CommandContext,
): Promise<Finding> {
  try {
    const detail = await check(doctor);
    if (detail instanceof NotChecked) return { name, result: 'not checked', detail: `not checked: ${detail.why}` };
    if (detail instanceof Warned) return { name, result: 'warning', detail: detail.of };
    return { name, result: 'ok', detail };
  } catch (error) {
    const problem = error instanceof Problem ? error : explain(error, doctor.place, environment.AWS_PROFILE);
    return { name, result: 'failed', detail: problem.message };
  }
}
