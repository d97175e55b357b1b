/** `GET /calls`: what was called when, and what became of it. */
import type { ApiResponse } from '../shared/entry/api-response.ts';
import { type AuditDependencies, answerAudited } from '../shared/entry/enter.ts';
import { iamCaller, jsonReply } from '../shared/entry/iam-request.ts';
import type { PartyIndex, PartyKey } from '../shared/ports/party.ts';
import type { CallIndex } from '../shared/ports/table.ts';
import { callsByDay, callsOfParty, searchCalls } from '../shared/rows/search-calls.ts';
import { fitsFilter } from '../shared/rules/call/call-entry.ts';
import { partyOf } from '../shared/rules/table/party.ts';
import { SECOND, toIso } from '../shared/rules/values/instant.ts';
import { cursorOf, filterOf, type LookUpRequest, readCallsRequest } from './request.ts';

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
  const begun = clock.now();
  const party = asked.party === undefined ? undefined : partyOf(await deps.partyKey.current(), asked.party);
  const { found, next } = await searchCalls(
    index,
    party === undefined ? callsByDay(index, asked) : callsOfParty(deps.parties, asked, party),
    { ...asked, fits: (entry) => fitsFilter(entry, asked.filter) },
    {
      mayGoOn: () => clock.now() - begun <= SEARCH_MS,
      onUnreadable: (callSid, key) =>
        log.error('A row of the call cannot be read; it is left as it is', { event: 'row_unreadable', callSid, key }),
    },
  );
  log.info('Calls were listed', { event: 'calls_listed', count: found.length, caller: iamCaller(request) });
  const answer = jsonReply(200, {
    ...{ from: toIso(asked.from), to: toIso(asked.to), calls: found },
    ...(next !== undefined && { next: cursorOf(next) }),
  });
  // The audit names the party as the table does: by the HMAC.
  const filter = filterOf({ ...given, party }, asked);
  return answerAudited(deps, request, [{ what: 'calls-listed', filter }], answer);
}
