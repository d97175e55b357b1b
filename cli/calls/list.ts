/** `calls list`. */
import { LOOK_UP_ROUTES } from '../../lambdas/shared/contract/http.ts';
import type { CallEntry } from '../../lambdas/shared/rules/call/call-entry.ts';
import { type Instant, toIso } from '../../lambdas/shared/rules/values/instant.ts';
import type { CommandContext, Result } from '../command/command.ts';
import { EXIT } from '../command/problem.ts';
import { askRecorder, refusedBy } from '../place/ask-recorder.ts';
import { columns } from '../terminal/terminal.ts';

export interface CallListOptions {
  readonly from: Instant | undefined;
  readonly to: Instant | undefined;
  /** Parameters of the look-up that limit it, by their names there. */
  readonly limits: { readonly [name: string]: string };
  readonly limit: number;
}

/** As many as the recorder gives in one reply. */
const PAGE = 200;

export async function listCalls(context: CommandContext, options: CallListOptions): Promise<Result> {
  const { limit, from, limits } = options;
  // All pages are of one range, also where `to` is now.
  const to = options.to ?? context.now();
  const place = context.place();
  const calls: CallEntry[] = [];
  let next: string | undefined;
  do {
    const [, path = ''] = LOOK_UP_ROUTES.calls.split(' ');
    const url = new URL(path, place.voiceUrl);
    const asked = { ...limits, to: toIso(to), limit: String(Math.min(PAGE, limit - calls.length)) };
    for (const [name, value] of Object.entries(asked)) url.searchParams.set(name, value);
    if (from !== undefined) url.searchParams.set('from', toIso(from));
    if (next !== undefined) url.searchParams.set('next', next);
    const reply = await askRecorder(place, 'GET', url);
    if (reply.status !== 200) throw refusedBy(place, reply, 'execute-api:Invoke on GET/calls');
    const page = reply.body as unknown as { readonly calls: readonly CallEntry[]; readonly next?: string };
    calls.push(...page.calls);
    next = page.next;
  } while (next !== undefined && calls.length < limit);
  const more = next !== undefined ? ', older ones not shown: see --limit' : '';
  const summary = calls.length === 0 ? 'No calls.' : `${calls.length} ${calls.length === 1 ? 'call' : 'calls'}${more}.`;
  const text = calls.length === 0 ? summary : `${columns([HEADING, ...calls.map(cellsOf)])}\n\n${summary}`;
  return { exit: EXIT.ok, text, json: { calls, more: next !== undefined } };
}

const HEADING = ['TIME', 'CALL', 'NUMBER', 'SECONDS', 'OUTCOME', 'REASON'];

const cellsOf = ({ at, callSid, number = '-', seconds, outcome, reason = '' }: CallEntry): string[] => [
  ...[at, callSid, number, seconds === undefined ? '-' : String(seconds), outcome, reason],
];
