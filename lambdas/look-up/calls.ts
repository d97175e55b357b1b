/** `GET /calls`: what was called when, and what became of it. */
import type { ApiResponse } from '../shared/entry/api-response.ts';
import { type AuditDependencies, answerAudited } from '../shared/entry/enter.ts';
import { jsonReply } from '../shared/entry/iam-request.ts';
import { seesAny, seesTeam, viewerOf } from '../shared/entry/viewer.ts';
import type { PartyIndex, PartyKey } from '../shared/ports/party.ts';
import type { CallIndex } from '../shared/ports/table.ts';
import { callsByDay, callsOfParty, searchCalls } from '../shared/rows/search-calls.ts';
import { fitsFilter } from '../shared/rules/call/call-entry.ts';
import { partyOf } from '../shared/rules/table/party.ts';
import { SECOND, toIso } from '../shared/rules/values/instant.ts';
import { cursorOf, filterOf, type LookUpRequest, readCallsRequest } from './request.ts';
import { pageOfTeams } from './team-page.ts';

export interface ListCallsDependencies extends AuditDependencies {
  readonly index: CallIndex;
  readonly parties: PartyIndex;
  readonly partyKey: PartyKey;
}

/** Within API Gateway's 30 s and the function's own time-out: the next request continues a longer search. */
export const SEARCH_MS = 15 * SECOND;

export async function listCalls(deps: ListCallsDependencies, request: LookUpRequest): Promise<ApiResponse> {
  const { index, clock, log } = deps;
  const given = request.queryStringParameters ?? {};
  const asked = readCallsRequest(given, clock.now());
  if ('problems' in asked) return jsonReply(400, { error: asked.problems.join(' ') });
  const viewer = viewerOf(request);
  const begun = clock.now();
  const party = asked.party === undefined ? undefined : partyOf(await deps.partyKey.current(), asked.party);
  // The audit names the party as the table does: by the HMAC.
  const act = { what: 'calls-listed', filter: filterOf({ ...given, party }, asked) } as const;
  if (!seesAny(viewer)) return answerAudited(deps, request, [{ ...act, refused: true }], jsonReply(403, NO_TEAM));
  const page = await searchCalls(
    index,
    party === undefined ? callsByDay(index, asked) : callsOfParty(deps.parties, asked, party),
    { ...asked, fits: (entry) => seesTeam(viewer, entry.team) && fitsFilter(entry, asked.filter) },
    {
      mayGoOn: () => clock.now() - begun <= SEARCH_MS,
      onUnreadable: (callSid, key) =>
        log.error('A row of the call cannot be read; it is left as it is', { event: 'row_unreadable', callSid, key }),
    },
  );
  const { found, next } = viewer.teams === 'all' ? page : pageOfTeams(page, asked);
  log.info('Calls were listed', { event: 'calls_listed', count: found.length, caller: viewer.caller });
  const answer = jsonReply(200, {
    ...{ from: toIso(asked.from), to: toIso(asked.to), calls: found },
    ...(next !== undefined && { next: cursorOf(next) }),
  });
  return answerAudited(deps, request, [act], answer);
}

const NO_TEAM = { error: 'You belong to no team, so that there are no calls for you to see. Ask who has invited you.' };
