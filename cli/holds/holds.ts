/** `hold`, `release` and `holds`: requests to the recorder, which notes who asked. */
import { HOLD_ROUTES } from '../../lambdas/shared/contract/http.ts';
import type { CommandContext, Result } from '../command/command.ts';
import { EXIT, hint } from '../command/problem.ts';
import { askRecorder, refusedBy } from '../place/ask-recorder.ts';
import { columns } from '../terminal/terminal.ts';

interface Held {
  readonly callSid: string;
  readonly reason: string;
  readonly by: string;
  readonly heldSince: string;
}

interface HoldReply {
  readonly changed?: boolean;
  readonly hold?: Held;
  readonly underWay?: readonly { readonly recordingSid: string; readonly what: string }[];
}

export async function changeHold(context: CommandContext, what: 'hold' | 'release', reason: string): Promise<Result> {
  const [callSid = ''] = context.positionals;
  const place = context.place();
  const [method, path = ''] = HOLD_ROUTES[what].split(' ');
  const url = new URL(path.replace('{callSid}', callSid), place.voiceUrl);
  if (context.dryRun) {
    const would = what === 'hold' ? `would place ${callSid} on hold` : `would release ${callSid} from its hold`;
    return { exit: EXIT.ok, text: `${method} ${url} ${would}.`, json: { changed: false, url: url.href } };
  }
  const reply = await askRecorder(place, 'POST', url, { reason });
  if (reply.status !== 200) throw refusedBy(place, reply, `execute-api:Invoke on POST/calls/*/${what}`);
  const body = reply.body as HoldReply;
  const text = what === 'hold' ? heldText(callSid, body) : releasedText(callSid, body);
  return {
    exit: EXIT.ok,
    text: `${text} ${hint(place, `calls show ${callSid}`)} tells more.`,
    json: reply.body,
  };
}

function heldText(callSid: string, { changed, hold: held, underWay = [] }: HoldReply): string {
  const since = changed
    ? `${callSid} is on hold: nothing of it is erased or deleted at Twilio until you release it.`
    : `${callSid} was on hold already, since ${held?.heldSince}, by ${held?.by}: ${held?.reason}`;
  return [since, ...underWay.map(({ recordingSid, what: said }) => `${recordingSid}: ${said}`)].join('\n');
}

const releasedText = (callSid: string, { changed }: HoldReply): string =>
  changed
    ? `${callSid} is released: what the hold has kept back is done within minutes.`
    : `${callSid} had been released already.`;

export async function listHolds(context: CommandContext): Promise<Result> {
  const place = context.place();
  const [, path = ''] = HOLD_ROUTES.list.split(' ');
  const found: Held[] = [];
  let next: string | undefined;
  do {
    const url = new URL(path, place.voiceUrl);
    if (next !== undefined) url.searchParams.set('next', next);
    const reply = await askRecorder(place, 'GET', url);
    if (reply.status !== 200) throw refusedBy(place, reply, 'execute-api:Invoke on GET/holds');
    const page = reply.body as unknown as { readonly holds: readonly Held[]; readonly next?: string };
    found.push(...page.holds);
    next = page.next;
  } while (next !== undefined);
  const rows = found.map(({ heldSince, callSid, by, reason }) => [heldSince, callSid, by, reason]);
  const text =
    found.length === 0 ? 'No call is on hold.' : columns([['SINCE', 'CALL', 'PLACED BY', 'REASON'], ...rows]);
  return { exit: EXIT.ok, text, json: { holds: found } };
}
