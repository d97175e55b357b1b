/** `GET /calls/{callSid}/recordings/{recordingSid}/peaks`: what a waveform is drawn from. */
import type { ApiResponse } from '../shared/entry/api-response.ts';
import { type AuditDependencies, answerAudited } from '../shared/entry/enter.ts';
import { jsonReply } from '../shared/entry/iam-request.ts';
import { viewerOf } from '../shared/entry/viewer.ts';
import type { PeakStore } from '../shared/ports/peak-store.ts';
import type { Table } from '../shared/ports/table.ts';
import { peaksKey } from '../shared/rules/recording/storage-key.ts';
import { isCallSid, isRecordingSid } from '../shared/rules/values/sids.ts';
import { SIDS } from './link.ts';
import type { LookUpRequest } from './request.ts';
import { readVisible } from './visible.ts';

export interface ReadPeaksDependencies extends AuditDependencies {
  readonly table: Pick<Table, 'read' | 'readCall'>;
  readonly peaks: Pick<PeakStore, 'read'>;
}

export async function readPeaks(deps: ReadPeaksDependencies, request: LookUpRequest): Promise<ApiResponse> {
  const { callSid, recordingSid } = request.pathParameters ?? {};
  if (!isCallSid(callSid) || !isRecordingSid(recordingSid)) return jsonReply(400, { error: SIDS });
  const viewer = viewerOf(request);
  const { row, refused } = await readVisible(deps.table, viewer, { callSid, recordingSid });
  const unknown = jsonReply(404, { error: `No recording ${recordingSid} of that call is known here.` });
  // Reading peaks is no play, but trying SIDs is in the audit, known ones or not: else the time that it takes would tell them apart.
  const tried = { what: 'call-looked-up', callSid, recordingSid, ...refused } as const;
  if (!row) return viewer.teams === 'all' ? unknown : answerAudited(deps, request, [tried], unknown);
  const key = peaksKey(callSid, recordingSid);
  const peaks = row.peaks && row.stored && (await deps.peaks.read(row.stored.bucket, key));
  if (peaks === undefined) return jsonReply(404, { error: `There are no peaks of ${recordingSid}.` });
  return { ...jsonReply(200, {}), body: peaks };
}
