/** `calls record`. */
import { RECORD_ROUTE } from '../../lambdas/shared/contract/http.ts';
import type { CommandContext, Result } from '../command/command.ts';
import { EXIT, hint } from '../command/problem.ts';
import { askRecorder, refusedBy } from '../place/ask-recorder.ts';

export async function recordCall(context: CommandContext): Promise<Result> {
  const [callSid = ''] = context.positionals;
  const place = context.place();
  const [, path = ''] = RECORD_ROUTE.split(' ');
  const url = new URL(path.replace('{callSid}', callSid), place.voiceUrl);
  if (context.dryRun) {
    const text = `POST ${url} would have ${callSid} recorded, if it is live.`;
    return { exit: EXIT.ok, text, json: { changed: false, url: url.href } };
  }
  const reply = await askRecorder(place, 'POST', url);
  const { status, body } = reply;
  if (status !== 200 && status !== 202) {
    throw refusedBy(place, reply, 'execute-api:Invoke on POST/calls/*/recording');
  }
  const { call } = body as { call?: { state?: string; requestedBy?: string } };
  const how = status === 200 ? 'is recorded already' : `is to be recorded (${call?.state})`;
  const text = `${callSid} ${how}. ${hint(place, `calls show ${callSid}`)} tells what becomes of it.`;
  return { exit: EXIT.ok, text, json: { changed: status === 202, ...body } };
}
