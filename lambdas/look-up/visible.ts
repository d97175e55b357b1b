/** Reads a recording for somebody who may see it, or not. */

import { seesCall, type Viewer } from '../shared/entry/viewer.ts';
import type { Table } from '../shared/ports/table.ts';
import type { RecordingRow } from '../shared/rules/table/rows.ts';

interface Visible {
  readonly row: RecordingRow | undefined;
  /** For the audit: there is one, and the viewer does not see it. The answer must be as if there were none. */
  readonly refused?: { readonly refused: true };
}

export async function readVisible(
  table: Pick<Table, 'read' | 'readCall'>,
  viewer: Viewer,
  named: { readonly callSid: string; readonly recordingSid: string },
): Promise<Visible> {
  if (viewer.teams === 'all') return { row: await table.read({ kind: 'recording', ...named }) };
  const rows = await table.readCall(named.callSid);
  const row = rows.find((one) => one.kind === 'recording' && one.recordingSid === named.recordingSid);
  if (row === undefined || seesCall(viewer, rows)) return { row: row as RecordingRow | undefined };
  return { row: undefined, refused: { refused: true } };
}
