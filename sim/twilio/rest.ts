/** Twilio's REST API: authentication, routing, and the resources of calls and recordings. */
import { addCall, callEvents, callSeenByRest, endCall, isOver } from './calls.ts';
import {
  announcedRefusal,
  invalidParameter,
  METHOD_NOT_ALLOWED,
  notEligible,
  notFound,
  type Reply,
  refusal,
  TOO_MANY_REQUESTS,
  UNAUTHENTICATED,
} from './errors.ts';
import { page, timeFilter } from './listing.ts';
import { type Outcome, outcome } from './outcome.ts';
import { parseCallbackTarget, parseInstructions, parseRecordingOptions } from './parameters.ts';
import { deleteRecording, type Recording, recordedLeg, startRecording, updateRecording } from './recordings.ts';
import { renderCall, renderCallRecording, renderRecording } from './render.ts';
import type { Call, TwilioState } from './state.ts';

export interface RestRequest {
  readonly kind: 'rest';
  readonly method: string;
  /** Path and query as sent. */
  readonly target: string;
  /** Value of the Authorization header. */
  readonly authorization?: string | undefined;
  /** The body as sent, form-encoded. */
  readonly body?: string;
  /** Requests in progress, this one included. */
  readonly concurrent?: number;
}

/** A request that has passed authentication and names a resource of the account. */
interface Context {
  readonly state: TwilioState;
  readonly now: number;
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly form: URLSearchParams;
}

type Route = readonly [RegExp, (context: Context, ...sids: string[]) => Outcome];

const ROUTES: readonly Route[] = [
  [/^\/Calls\.json$/, callList],
  [/^\/Calls\/(CA[0-9a-f]{32})\.json$/i, callInstance],
  [/^\/Calls\/(CA[0-9a-f]{32})\/Recordings\.json$/i, callRecordings],
  [/^\/Calls\/(CA[0-9a-f]{32})\/Recordings\/(RE[0-9a-f]{32}|Twilio\.CURRENT)\.json$/i, callRecording],
  [/^\/Recordings\.json$/, recordingList],
  [/^\/Recordings\/(RE[0-9a-f]{32})\.json$/i, recordingInstance],
  [/^\/Recordings\/(RE[0-9a-f]{32})(\.wav|\.mp3|)$/i, recordingMedia],
];

/** Answers a request as `api.twilio.com` does. Errors are replies, never thrown. */
export function answer(state: TwilioState, now: number, request: RestRequest): Outcome {
  const url = parseTarget(request.target);
  if (!url) return outcome(state, notFound(request.target));
  if (state.refusals) {
    const { status, count } = state.refusals;
    const refusals = count > 1 ? { status, count: count - 1 } : null;
    return outcome({ ...state, refusals }, announcedRefusal(status));
  }
  if ((request.concurrent ?? 0) > state.settings.concurrentRequests) return outcome(state, TOO_MANY_REQUESTS);
  if (!isAuthentic(state, request.authorization)) return outcome(state, UNAUTHENTICATED);
  const [, accountSid, rest] = /^\/2010-04-01\/Accounts\/(AC[0-9a-f]{32})(\/.*)$/i.exec(url.pathname) ?? [];
  if (accountSid === undefined || rest === undefined) return outcome(state, notFound(url.pathname));
  if (accountSid !== state.credentials.accountSid) return outcome(state, UNAUTHENTICATED);
  for (const [pattern, handle] of ROUTES) {
    const match = pattern.exec(rest);
    if (!match) continue;
    const form = new URLSearchParams(request.body ?? '');
    const { method } = request;
    return handle({ state, now, method, path: url.pathname, query: url.searchParams, form }, ...match.slice(1));
  }
  return outcome(state, notFound(url.pathname));
}

function parseTarget(target: string): URL | null {
  return URL.canParse(target, 'http://host') ? new URL(target, 'http://host') : null;
}

/** Basic authentication by account SID and auth token, or by API key SID and secret. */
function isAuthentic({ credentials }: TwilioState, authorization: string | undefined): boolean {
  const [, encoded] = /^Basic (\S+)$/i.exec(authorization ?? '') ?? [];
  if (encoded === undefined) return false;
  const given = Buffer.from(encoded, 'base64').toString('utf8');
  const { accountSid, authToken, apiKeySid, apiKeySecret } = credentials;
  if (given === `${accountSid}:${authToken}`) return true;
  return apiKeySid !== undefined && apiKeySecret !== undefined && given === `${apiKeySid}:${apiKeySecret}`;
}

