/** A call that one invocation has claimed. */

import type { StepPorts } from '../shared/ports/step-ports.ts';
import type { Credentials, TwilioRest } from '../shared/ports/twilio.ts';
import { changeRow } from '../shared/rows/change-row.ts';
import type { CallRow, Draft } from '../shared/rules/table/rows.ts';

export interface RecordingStartDependencies extends StepPorts {
  readonly twilio: TwilioRest;
  readonly credentials: Credentials;
}

export interface ClaimedCall {
  readonly call: CallRow;
  readonly owner: string;
  /** A start request may be under way since an earlier attempt. */
  readonly inDoubt: boolean;
}

/** Changes the call only while this invocation has claimed it. */
export async function changeOwnCall(
  deps: Pick<RecordingStartDependencies, 'table' | 'randomness' | 'clock'>,
  callSid: string,
  owner: string,
  rule: (call: Draft<CallRow>) => Draft<CallRow>,
): Promise<void> {
  await changeRow(deps, { kind: 'call', callSid }, (row) => (row?.claim?.owner === owner ? rule(row) : undefined));
}
