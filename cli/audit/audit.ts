/** `audit`. */
import { AUDIT_ROUTE } from '../../lambdas/shared/contract/http.ts';
import type { AuditEntry } from '../../lambdas/shared/rules/table/audit.ts';
import { type Instant, toIso } from '../../lambdas/shared/rules/values/instant.ts';
import type { CommandContext, Result } from '../command/command.ts';
import { EXIT } from '../command/problem.ts';
import { askRecorder, refusedBy } from '../place/ask-recorder.ts';
import type { Place } from '../place/place.ts';
import { columns } from '../terminal/terminal.ts';

export interface AuditOptions {
  readonly from: Instant | undefined;
  readonly to: Instant | undefined;
  readonly callSid: string | undefined;
  readonly limit: number;
}

/** As many as the recorder gives in one reply. */
const PAGE = 200;

export async function readAudit(context: CommandContext, { limit, ...options }: AuditOptions): Promise<Result> {
  const place = context.place();
  // All pages are of one range, also where `to` is now.
  const to = options.to ?? context.now();
  const entries: AuditEntry[] = [];
  let next: string | undefined;
  do {
    const page = await pageOf(place, { ...options, to }, Math.min(PAGE, limit - entries.length), next);
    entries.push(...page.entries);
    next = page.next;
  } while (next !== undefined && entries.length < limit);
  const more = next !== undefined ? ', older ones not shown: see --limit' : '';
  const summary =
    entries.length === 0
      ? 'Nobody did anything.'
      : `${entries.length} ${entries.length === 1 ? 'entry' : 'entries'}${more}.`;
  const text = entries.length === 0 ? summary : `${columns([HEADING, ...entries.map(cellsOf)])}\n\n${summary}`;
  return { exit: EXIT.ok, text, json: { entries, more: next !== undefined } };
}

const HEADING = ['TIME', 'WHO', 'WHAT', 'OF', 'FROM'];

const cellsOf = ({ at, who, what, for: use, callSid, recordingSid, from, filter }: AuditEntry): string[] => [
  ...[at, who, use === undefined ? what : `${what} (${use})`],
  recordingSid === undefined ? (callSid ?? limitsOf(filter)) : `${callSid} ${recordingSid}`,
  from,
];

const limitsOf = (filter: AuditEntry['filter'] = {}): string =>
  Object.entries(filter)
    .map(([name, value]) => `${name}=${value}`)
    .join(' ');

interface Page {
  readonly entries: readonly AuditEntry[];
  readonly next?: string;
}

async function pageOf(
  place: Place,
  { from, to, callSid }: Omit<AuditOptions, 'limit'>,
  limit: number,
  next: string | undefined,
): Promise<Page> {
  const [, path = ''] = AUDIT_ROUTE.split(' ');
  const url = new URL(path, place.voiceUrl);
  const ask = (name: string, value: string | undefined) => value !== undefined && url.searchParams.set(name, value);
  ask('from', from === undefined ? undefined : toIso(from));
  ask('to', to === undefined ? undefined : toIso(to));
  ask('callSid', callSid);
  ask('limit', String(limit));
  ask('next', next);
  const reply = await askRecorder(place, 'GET', url);
  if (reply.status !== 200) throw refusedBy(place, reply, 'execute-api:Invoke on GET/audit');
  return reply.body as unknown as Page;
}