function callList(context: Context): Outcome {
  const { state, now, method, path, query, form } = context;
  if (method === 'POST') return placeCall(state, now, form);
  if (method !== 'GET') return outcome(state, METHOD_NOT_ALLOWED);
  const started = timeFilter('StartTime', query);
  if (typeof started !== 'function') return outcome(state, started);
  const same = (name: string, value: string | null): boolean => !query.has(name) || query.get(name) === value;
  const matches = (call: Call): boolean =>
    callSeenByRest(state, now, call.sid) === call &&
    same('To', call.to) &&
    same('From', call.from) &&
    same('Status', call.status) &&
    same('ParentCallSid', call.parentCallSid) &&
    started(call.answeredAt ?? call.createdAt);
  return outcome(
    state,
    page(path, query, 'calls', state.calls.values(), matches, (call) => renderCall(state, call)),
  );
}

/** `POST Calls.json`: an outbound call. */
function placeCall(state: TwilioState, now: number, form: URLSearchParams): Outcome {
  const to = form.get('To');
  const from = form.get('From');
  if (!to) return outcome(state, refusal(400, 21201, "No 'To' number is specified"));
  if (!from) return outcome(state, refusal(400, 21213, "No 'From' number is specified"));
  const instructions = parseInstructions(form);
  if (!instructions) return outcome(state, refusal(400, 21205, 'Url parameter is required.'));
  const statusCallback = parseCallbackTarget(form, 'StatusCallback', ['initiated', 'ringing', 'answered', 'completed']);
  if (statusCallback && 'status' in statusCallback) return outcome(state, statusCallback);
  const [next, call] = addCall(state, now, { to, from, direction: 'outbound-api', statusCallback });
  return outcome(next, { status: 201, body: renderCall(next, call), sid: call.sid }, [
    ...callEvents(call, now, 'initiated'),
    { kind: 'dial', callSid: call.sid, instructions },
  ]);
}

function callInstance(context: Context, sid: string): Outcome {
  const { state, now, method, path } = context;
  const seen = callSeenByRest(state, now, sid);
  if (seen === undefined || seen === 'not-found') return outcome(state, notFound(path));
  const call = seen === 'not-eligible' ? state.calls.get(sid) : seen;
  if (!call) return outcome(state, notFound(path));
  if (method === 'GET') return outcome(state, { status: 200, body: renderCall(state, call) });
  if (method === 'POST') return updateCall(context, call);
  if (method !== 'DELETE') return outcome(state, METHOD_NOT_ALLOWED);
  if (!isOver(call)) return outcome(state, refusal(400, 20001, 'Call in progress cannot be deleted'));
  const calls = new Map(state.calls);
  calls.delete(call.sid);
  return outcome({ ...state, calls }, { status: 204, body: null });
}

/** `POST Calls/CA….json`: hang up, cancel, or new instructions. */
function updateCall({ state, now, form }: Context, call: Call): Outcome {
  const status = form.get('Status');
  if (status !== null && status !== 'completed' && status !== 'canceled') {
    return outcome(state, invalidParameter('Status', 'completed or canceled'));
  }
  const answered = call.status === 'in-progress';
  const instructions = status === null ? parseInstructions(form) : null;
  const impossible = status === 'canceled' ? answered : status === null && !answered;
  if (isOver(call) || impossible) {
    return outcome(state, refusal(400, 21220, 'Call is not in-progress. Cannot redirect.'));
  }
  if (status === null) {
    const effects = instructions ? [{ kind: 'redirect', callSid: call.sid, instructions } as const] : [];
    return outcome(state, { status: 200, body: renderCall(state, call) }, effects);
  }
  const ended = endCall(state, now, call.sid, answered ? 'completed' : 'canceled');
  const changed = ended.state.calls.get(call.sid) ?? call;
  return outcome(ended.state, { status: 200, body: renderCall(ended.state, changed) }, [
    { kind: 'hang-up', callSid: call.sid },
    ...ended.effects,
  ]);
}

