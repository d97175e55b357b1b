/** Tells what became of a call, and what was called and recorded when. Changes nothing, and asks Twilio nothing. */
import pMap from 'p-map';
import { LOOK_UP_ROUTES } from '../shared/contract/http.ts';
import type { ApiResponse } from '../shared/entry/api-response.ts';
import { iamCaller as callerOf, jsonReply as reply } from '../shared/entry/iam-request.ts';
import type { Clock } from '../shared/ports/clock.ts';
import type { Log } from '../shared/ports/log.ts';
import type { CallIndex, DayCandidate, RecordingIndex, Table } from '../shared/ports/table.ts';
import { type LinkDependencies, linkToAudio } from '../shared/rows/link-to-audio.ts';
import { searchByDay } from '../shared/rows/search-by-day.ts';
import { recordingsOf, storyOf, storyOfRecording } from '../shared/rules/call/story.ts';
import { howToFetch } from '../shared/rules/recording/playable.ts';
import type { RecordingRow } from '../shared/rules/table/rows.ts';
import { toIso } from '../shared/rules/values/instant.ts';
import { isCallSid } from '../shared/rules/values/sids.ts';
import { listCalls, SEARCH_MS } from './calls.ts';
import { cursorOf, type LookUpRequest, readListRequest } from './request.ts';

export interface LookUpDependencies extends LinkDependencies {
  readonly table: Pick<Table, 'read' | 'readCall'>;
  readonly index: RecordingIndex & CallIndex;
  readonly clock: Pick<Clock, 'now'>;
  readonly log: Log;
}

/** Rows read concurrently. */
const AT_ONCE = { concurrency: 20 };

/** One request, which IAM has authorized. */
export async function lookUp(deps: LookUpDependencies, request: LookUpRequest): Promise<ApiResponse> {
  if (request.routeKey === LOOK_UP_ROUTES.call) return lookUpCall(deps, request);
  if (request.routeKey === LOOK_UP_ROUTES.calls) return listCalls(deps, request);
  if (request.routeKey === LOOK_UP_ROUTES.recordings) return listRecordings(deps, request);
  return reply(404, { error: 'There is no such route.' });
}

async function lookUpCall(deps: LookUpDependencies, request: LookUpRequest): Promise<ApiResponse> {
  const callSid = request.pathParameters?.callSid;
  if (!isCallSid(callSid)) return reply(400, { error: 'A call SID is CA and 32 hex digits in small letters.' });
  const rows = await deps.table.readCall(callSid);
  // The log keeps who asked for what: the answer leads to audio.
  const caller = callerOf(request);
  deps.log.info('A call was looked up', { event: 'call_looked_up', callSid, count: rows.length, caller });
  if (rows.length === 0) return reply(404, { error: `No call ${callSid} is known here.` });
  const recordings = await Promise.all(recordingsOf(rows).map((row) => withPlayback(deps, row)));
  return reply(200, { ...storyOf(callSid, rows), recordings });
}

async function listRecordings(deps: LookUpDependencies, request: LookUpRequest): Promise<ApiResponse> {
  const asked = readListRequest(request.queryStringParameters ?? {}, deps.clock.now());
  if ('problems' in asked) return reply(400, { error: asked.problems.join(' ') });
  const begun = deps.clock.now();
  const { found, next } = await searchByDay(deps.index, asked, () => deps.clock.now() - begun <= SEARCH_MS);
  const rows = await pMap(found, (key) => deps.table.read({ kind: 'recording', ...sidsOf(key) }), AT_ONCE);
  // The index may be stale: the rows themselves decide.
  const fitting = rows
    .filter((row) => row !== undefined)
    .filter(({ state }) => asked.state === undefined || state === asked.state);
  const caller = callerOf(request);
  deps.log.info('Recordings were listed', { event: 'recordings_listed', count: fitting.length, caller });
  return reply(200, {
    ...{ from: toIso(asked.from), to: toIso(asked.to) },
    recordings: await Promise.all(fitting.map((row) => withPlayback(deps, row))),
    ...(next !== undefined && { next: cursorOf(next) }),
  });
}

const sidsOf = ({ callSid, recordingSid }: DayCandidate) => ({ callSid, recordingSid });

/** The recording's story, with a link to its audio in S3, or else at Twilio; or how to fetch it, where no link can be given. */
async function withPlayback(deps: LookUpDependencies, row: RecordingRow): Promise<object> {
  const story = storyOfRecording(row);
  const playback = await linkToAudio(deps, row);
  if (playback) return { ...story, playback };
  return story.audio.where === 'twilio' ? { ...story, howToFetch: howToFetch(row) } : story;
}
