/** `GET /audit`: the entries of days, or those about one call. */
import type { ApiResponse } from '../shared/entry/api-response.ts';
import { type AuditDependencies, answerAudited } from '../shared/entry/enter.ts';
import { jsonReply } from '../shared/entry/iam-request.ts';
import { viewerOf } from '../shared/entry/viewer.ts';
import type { Audit, PlacedAuditEntry } from '../shared/ports/audit.ts';
import { cutPage, dayByDay, type Page } from '../shared/rows/day-by-day.ts';
import { auditOfCall, auditOfDay } from '../shared/rules/table/audit.ts';
import { toIso } from '../shared/rules/values/instant.ts';
import { SEARCH_MS } from './calls.ts';
import { type AuditRequest, cursorOf, filterOf, type LookUpRequest, readAuditRequest } from './request.ts';

export interface ReadAuditDependencies extends AuditDependencies {
  readonly audit: Audit;
}

export async function readAudit(deps: ReadAuditDependencies, request: LookUpRequest): Promise<ApiResponse> {
  const { clock, log } = deps;
  const given = request.queryStringParameters ?? {};
  const asked = readAuditRequest(given, clock.now());
  if ('problems' in asked) return jsonReply(400, { error: asked.problems.join(' ') });
  const { callSid } = asked;
  const act = {
    what: 'audit-read',
    ...(callSid !== undefined && { callSid }),
    filter: filterOf(given, asked),
  } as const;
  const { teams, caller } = viewerOf(request);
  // It names the calls of all teams.
  if (teams !== 'all') return answerAudited(deps, request, [{ ...act, refused: true }], jsonReply(403, NOT_ALL));
  const begun = clock.now();
  const { found, next } = await search(deps.audit, asked, () => clock.now() - begun <= SEARCH_MS);
  for (const { place, entry } of found) {
    if (!entry)
      log.error('An entry of the audit cannot be read; it is left out', { event: 'row_unreadable', key: place });
  }
  const entries = found.flatMap(({ entry }) => entry ?? []);
  log.info('The audit was read', { event: 'audit_read', count: entries.length, caller });
  const answer = jsonReply(200, { entries, ...(next !== undefined && { next: cursorOf(next) }) });
  return answerAudited(deps, request, [act], answer);
}

const NOT_ALL = { error: 'The audit is for those who see the calls of all teams.' };

function search(
  audit: Audit,
  { callSid, ...span }: AuditRequest,
  mayGoOn: () => boolean,
): Promise<Page<PlacedAuditEntry>> {
  const { from, before, limit } = span;
  const entries = (partition: string, wanted: number) =>
    audit.entries({ partition, from: toIso(from), before, limit: wanted });
  if (callSid === undefined) return dayByDay(span, (day, wanted) => entries(auditOfDay(day), wanted), mayGoOn);
  return entries(auditOfCall(callSid), limit + 1).then((found) => cutPage(found, limit));
}
