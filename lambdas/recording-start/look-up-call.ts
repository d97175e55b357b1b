/** Finds out what has become of a call whose stream has not started. */
import type { WithoutStream } from '../shared/contract/settings.ts';
import { credentialsRenewed } from '../shared/entry/renew-credentials.ts';
import type { StreamStartMessage } from '../shared/ports/queues.ts';
import type { CallProgress, Refusal } from '../shared/ports/twilio.ts';
import { changeRow } from '../shared/rows/change-row.ts';
import {
  answeredCall,
  awaitsStream,
  lookUpLater,
  recordedWithoutStream,
  shouldRecordSince,
  startImpossible,
  withoutStream,
} from '../shared/rules/call/call.ts';
import { isPastAnyCall, SHORT_CALL_SECONDS } from '../shared/rules/call/start-retry.ts';
import type { CallRow, Draft } from '../shared/rules/table/rows.ts';
import type { Instant } from '../shared/rules/values/instant.ts';
import { measureThisUnrecorded, type RecordingStartDependencies } from './claimed-call.ts';

/**
 * Asks Twilio whether the call is over, and notes what that means. The row keeps a due date until it is final, so that `sweep` has the
 * call looked up again.
 *
 * @returns the start that is to be made now, of a call that is recorded without its stream; `undefined` where the message is done with
 */
export async function lookUpCall(
  deps: RecordingStartDependencies,
  callSid: string,
): Promise<StreamStartMessage | undefined> {
  const key = { kind: 'call', callSid } as const;
  const known = await deps.table.read(key);
  if (known && !awaitsStream(known)) return startWithoutStream(known);

  const progress = await deps.twilio.callProgress(callSid);
  if ('reason' in progress) await credentialsRenewed(deps, progress);
  const now = deps.clock.now();
  let before: Draft<CallRow> | undefined;
  const { row, changed } = await changeRow(deps, key, (found) => {
    // The table has not taken the call when it was answered.
    before = found ?? answeredCall(callSid, now);
    // A stream that has started meanwhile outranks what was asked before.
    return awaitsStream(before) ? afterLookUp(before, progress, now, deps.withoutStream) : undefined;
  });
  if (row && before && changed) tell(deps, row, before, progress);
  return row && startWithoutStream(row);
}

/** The message is delivered again while Twilio refuses: then the call has been noted before. */
const startWithoutStream = ({ callSid, startedAt, noDisclaimer }: CallRow): StreamStartMessage | undefined =>
  noDisclaimer && startedAt !== undefined ? { callSid, startedAt } : undefined;

function afterLookUp(
  call: Draft<CallRow>,
  progress: CallProgress | Refusal,
  now: Instant,
  configured: WithoutStream,
): Draft<CallRow> {
  if (progress.kind === 'over') return startImpossible(call, call.attempts, 'no-stream: call-over');
  if (isPastAnyCall(now - (shouldRecordSince(call) ?? now))) {
    return startImpossible(call, call.attempts, 'no-stream: past-any-call');
  }
  if (progress.kind === 'live') {
    const isRecorded = (call.policy?.withoutStream ?? configured) === 'record';
    return isRecorded ? recordedWithoutStream(call, 'no-stream', now) : withoutStream(call, 'no-stream', now);
  }
  return lookUpLater(call, `no-stream: ${'reason' in progress ? progress.reason : progress.kind}`, now);
}

/** An unrecorded call counts once: when it is found to live without a stream, or else at its end. */
function tell(
  deps: RecordingStartDependencies,
  row: CallRow,
  before: Draft<CallRow>,
  progress: CallProgress | Refusal,
): void {
  const { callSid, reason } = row;
  if (row.state === 'unrecordable') {
    const short = 'durationSeconds' in progress && (progress.durationSeconds ?? 0) < SHORT_CALL_SECONDS;
    if (before.state === 'answered') deps.log.count(short ? 'CallTooShort' : 'CallUnrecordable');
    deps.log.error('The call cannot be recorded', { event: 'call_unrecordable', callSid, reason });
  } else if (row.noDisclaimer) {
    if (before.state === 'answered') deps.log.count('CallUnstreamed');
    deps.log.error('The call is recorded without a disclaimer: its stream has not started', {
      event: 'call_without_disclaimer',
      callSid,
      reason,
    });
  } else if (row.state === 'unstreamed' && before.state === 'answered') {
    deps.log.count('CallUnstreamed');
    deps.log.error('The call is not recorded: its stream has not started', {
      event: 'call_unstreamed',
      callSid,
      reason,
    });
  } else {
    deps.log.warn('The call still has no stream, it is looked up again', {
      event: 'call_looked_up_again',
      callSid,
      reason,
    });
  }
  measureThisUnrecorded(deps, row);
}
