/** Starts the recording of a live call that this recorder did not answer, on request. */
import type { ApiResponse } from '../shared/entry/api-response.ts';
import { type IamRequest, iamCaller, jsonReply } from '../shared/entry/iam-request.ts';
import { credentialsRenewed } from '../shared/entry/renew-credentials.ts';
import type { PartyKey } from '../shared/ports/party.ts';
import type { Queue, StartMessage } from '../shared/ports/queues.ts';
import type { StepPorts } from '../shared/ports/step-ports.ts';
import type { Credentials, Refusal, TwilioCall, TwilioRest } from '../shared/ports/twilio.ts';
import { changeRow } from '../shared/rows/change-row.ts';
import { noteParty } from '../shared/rows/note-party.ts';
import { mayBeRequested, requestedCall } from '../shared/rules/call/requested.ts';
import { storyOf } from '../shared/rules/call/story.ts';
import type { CallRow } from '../shared/rules/table/rows.ts';
import { isCallSid } from '../shared/rules/values/sids.ts';

export interface RecordCallDependencies extends StepPorts {
  readonly twilio: Pick<TwilioRest, 'call'>;
  readonly credentials: Credentials;
  readonly partyKey: PartyKey;
  readonly startQueue: Queue<StartMessage>;
}

/**
 * `POST /calls/{callSid}/recording`, which IAM has authorized. A repeated request is answered with the state of the
 * call. From here on it is a call like any other: the same queue, attempts, copy and deletion.
 */
export async function recordCall(deps: RecordCallDependencies, request: IamRequest): Promise<ApiResponse> {
  const callSid = request.pathParameters?.callSid;
  if (!isCallSid(callSid)) {
    return jsonReply(400, { error: 'A call SID is CA and 32 hex digits in lowercase letters.' });
  }
  const known = await deps.table.read({ kind: 'call', callSid });
  if (known && !mayBeRequested(known)) return standing(known);

  const found = await lookUp(deps, callSid);
  if (found.kind !== 'found') return notKnown(callSid, found);
  if (found.call.progress === 'over')
    return jsonReply(409, { error: `The call ${callSid} is over: nothing can be recorded.` });
  return note(deps, found.call, iamCaller(request));
}

async function lookUp(deps: RecordCallDependencies, callSid: string): ReturnType<TwilioRest['call']> {
  const reply = await deps.twilio.call(callSid);
  if (reply.kind === 'found' || !(await credentialsRenewed(deps, reply))) return reply;
  return deps.twilio.call(callSid);
}

/** Only Twilio can say that a call does not exist. Where Twilio cannot be asked, nothing is noted, and the request must be repeated. */
function notKnown(callSid: string, { kind, reason }: Refusal): ApiResponse {
  if (kind === 'not-found') {
    const error = `Twilio knows no call ${callSid}. If it has begun just now, ask again in a few seconds.`;
    return jsonReply(404, { error });
  }
  const error = `Twilio could not be asked for the call (${reason}), so nothing was noted. Ask again.`;
  const reply = jsonReply(503, { error });
  return { ...reply, headers: { ...reply.headers, 'retry-after': '1' } };
}

/** The row first: what is acknowledged must not depend on a message. */
async function note(deps: RecordCallDependencies, call: TwilioCall, caller: string | undefined): Promise<ApiResponse> {
  const { callSid } = call;
  const now = deps.clock.now();
  const { row, changed } = await changeRow(deps, { kind: 'call', callSid }, (known) =>
    requestedCall(known, call, caller ?? 'unknown', now),
  );
  if (!row) throw new Error('A row that was read has gone.');
  if (!changed) return standing(row);
  deps.log.info('The recording of a call was requested', { event: 'call_requested', callSid, caller });
  deps.log.count('CallRequested');
  try {
    await deps.startQueue.send({ callSid, startedAt: row.startedAt ?? now });
  } catch (error) {
    deps.log.warn('The start could not be queued, the sweep will queue it', {
      event: 'start_not_queued',
      callSid,
      error,
    });
  }
  await noteParty(deps, call, row).catch((error: unknown) =>
    deps.log.warn('The call cannot be found by its other party yet', { event: 'party_not_noted', callSid, error }),
  );
  return standing(row);
}

/** How the call stands, and whether anything is still to come. */
function standing(row: CallRow): ApiResponse {
  const { callSid, state, reason } = row;
  if (state === 'unrecordable') {
    return jsonReply(409, { error: `The call ${callSid} cannot be recorded (${reason ?? state}).` });
  }
  const { recordings: _none, ...story } = storyOf(callSid, [row]);
  return jsonReply(state === 'recording' ? 200 : 202, story);
}
