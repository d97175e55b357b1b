/** The audit and the index by day, in memory. */

import { HELD_CALLS } from '../../../lambdas/shared/contract/table.ts';
import type { Audit } from '../../../lambdas/shared/ports/audit.ts';
import type { CallIndex } from '../../../lambdas/shared/ports/table.ts';
import type { AuditEntry } from '../../../lambdas/shared/rules/table/audit.ts';
import { placeInDay } from '../../../lambdas/shared/rules/table/by-day.ts';
import type { TableModel } from '../../../sim/aws/table.ts';

export class KeptAudit implements Pick<Audit, 'write'> {
  readonly entries: AuditEntry[] = [];
  isOut = false;

  async write(entry: AuditEntry): Promise<void> {
    if (this.isOut) throw new Error('The audit cannot be written.');
    this.entries.push(entry);
  }
}

/** The partition of holds alone, never stale. */
export const indexOfHolds = (table: TableModel): Pick<CallIndex, 'entriesOfDay'> => ({
  async entriesOfDay({ shard, from, before, limit }) {
    if (shard !== HELD_CALLS) throw new Error(`Nobody lists ${shard} here.`);
    return table
      .rows()
      .flatMap((row) => (row.kind === 'hold' && row.state === 'held' ? [row] : []))
      .map(({ callSid, heldSince }) => ({ callSid, place: placeInDay(heldSince, callSid) }))
      .filter(({ place }) => place >= from && place < before)
      .sort((one, other) => (one.place < other.place ? 1 : -1))
      .slice(0, limit);
  },
});
