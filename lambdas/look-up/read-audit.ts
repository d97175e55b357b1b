/** `GET /audit`: the entries of days, or those about one call. */
import type { ApiResponse } from '../shared/entry/api-response.ts';
import { iamCaller, jsonReply } from '../shared/entry/iam-request.ts';
import type { Audit, PlacedAuditEntry } from '../shared/ports/audit.ts';
import { auditOfCall, auditOfDay } from '../shared/rules/table/audit.ts';
import { daysBack, startOfDay } from '../shared/rules/table/by-day.ts';
import { toIso } from '../shared/rules/values/instant.ts';
import { SEARCH_MS } from './calls.ts';
import { type AuditDependencies, answerAudited } from './enter.ts';
import { type AuditRequest, cursorOf, filterOf, type LookUpRequest, readAuditRequest } from './request.ts';

export interface ReadAuditDependencies extends AuditDependencies {
  readonly audit: Audit;
}

export async function readAudit(deps: ReadAuditDependencies, request: LookUpRequest): Promise<ApiResponse> {
  const { clock, log } = deps;
  const given = request.queryStringParameters ?? {};
  const asked = readAuditRequest(given, clock.now());
  if ('problems' in asked) return jsonReply(400, { error: asked.problems.join(' ') });
  const begun = clock.now();
  const { found, next } = await search(deps.audit, asked, () => clock.now() - begun <= SEARCH_MS);
  for (const { place, entry } of found) {
    if (!entry)
      log.error('An entry of the audit cannot be read; it is left out', { event: 'row_unreadable', key: place });
  }
  const entries = found.flatMap(({ entry }) => entry ?? []);
  log.info('The audit was read', { event: 'audit_read', count: entries.length, caller: iamCaller(request) });
  const { callSid } = asked;
  const act = {
    what: 'audit-read',
    ...(callSid !== undefined && { callSid }),
    filter: filterOf(given, asked),
  } as const;
  const answer = jsonReply(200, { entries, ...(next !== undefined && { next: cursorOf(next) }) });
  return answerAudited(deps, request, [act], answer);
}

interface Found {
  readonly found: readonly PlacedAuditEntry[];
  /** There may be more, before this place. */
  readonly next?: string;
}

async function search(
  audit: Audit,
  { callSid, from, before, limit }: AuditRequest,
  mayGoOn: () => boolean,
): Promise<Found> {
  // One more than is asked for tells whether there is more.
  const entries = (partition: string, had: number) =>
    audit.entries({ partition, from: toIso(from), before, limit: limit + 1 - had });
  if (callSid !== undefined) return cut(await entries(auditOfCall(callSid), 0), limit);
  const found: PlacedAuditEntry[] = [];
  for (const day of daysBack(from, before)) {
    found.push(...(await entries(auditOfDay(day), found.length)));
    if (found.length > limit) break;
    if (startOfDay(day) > toIso(from) && !mayGoOn()) return { found, next: startOfDay(day) };
  }
  return cut(found, limit);
}

function cut(found: readonly PlacedAuditEntry[], limit: number): Found {
  const last = found[limit - 1];
  return found.length > limit && last ? { found: found.slice(0, limit), next: last.place } : { found };
}
