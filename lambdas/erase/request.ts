/** `POST /calls/{callSid}/erasure`, which IAM has authorized: notes what is to be erased, or says what would be. */
import type { ApiResponse } from '../shared/entry/api-response.ts';
import { type AuditDependencies, answerAudited } from '../shared/entry/enter.ts';
import { type IamRequest, iamCaller, jsonReply } from '../shared/entry/iam-request.ts';
import { REASON_FORM, readJsonBody, readReason } from '../shared/entry/json-body.ts';
import type { EraseMessage, Queue } from '../shared/ports/queues.ts';
import type { StepPorts } from '../shared/ports/step-ports.ts';
import { changeRow } from '../shared/rows/change-row.ts';
import { isHeld } from '../shared/rules/call/hold.ts';
import { recordingsOf } from '../shared/rules/call/story.ts';
import { askErasure, goesAtTwilio } from '../shared/rules/erasure/erasure.ts';
import { whyNotYet } from '../shared/rules/erasure/tombstones.ts';
import type { ErasureRow } from '../shared/rules/table/kept-rows.ts';
import type { RecordingRow, Row } from '../shared/rules/table/rows.ts';
import { isCallSid, isRecordingSid } from '../shared/rules/values/sids.ts';

export interface RequestErasureDependencies extends StepPorts, Pick<AuditDependencies, 'audit'> {
  readonly eraseQueue: Queue<EraseMessage>;
}

type Wanted = Pick<ErasureRow, 'reason' | 'recordingSids' | 'alsoOthers' | 'replayOf'>;

export async function requestErasure(deps: RequestErasureDependencies, request: IamRequest): Promise<ApiResponse> {
  const callSid = request.pathParameters?.callSid;
  if (!isCallSid(callSid)) {
    return jsonReply(400, { error: 'A call SID is CA and 32 hex digits in lowercase letters.' });
  }
  const { dryRun, ...fields } = readJsonBody(request);
  const wanted = readWanted(fields);
  if (typeof wanted === 'string') return jsonReply(400, { error: wanted });
  const rows = await deps.table.readCall(callSid);
  const refusal = refusalOf(callSid, rows, wanted);
  if (refusal) return refusal;
  if (dryRun === true) return jsonReply(200, { callSid, ...planOf(rows, wanted) });
  // Who asks stands in the audit before anything can go.
  const asked = { what: 'erasure-requested', callSid, reason: wanted.reason } as const;
  const audited = await answerAudited(deps, request, [asked], jsonReply(202, {}));
  if (audited.statusCode !== 202) return audited;
  return note(deps, callSid, wanted, rows, iamCaller(request) ?? 'unknown');
}

/** @returns what is wrong, as a sentence */
function readWanted(fields: { readonly [name: string]: unknown }): Wanted | string {
  const { reason: given, recordingSids, alsoOthers, replayOf, ...unknown } = fields;
  const [name] = Object.keys(unknown);
  if (name !== undefined) return 'Valid fields: reason, recordingSids, alsoOthers, replayOf, dryRun.';
  const reason = readReason(given);
  if (reason === undefined) return `The body must have a reason: ${REASON_FORM}.`;
  if (recordingSids !== undefined && !areSids(recordingSids)) return 'recordingSids must be a list of recording SIDs.';
  if (alsoOthers !== undefined && typeof alsoOthers !== 'boolean') return 'alsoOthers must be true or false.';
  if (replayOf !== undefined && (typeof replayOf !== 'string' || !/^[\w-]{1,120}$/.test(replayOf))) {
    return 'replayOf must be the id of an erasure.';
  }
  return {
    reason,
    ...(areSids(recordingSids) && { recordingSids }),
    ...(alsoOthers === true && { alsoOthers }),
    ...(typeof replayOf === 'string' && { replayOf }),
  };
}

const areSids = (value: unknown): value is readonly string[] =>
  Array.isArray(value) && value.length > 0 && value.length <= 50 && value.every(isRecordingSid);

/** After a restore the table may know nothing of what a receipt names: then there is all the more reason to erase it. */
function refusalOf(
  callSid: string,
  rows: readonly Row[],
  { recordingSids, replayOf }: Wanted,
): ApiResponse | undefined {
  const recordings = recordingsOf(rows);
  const missing = recordingSids?.find((sid) => !recordings.some(({ recordingSid }) => recordingSid === sid));
  if (replayOf === undefined) {
    if (rows.length === 0) return jsonReply(404, { error: `No call ${callSid} is known here.` });
    if (missing) return jsonReply(404, { error: `No recording ${missing} of that call is known here.` });
  }
  const why = whyNotYet(
    rows.find((row) => row.kind === 'call'),
    recordings,
  );
  return why === undefined ? undefined : jsonReply(409, { error: why });
}

/** What would go, as far as the table knows, and what would not. */
function planOf(rows: readonly Row[], wanted: Wanted): object {
  const isWanted = ({ recordingSid }: RecordingRow) => wanted.recordingSids?.includes(recordingSid) ?? true;
  return {
    held: isHeld(rows.find((row) => row.kind === 'hold')),
    wholeCall: wanted.recordingSids === undefined,
    recordings: recordingsOf(rows)
      .filter(isWanted)
      .map((row) => ({
        ...{ recordingSid: row.recordingSid, state: row.state, madeBy: row.madeBy },
        ...(row.stored && { s3: `s3://${row.stored.bucket}/${row.stored.key}`, bytes: row.stored.bytes }),
        atTwilio: row.deletedAt !== undefined ? 'gone' : goesAtTwilio(row, wanted) ? 'to be deleted' : 'left',
      })),
  };
}

/** The row first: what is acknowledged must not depend on a message. */
async function note(
  deps: RequestErasureDependencies,
  callSid: string,
  wanted: Wanted,
  rows: readonly Row[],
  by: string,
): Promise<ApiResponse> {
  const id = deps.randomness.id();
  const asked = { callSid, id, by, ...wanted };
  await changeRow(deps, { kind: 'erasure', callSid, id }, (known) =>
    known ? undefined : askErasure(asked, deps.clock.now()),
  );
  deps.log.info('An erasure was requested', { event: 'erasure_requested', callSid, key: id, caller: by });
  try {
    await deps.eraseQueue.send({ callSid, erasure: id });
  } catch (error) {
    deps.log.warn('The erasure could not be queued, the sweep will queue it', {
      ...{ event: 'erasure_not_queued', callSid, key: id, error },
    });
  }
  return jsonReply(202, { callSid, erasure: id, ...planOf(rows, wanted) });
}
