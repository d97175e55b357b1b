/** Places calls on hold, releases them, and lists what is held: for the owner's people, whom IAM has let in. */
import pMap from 'p-map';
import { HOLD_ROUTES } from '../shared/contract/http.ts';
import { HELD_CALLS } from '../shared/contract/table.ts';
import type { ApiResponse } from '../shared/entry/api-response.ts';
import { type AuditDependencies, answerAudited } from '../shared/entry/enter.ts';
import { type IamRequest, iamCaller, jsonReply } from '../shared/entry/iam-request.ts';
import { REASON_FORM, readJsonBody, readReason } from '../shared/entry/json-body.ts';
import type { StepPorts } from '../shared/ports/step-ports.ts';
import type { CallIndex } from '../shared/ports/table.ts';
import { changeRow } from '../shared/rows/change-row.ts';
import { dueAfterHold, type HoldChange, isHeld, placeHold, releaseHold } from '../shared/rules/call/hold.ts';
import { holdOf, recordingsOf } from '../shared/rules/call/story.ts';
import type { HoldRow } from '../shared/rules/table/kept-rows.ts';
import type { Row } from '../shared/rules/table/rows.ts';
import { toIso } from '../shared/rules/values/instant.ts';
import { isCallSid } from '../shared/rules/values/sids.ts';

export interface HoldDependencies extends StepPorts, Pick<AuditDependencies, 'audit'> {
  readonly index: Pick<CallIndex, 'entriesOfDay'>;
}

/** API Gateway's event, as far as it is used. */
export interface HoldRequest extends IamRequest {
  /** One of the routes. */
  readonly routeKey: string;
  readonly queryStringParameters?: { readonly [name: string]: string | undefined };
}

/** One request. A repeated one changes nothing, and is answered with how the call stands. */
export async function hold(deps: HoldDependencies, request: HoldRequest): Promise<ApiResponse> {
  if (request.routeKey === HOLD_ROUTES.list) return listHolds(deps, request);
  const callSid = request.pathParameters?.callSid;
  if (!isCallSid(callSid)) {
    return jsonReply(400, { error: 'A call SID is CA and 32 hex digits in lowercase letters.' });
  }
  const reason = readReason(readJsonBody(request).reason);
  if (reason === undefined) return jsonReply(400, { error: `The body must be {"reason": "…"}: ${REASON_FORM}.` });
  const change = { by: iamCaller(request) ?? 'unknown', reason };
  if (request.routeKey === HOLD_ROUTES.hold) return place(deps, request, callSid, change);
  if (request.routeKey === HOLD_ROUTES.release) return release(deps, request, callSid, change);
  return jsonReply(404, { error: 'There is no such route.' });
}

/**
 * The hold stands before anything else is looked at. Whoever deletes marks its row first, and looks for a hold then: so one of the two sees
 * the other, and what may be on its way out already is in the answer.
 */
async function place(
  deps: HoldDependencies,
  request: HoldRequest,
  callSid: string,
  change: HoldChange,
): Promise<ApiResponse> {
  const before = await readRows(deps, callSid);
  if (before.length === 0) return jsonReply(404, { error: `No call ${callSid} is known here.` });
  const { row, changed } = await changeRow(deps, { kind: 'hold', callSid }, (known) =>
    placeHold(known, callSid, change, deps.clock.now()),
  );
  const rows = await readRows(deps, callSid);
  if (changed) {
    deps.log.info('A call was placed on hold', { event: 'call_held', callSid, caller: change.by });
    deps.log.count('CallHeld');
  }
  const answer = jsonReply(200, { callSid, hold: row && holdOf([row]), changed, ...keptOf(rows) });
  return answerAudited(deps, request, [{ what: 'call-held', callSid, reason: change.reason }], answer);
}

/** What the hold keeps, and what it may have come too late for. */
function keptOf(rows: readonly Row[]): object {
  const recordings = recordingsOf(rows);
  const underWay = recordings
    .filter(({ state }) => state === 'deleting')
    .map(({ recordingSid }) => ({
      recordingSid,
      what: "Twilio's copy may be deleted: that had begun before the hold. The verified copy in S3 is kept.",
    }));
  return { recordings: recordings.map(({ recordingSid, state }) => ({ recordingSid, state })), underWay };
}

async function release(
  deps: HoldDependencies,
  request: HoldRequest,
  callSid: string,
  change: HoldChange,
): Promise<ApiResponse> {
  const { row, changed } = await changeRow(deps, { kind: 'hold', callSid }, (known) =>
    releaseHold(known, change, deps.clock.now()),
  );
  if (!row) return jsonReply(404, { error: `The call ${callSid} is not on hold.` });
  // Also where it was released before: what follows may have failed then.
  if (!isHeld(row)) await lookAtOnce(deps, callSid);
  if (changed) {
    deps.log.info('A call was released from its hold', { event: 'call_released', callSid, caller: change.by });
    deps.log.count('CallReleased');
  }
  const answer = jsonReply(200, { callSid, hold: holdOf([row]), changed });
  return answerAudited(deps, request, [{ what: 'call-released', callSid, reason: change.reason }], answer);
}

/** What fails here is looked at within a day all the same. */
async function lookAtOnce(deps: HoldDependencies, callSid: string): Promise<void> {
  for (const { recordingSid } of recordingsOf(await readRows(deps, callSid))) {
    await changeRow(
      deps,
      { kind: 'recording', callSid, recordingSid },
      (row) => row && dueAfterHold(row, deps.clock.now()),
    );
  }
}

const readRows = ({ table, log }: HoldDependencies, callSid: string): Promise<readonly Row[]> =>
  table.readCall(callSid, (key) =>
    log.error('A row of the call cannot be read; it is left as it is', { event: 'row_unreadable', callSid, key }),
  );

const HOLDS_PAGE = 100;
/** Before and behind all places, which begin with a digit. */
const [FIRST, LAST] = ['0', ':'];

async function listHolds(deps: HoldDependencies, request: HoldRequest): Promise<ApiResponse> {
  const { next: before = LAST, ...unknown } = request.queryStringParameters ?? {};
  if (Object.keys(unknown).length > 0 || !/^[\w:.#-]{1,80}$/.test(before)) {
    return jsonReply(400, { error: 'Valid parameters: next, as the previous reply gave it.' });
  }
  const entries = await deps.index.entriesOfDay({ shard: HELD_CALLS, from: FIRST, before, limit: HOLDS_PAGE });
  // The index may be behind: the rows themselves decide.
  const rows = await pMap(entries, ({ callSid }) => deps.table.read({ kind: 'hold', callSid }), { concurrency: 20 });
  const held = rows.filter((row): row is HoldRow => isHeld(row));
  const last = entries.length === HOLDS_PAGE ? entries.at(-1) : undefined;
  const caller = iamCaller(request);
  deps.log.info('Holds were listed', { event: 'holds_listed', count: held.length, caller });
  const answer = jsonReply(200, {
    holds: held.map(({ callSid, reason, by, heldSince }) => ({ callSid, reason, by, heldSince: toIso(heldSince) })),
    ...(last && { next: last.place }),
  });
  return answerAudited(deps, request, [{ what: 'holds-listed' }], answer);
}