function callRecordings(context: Context, callSid: string): Outcome {
  const { state, now, method, path, form } = context;
  const seen = callSeenByRest(state, now, callSid);
  if (seen === undefined || seen === 'not-found') return outcome(state, notFound(path));
  const call = seen === 'not-eligible' ? state.calls.get(callSid) : seen;
  if (!call) return outcome(state, notFound(path));
  if (method === 'GET') return listRecordings(context, recordedLeg(call), renderCallRecording);
  if (method !== 'POST') return outcome(state, METHOD_NOT_ALLOWED);
  if (seen === 'not-eligible' || call.status !== 'in-progress') {
    return outcome(state, notEligible('Unable to create record'));
  }
  const options = parseRecordingOptions(form);
  if ('status' in options) return outcome(state, options);
  const [next, recording, effects] = startRecording(state, now, call, options);
  return outcome(next, { status: 201, body: renderCallRecording(next, recording), sid: recording.sid }, effects);
}

function callRecording(context: Context, callSid: string, recordingSid: string): Outcome {
  const { state, now, method, path, form } = context;
  const call = state.calls.get(callSid);
  const leg = call ? recordedLeg(call) : callSid;
  const ofCall = [...state.recordings.values()].filter((recording) => recording.callSid === leg);
  const found = ofCall.findLast((recording) =>
    recordingSid === 'Twilio.CURRENT'
      ? recording.status === 'in-progress' || recording.status === 'paused'
      : recording.sid === recordingSid && recording.status !== 'deleted',
  );
  if (!found) return outcome(state, notFound(path));
  if (method === 'GET') return outcome(state, { status: 200, body: renderCallRecording(state, found) });
  if (method === 'DELETE') return deleteRecording(state, now, found);
  if (method !== 'POST') return outcome(state, METHOD_NOT_ALLOWED);
  const updated = updateRecording(state, now, found, form);
  const changed = updated.state.recordings.get(found.sid);
  if (updated.reply.status !== 200 || !changed) return updated;
  return { ...updated, reply: { ...updated.reply, body: renderCallRecording(updated.state, changed) } };
}

function recordingList(context: Context): Outcome {
  if (context.method !== 'GET') return outcome(context.state, METHOD_NOT_ALLOWED);
  return listRecordings(context, context.query.get('CallSid'), renderRecording);
}

function listRecordings(
  { state, path, query }: Context,
  callSid: string | null,
  render: (state: TwilioState, recording: Recording) => object,
): Outcome {
  const created = timeFilter('DateCreated', query);
  if (typeof created !== 'function') return outcome(state, created);
  const deletedToo = query.get('IncludeSoftDeleted') === 'true';
  const conferenceOnly = query.has('ConferenceSid');
  const every = [...state.recordings.values()].map((recording) => ({ ...recording, createdAt: recording.startedAt }));
  const matches = (recording: Recording): boolean =>
    !conferenceOnly &&
    (deletedToo || recording.status !== 'deleted') &&
    (callSid === null || recording.callSid === callSid) &&
    created(recording.startedAt);
  return outcome(
    state,
    page(path, query, 'recordings', every, matches, (recording) => render(state, recording)),
  );
}

function recordingInstance({ state, now, method, path, query }: Context, sid: string): Outcome {
  const recording = state.recordings.get(sid);
  const deleted = recording?.status === 'deleted' && query.get('IncludeSoftDeleted') !== 'true';
  if (!recording || deleted) return outcome(state, notFound(path));
  if (method === 'GET') return outcome(state, { status: 200, body: renderRecording(state, recording) });
  if (method === 'DELETE') return deleteRecording(state, now, recording);
  return outcome(state, METHOD_NOT_ALLOWED);
}

/** The audio: only of a completed recording, and in no more channels than it was recorded in. */
function recordingMedia({ state, method, path, query }: Context, sid: string, extension: string): Outcome {
  const recording = state.recordings.get(sid);
  if (recording?.status !== 'completed') return outcome(state, notFound(path));
  if (method !== 'GET' && method !== 'HEAD') return outcome(state, METHOD_NOT_ALLOWED);
  const requested = query.get('RequestedChannels');
  if (requested !== null && requested !== '1' && requested !== '2') {
    return outcome(state, invalidParameter('RequestedChannels', '1 or 2'));
  }
  if (requested === '2' && recording.channels === 1) {
    return outcome(state, refusal(400, 20001, 'RequestedChannels=2: this recording has one channel'));
  }
  if (extension.toLowerCase() === '.mp3') {
    return outcome(state, refusal(501, 20501, 'This server has no MP3 encoder; ask for the .wav instead'));
  }
  const channels = requested === '1' ? 1 : recording.channels;
  const media: Reply['media'] = { recordingSid: sid, channels };
  return outcome(state, { status: 200, body: null, media });
}
