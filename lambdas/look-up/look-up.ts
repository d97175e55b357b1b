/** Tells what became of a call, and what was called and recorded when. Changes nothing but the audit, and asks Twilio nothing. */
import pMap from 'p-map';
import { AUDIT_ROUTE, LOOK_UP_ROUTES } from '../shared/contract/http.ts';
import type { ApiResponse } from '../shared/entry/api-response.ts';
import { answerAudited } from '../shared/entry/enter.ts';
import { jsonReply as reply } from '../shared/entry/iam-request.ts';
import { plainRoute, seesCall, viewerOf } from '../shared/entry/viewer.ts';
import type { CallIndex, DayCandidate, RecordingIndex, Table } from '../shared/ports/table.ts';
import { type LinkDependencies, linkToAudio } from '../shared/rows/link-to-audio.ts';
import { searchByDay } from '../shared/rows/search-by-day.ts';
import { recordingsOf, storyOf, storyOfRecording } from '../shared/rules/call/story.ts';
import { howToFetch } from '../shared/rules/recording/playable.ts';
import type { AuditedAct } from '../shared/rules/table/audit.ts';
import type { RecordingRow } from '../shared/rules/table/rows.ts';
import { toIso } from '../shared/rules/values/instant.ts';
import { isCallSid } from '../shared/rules/values/sids.ts';
import { type ListCallsDependencies, listCalls, SEARCH_MS } from './calls.ts';
import { issueLink } from './link.ts';
import { type ReadPeaksDependencies, readPeaks } from './peaks.ts';
import { type ReadAuditDependencies, readAudit } from './read-audit.ts';
import { cursorOf, filterOf, type LookUpRequest, readCallRequest, readListRequest, type WithLinks } from './request.ts';

export interface LookUpDependencies
  extends LinkDependencies,
    Omit<ListCallsDependencies, 'audit'>,
    ReadAuditDependencies,
    Pick<ReadPeaksDependencies, 'peaks'> {
  readonly table: Pick<Table, 'read' | 'readCall'>;
  readonly index: RecordingIndex & CallIndex;
}

/** Rows read concurrently. */
const AT_ONCE = { concurrency: 20 };

/** One request, which IAM or, of the hosted console, a user's token has authorized. */
export async function lookUp(deps: LookUpDependencies, request: LookUpRequest): Promise<ApiResponse> {
  const route = plainRoute(request);
  if (route === LOOK_UP_ROUTES.call) return lookUpCall(deps, request);
  if (route === LOOK_UP_ROUTES.calls) return listCalls(deps, request);
  if (route === LOOK_UP_ROUTES.recordings) return listRecordings(deps, request);
  if (route === LOOK_UP_ROUTES.peaks) return readPeaks(deps, request);
  if (route === LOOK_UP_ROUTES.link) return issueLink(deps, request);
  if (route === AUDIT_ROUTE) return readAudit(deps, request);
  return reply(404, { error: 'There is no such route.' });
}

async function lookUpCall(deps: LookUpDependencies, request: LookUpRequest): Promise<ApiResponse> {
  const callSid = request.pathParameters?.callSid;
  if (!isCallSid(callSid)) return reply(400, { error: 'A call SID is CA and 32 hex digits in lowercase letters.' });
  const asked = readCallRequest(request.queryStringParameters ?? {});
  if ('problems' in asked) return reply(400, { error: asked.problems.join(' ') });
  const rows = await deps.table.readCall(callSid);
  // The log keeps who asked for what: the answer leads to audio.
  const viewer = viewerOf(request);
  const { caller } = viewer;
  deps.log.info('A call was looked up', { event: 'call_looked_up', callSid, count: rows.length, caller });
  const act = { what: 'call-looked-up', callSid } as const;
  const unknown = reply(404, { error: `No call ${callSid} is known here.` });
  if (rows.length === 0) return answerAudited(deps, request, [act], unknown);
  // Nothing may tell it from a call that the table does not know.
  if (!seesCall(viewer, rows)) return answerAudited(deps, request, [{ ...act, refused: true }], unknown);
  const recordings = await Promise.all(recordingsOf(rows).map((row) => told(deps, row, asked)));
  const answer = reply(200, { ...storyOf(callSid, rows), recordings: recordings.map(({ story }) => story) });
  return answerAudited(deps, request, [act, ...recordings.flatMap(({ act }) => act ?? [])], answer);
}

async function listRecordings(deps: LookUpDependencies, request: LookUpRequest): Promise<ApiResponse> {
  const given = request.queryStringParameters ?? {};
  const asked = readListRequest(given, deps.clock.now());
  if ('problems' in asked) return reply(400, { error: asked.problems.join(' ') });
  const begun = deps.clock.now();
  const { found, next } = await searchByDay(deps.index, asked, () => deps.clock.now() - begun <= SEARCH_MS);
  const rows = await pMap(found, (key) => deps.table.read({ kind: 'recording', ...sidsOf(key) }), AT_ONCE);
  // The index may be stale: the rows themselves decide.
  const fitting = rows
    .filter((row) => row !== undefined)
    .filter(({ state }) => asked.state === undefined || state === asked.state);
  const { caller } = viewerOf(request);
  deps.log.info('Recordings were listed', { event: 'recordings_listed', count: fitting.length, caller });
  const recordings = await Promise.all(fitting.map((row) => told(deps, row, asked)));
  const answer = reply(200, {
    ...{ from: toIso(asked.from), to: toIso(asked.to) },
    recordings: recordings.map(({ story }) => story),
    ...(next !== undefined && { next: cursorOf(next) }),
  });
  const act = { what: 'recordings-listed', filter: filterOf(given, asked) } as const;
  return answerAudited(deps, request, [act, ...recordings.flatMap(({ act }) => act ?? [])], answer);
}

const sidsOf = ({ callSid, recordingSid }: DayCandidate) => ({ callSid, recordingSid });

interface Told {
  readonly story: object;
  /** The link, where there is one. */
  readonly act?: AuditedAct;
}

/**
 * The recording's story, with a link to its audio in S3, or else at Twilio; or how to fetch it, where no link can be given. Without links
 * that is the same for all that is at Twilio only.
 */
async function told(deps: LookUpDependencies, row: RecordingRow, { withLinks }: WithLinks): Promise<Told> {
  const story = storyOfRecording(row);
  const playback = withLinks ? await linkToAudio(deps, row) : undefined;
  const { callSid, recordingSid } = row;
  if (playback) {
    return { story: { ...story, playback }, act: { what: 'link-issued', callSid, recordingSid, for: 'play' } };
  }
  return { story: story.audio.where === 'twilio' ? { ...story, howToFetch: howToFetch(row) } : story };
}
