/** `POST /calls/{callSid}/recordings/{recordingSid}/link`: one link, to play or to download. */
import type { ApiResponse } from '../shared/entry/api-response.ts';
import { type AuditDependencies, answerAudited } from '../shared/entry/enter.ts';
import { jsonReply } from '../shared/entry/iam-request.ts';
import { readJsonBody } from '../shared/entry/json-body.ts';
import { viewerOf } from '../shared/entry/viewer.ts';
import type { Log } from '../shared/ports/log.ts';
import type { Table } from '../shared/ports/table.ts';
import { type LinkDependencies, linkToAudio } from '../shared/rows/link-to-audio.ts';
import { audioOf } from '../shared/rules/call/story.ts';
import { fileNameToPlay, howToFetch } from '../shared/rules/recording/playable.ts';
import { LINK_USES } from '../shared/rules/table/audit.ts';
import type { RecordingRow } from '../shared/rules/table/rows.ts';
import { isCallSid, isRecordingSid } from '../shared/rules/values/sids.ts';
import type { LookUpRequest } from './request.ts';
import { readVisible } from './visible.ts';

export interface IssueLinkDependencies extends LinkDependencies, AuditDependencies {
  readonly table: Pick<Table, 'read' | 'readCall'>;
  readonly log: Log;
}

export async function issueLink(deps: IssueLinkDependencies, request: LookUpRequest): Promise<ApiResponse> {
  const { callSid, recordingSid } = request.pathParameters ?? {};
  if (!isCallSid(callSid) || !isRecordingSid(recordingSid)) return jsonReply(400, { error: SIDS });
  const use = LINK_USES.find((one) => one === readJsonBody(request).for);
  if (!use) return jsonReply(400, { error: 'The body must be {"for": "play"} or {"for": "download"}.' });

  const named = { callSid, recordingSid };
  const viewer = viewerOf(request);
  const { row, refused } = await readVisible(deps.table, viewer, named);
  const link = row && (await linkToAudio(deps, row, use));
  // A caller who tries unknown SIDs is in the audit too.
  const act = link
    ? ({ what: 'link-issued', ...named, for: use } as const)
    : { what: 'call-looked-up' as const, ...named, ...refused };
  if (!row) {
    return answerAudited(
      deps,
      request,
      [act],
      jsonReply(404, { error: `No recording ${recordingSid} of that call is known here.` }),
    );
  }
  if (!link) return answerAudited(deps, request, [act], withoutLink(row));
  const answer = await answerAudited(deps, request, [act], jsonReply(200, { ...link, fileName: fileNameToPlay(row) }));
  if (answer.statusCode === 200) {
    deps.log.info('A link was issued', { event: 'link_issued', ...named, for: use, caller: viewer.caller });
  }
  return answer;
}

export const SIDS = 'A call SID is CA, and a recording SID RE, with 32 hex digits in lowercase letters.';

function withoutLink(row: RecordingRow): ApiResponse {
  const audio = audioOf(row);
  if (audio.where === 'nowhere') return jsonReply(409, { error: `There is no audio: ${audio.why}.` });
  const error = 'The audio is at Twilio only, and no link to it can be given.';
  return jsonReply(409, { error, howToFetch: howToFetch(row) });
}
