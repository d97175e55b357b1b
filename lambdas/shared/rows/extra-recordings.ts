/** Several recordings of one call are possible; each is kept and copied, and the owner is informed. */
import type { Log } from '../ports/log.ts';
import type { CallRow, RecordingRow } from '../rules/table/rows.ts';
import { type ChangeDependencies, changeRow } from './change-row.ts';

/**
 * Flags every recording of the call but its own: one that is proven to be ours, else the one that its row names, else the oldest. A row that
 * cannot be read is passed over: what is known of the others does not depend on it.
 */
export async function flagExtraRecordings(
  deps: ChangeDependencies & { readonly log: Log },
  callSid: string,
): Promise<void> {
  let unreadable = 0;
  const rows = await deps.table.readCall(callSid, (item) => {
    if (item.startsWith('RECORDING#')) unreadable += 1;
    deps.log.error('A row of the call cannot be read; it is left as it is', {
      event: 'row_unreadable',
      callSid,
      key: item,
    });
  });
  const recordings = rows.filter((row): row is RecordingRow => row.kind === 'recording');
  if (recordings.length === 0 || recordings.length + unreadable < 2) return;
  const call = rows.find((row): row is CallRow => row.kind === 'call');
  const own = ownOf(call, recordings);
  for (const { recordingSid, extra } of recordings) {
    if (recordingSid === own || extra) continue;
    const { changed } = await changeRow(deps, { kind: 'recording', callSid, recordingSid }, (row) =>
      row && !row.extra ? { ...row, extra: true } : undefined,
    );
    if (!changed) continue;
    // Imported recordings belong to calls that this recorder never had: nobody needs to be told of them.
    if (call !== undefined) deps.log.count('ExtraRecording');
    deps.log.warn('The call has an extra recording; it is kept', { event: 'recording_extra', callSid, recordingSid });
  }
}

/** What a 201 has named; else what is proven to be ours; else what was adopted; else the oldest. */
function ownOf(call: CallRow | undefined, recordings: readonly RecordingRow[]): string | undefined {
  if (call?.recordingSid !== undefined && !call.adopted) return call.recordingSid;
  const proven = recordings.filter(({ proof }) => proof !== undefined);
  const eligible = proven.length > 0 ? proven : recordings;
  const adopted = eligible.find(({ recordingSid }) => recordingSid === call?.recordingSid);
  const [oldest] = [...eligible].sort((one, other) => one.notedAt - other.notedAt);
  return (adopted ?? oldest)?.recordingSid;
}
