/** A call that one invocation has claimed. */
import type { WithoutStream } from '../shared/contract/settings.ts';
import type { StepPorts } from '../shared/ports/step-ports.ts';
import type { Credentials, TwilioRest } from '../shared/ports/twilio.ts';
import { changeRow } from '../shared/rows/change-row.ts';
import { unrecordedSince } from '../shared/rules/call/call.ts';
import type { CallRow, Draft } from '../shared/rules/table/rows.ts';
import { type Instant, SECOND } from '../shared/rules/values/instant.ts';

export interface RecordingStartDependencies extends StepPorts {
  readonly twilio: TwilioRest;
  readonly credentials: Credentials;
  /** For numbers whose voice URL says nothing of it. */
  readonly withoutStream: WithoutStream;
}

export interface ClaimedCall {
  readonly call: CallRow;
  /** When the call's stream started. */
  readonly startedAt: Instant;
  readonly owner: string;
  /** A start request may be under way since an earlier attempt. */
  readonly inDoubt: boolean;
}

/** Changes the call only while this invocation has claimed it, and measures how long it has gone unrecorded if it still does. */
export async function changeOwnCall(
  deps: Pick<RecordingStartDependencies, 'table' | 'randomness' | 'clock' | 'log'>,
  callSid: string,
  owner: string,
  rule: (call: Draft<CallRow>) => Draft<CallRow>,
): Promise<void> {
  const own = (row: Draft<CallRow> | undefined) => (row?.claim?.owner === owner ? rule(row) : undefined);
  const { row, changed } = await changeRow(deps, { kind: 'call', callSid }, own);
  if (row && changed) measureThisUnrecorded(deps, row);
}

export function measureThisUnrecorded(
  deps: Pick<RecordingStartDependencies, 'clock' | 'log'>,
  call: Draft<CallRow>,
): void {
  const since = unrecordedSince(call);
  if (since !== undefined) deps.log.measure('OldestUnrecordedSeconds', (deps.clock.now() - since) / SECOND);
}
