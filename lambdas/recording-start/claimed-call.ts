/** A call that one invocation has claimed. */

import type { Clock, Randomness } from '../shared/ports/clock.ts';
import type { Log } from '../shared/ports/log.ts';
import type { Table } from '../shared/ports/table.ts';
import type { Credentials, TwilioRest } from '../shared/ports/twilio.ts';
import { changeRow } from '../shared/rows/change-row.ts';
import type { CallRow, Draft } from '../shared/rules/table/rows.ts';

export interface RecordingStartDependencies {
  readonly table: Table;
  readonly twilio: TwilioRest;
  readonly credentials: Credentials;
  readonly clock: Clock;
  readonly randomness: Randomness;
  readonly log: Log;
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
