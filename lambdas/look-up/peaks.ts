/** `GET /calls/{callSid}/recordings/{recordingSid}/peaks`: what a waveform is drawn from. */
import type { ApiResponse } from '../shared/entry/api-response.ts';
import { jsonReply } from '../shared/entry/iam-request.ts';
import type { PeakStore } from '../shared/ports/peak-store.ts';
import type { Table } from '../shared/ports/table.ts';
import { peaksKey } from '../shared/rules/recording/storage-key.ts';
import { isCallSid, isRecordingSid } from '../shared/rules/values/sids.ts';
import { SIDS } from './link.ts';
import type { LookUpRequest } from './request.ts';

export interface ReadPeaksDependencies {
  readonly table: Pick<Table, 'read'>;
  readonly peaks: Pick<PeakStore, 'read'>;
}

export async function readPeaks(deps: ReadPeaksDependencies, request: LookUpRequest): Promise<ApiResponse> {
  const { callSid, recordingSid } = request.pathParameters ?? {};
  if (!isCallSid(callSid) || !isRecordingSid(recordingSid)) return jsonReply(400, { error: SIDS });
  const row = await deps.table.read({ kind: 'recording', callSid, recordingSid });
  if (!row) return jsonReply(404, { error: `No recording ${recordingSid} of that call is known here.` });
  const key = peaksKey(callSid, recordingSid);
  const peaks = row.peaks && row.stored && (await deps.peaks.read(row.stored.bucket, key));
  if (peaks === undefined) return jsonReply(404, { error: `There are no peaks of ${recordingSid}.` });
  return { ...jsonReply(200, {}), body: peaks };
}
