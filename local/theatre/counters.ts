/** Whether anything is lost, counted at Twilio and in the table: what the functions say of themselves is no evidence. */
import type { Counters } from '../../console/api/theatre-contract.ts';
import type { System } from '../system/system.ts';
import { readTable } from '../watch/table-rows.ts';

export async function countRecordings(system: System): Promise<Counters> {
  const made = (system.twilio?.recordings() ?? []).filter(
    ({ status }) => status === 'completed' || status === 'deleted',
  );
  const rows = new Map((await readTable(system)).map((row) => [row.recordingSid, row]));
  const isStored = (sid: string) => rows.get(sid)?.stored !== undefined;
  const missing = made.filter(({ sid }) => !isStored(sid));
  const there = missing.filter(({ status }) => status !== 'deleted');
  return {
    made: made.length,
    stored: made.length - missing.length,
    atTwilio: there.filter(({ sid }) => rows.has(sid)).length,
    unnoted: there.filter(({ sid }) => !rows.has(sid)).length,
    lost: missing.length - there.length,
    extra: made.length - new Set(made.map(({ callSid }) => callSid)).size,
  };
}
