/** Several recordings of one call are possible; each is kept and copied, and the owner is informed. */
import type { Log } from '../ports/log.ts';
import type { CallRow, RecordingRow } from '../rules/table/rows.ts';
import { type ChangeDependencies, changeRow } from './change-row.ts';

/** Flags every recording of the call but its own: one that is proven to be ours, else the one that its row names, else the oldest. */
export async function flagExtraRecordings(
  deps: ChangeDependencies & { readonly log: Log },
  callSid: string,
): Promise<void> {
  const rows = await deps.table.readCall(callSid);
  const recordings = rows.filter((row): row is RecordingRow => row.kind === 'recording');
  if (recordings.length < 2) return;
  const call = rows.find((row): row is CallRow => row.kind === 'call');
  const proven = recordings.filter(({ proof }) => proof !== undefined);
  const eligible = proven.length > 0 ? proven : recordings;
  const named = eligible.find(({ recordingSid }) => recordingSid === call?.recordingSid);
  const oldest = eligible.reduce((first, row) => (row.notedAt < first.notedAt ? row : first));
  const own = named ?? oldest;
  for (const { recordingSid, extra } of recordings) {
    if (recordingSid === own.recordingSid || extra) continue;
    const { changed } = await changeRow(deps, { kind: 'recording', callSid, recordingSid }, (row) =>
      row && !row.extra ? { ...row, extra: true } : undefined,
    );
    if (!changed) continue;
    deps.log.count('ExtraRecording');
    deps.log.warn('The call has an extra recording; it is kept', { event: 'recording_extra', callSid, recordingSid });
  }
}
