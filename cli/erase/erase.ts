/** `erase`: what would go is shown first, always. */
import { ERASE_ROUTE } from '../../lambdas/shared/contract/http.ts';
import { isRecordingSid } from '../../lambdas/shared/rules/values/sids.ts';
import type { CommandContext, Result } from '../command/command.ts';
import { EXIT, hint, Problem } from '../command/problem.ts';
import { askRecorder, refusedBy } from '../place/ask-recorder.ts';
import { findRecording } from '../recordings/find-recording.ts';
import { ask, isInteractive } from '../terminal/ask.ts';
import { columns } from '../terminal/terminal.ts';

export interface EraseOptions {
  readonly reason: string;
  readonly alsoOthers: boolean;
  /** Do not ask. */
  readonly yes: boolean;
}

interface Plan {
  readonly callSid: string;
  readonly erasure?: string;
  readonly held: boolean;
  readonly wholeCall: boolean;
  readonly recordings: readonly {
    readonly recordingSid: string;
    readonly state: string;
    readonly s3?: string;
    readonly atTwilio: string;
  }[];
}

export async function eraseForGood(
  context: CommandContext,
  { reason, alsoOthers, yes }: EraseOptions,
): Promise<Result> {
  const [sid = ''] = context.positionals;
  const isRecording = isRecordingSid(sid);
  const callSid = isRecording ? (await findRecording(context, sid, undefined)).callSid : sid;
  const body = { reason, alsoOthers, ...(isRecording && { recordingSids: [sid] }) };
  const plan = await request(context, callSid, { ...body, dryRun: true });
  const shown = planAsText(plan);
  if (context.dryRun)
    return { exit: EXIT.ok, text: `${shown}\nNothing was changed.`, json: { changed: false, ...plan } };
  if (!yes) await confirm(context, shown);

  const asked = await request(context, callSid, body);
  const place = context.place();
  const waits = asked.held ? 'It is on hold: it is erased once it is released.' : 'It is erased within minutes.';
  const text = `${yes ? `${shown}\n` : ''}${waits} Erasure ${asked.erasure}; ${hint(place, `calls show ${callSid}`)} tells how far it is.`;
  return { exit: EXIT.ok, text, json: { changed: true, ...asked } };
}

async function request(context: CommandContext, callSid: string, body: object): Promise<Plan> {
  const place = context.place();
  const [, path = ''] = ERASE_ROUTE.split(' ');
  const reply = await askRecorder(place, 'POST', new URL(path.replace('{callSid}', callSid), place.voiceUrl), body);
  if (reply.status !== 200 && reply.status !== 202) {
    throw refusedBy(place, reply, 'execute-api:Invoke on POST/calls/*/erasure');
  }
  return reply.body as unknown as Plan;
}

function planAsText({ callSid, wholeCall, recordings, held }: Plan): string {
  const rows = recordings.map(({ recordingSid, state, s3 = '-', atTwilio }) => [recordingSid, state, s3, atTwilio]);
  const title = wholeCall ? `Of the call ${callSid}, all of this is erased:` : `Of the call ${callSid} is erased:`;
  const none = wholeCall ? 'No recording of it is known; its own row is emptied.' : '';
  const list =
    rows.length === 0 ? none : columns([['RECORDING', 'STATE', 'IN S3, EVERY VERSION', 'AT TWILIO'], ...rows]);
  return `${title}\n${list}${held ? '\nThe call is on hold.' : ''}`;
}

/** @throws {Problem} where nobody can be asked, or says no */
async function confirm({ terminal, again }: CommandContext, shown: string): Promise<void> {
  if (!isInteractive(terminal)) {
    throw new Problem(
      `There is no terminal to ask on. See what would go with --dry-run, then run ${again('--yes')}.`,
      EXIT.usage,
    );
  }
  terminal.err.write(`${shown}\n`);
  const answer = await ask(terminal, 'This cannot be undone. Type "erase" to go on: ', { hidden: false });
  if (answer !== 'erase') throw new Problem('Nothing was erased.');
}
