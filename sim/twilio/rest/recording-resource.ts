/** Recordings, of a call and of the account, and their audio. */
import { callSeenByRest } from '../calls.ts';
import { invalidParameter, METHOD_NOT_ALLOWED, notEligible, notFound, type Reply, refusal } from '../errors.ts';
import { type Outcome, outcome } from '../outcome.ts';
import { deleteRecording, recordedLeg, startRecording, updateRecording } from '../recordings.ts';
import type { Context } from '../requests.ts';
import type { Recording, TwilioState } from '../state.ts';
import { page, timeFilter } from './listing.ts';
import { parseRecordingOptions } from './parameters.ts';
import { renderCallRecording, renderRecording } from './render.ts';

export function callRecordings(context: Context, callSid: string): Outcome {
  const { state, now, method, path, form, actor } = context;
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
  const made = actor === undefined ? options : { ...options, actor };
  const [next, recording, effects] = startRecording(state, now, call, made);
  return outcome(next, { status: 201, body: renderCallRecording(next, recording), sid: recording.sid }, effects);
}

export function callRecording(context: Context, callSid: string, recordingSid: string): Outcome {
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

export function recordingList(context: Context): Outcome {
  if (context.method !== 'GET') return outcome(context.state, METHOD_NOT_ALLOWED);
  return listRecordings(context, context.query.get('CallSid'), renderRecording);
}

function listRecordings(
  { state, path, query }: Context,
  callSid: string | null,
  render: (state: TwilioState, recording: Recording) => object,
): Outcome {
  const created = timeFilter('DateCreated', query, state.settings.filtersBy);
  if (typeof created !== 'function') return outcome(state, created);
  const deletedToo = query.get('IncludeSoftDeleted') === 'true';
  const conferenceOnly = query.has('ConferenceSid');
  const matches = (recording: Recording): boolean =>
    !conferenceOnly &&
    (deletedToo || recording.status !== 'deleted') &&
    (callSid === null || recording.callSid === callSid) &&
    created(recording.createdAt);
  return outcome(
    state,
    page(state.settings, path, query, 'recordings', state.recordings.values(), matches, (recording) =>
      render(state, recording),
    ),
  );
}

export function recordingInstance({ state, now, method, path, query }: Context, sid: string): Outcome {
  const recording = state.recordings.get(sid);
  const deleted = recording?.status === 'deleted' && query.get('IncludeSoftDeleted') !== 'true';
  if (!recording || deleted) return outcome(state, notFound(path));
  if (method === 'GET') return outcome(state, { status: 200, body: renderRecording(state, recording) });
  if (method === 'DELETE') return deleteRecording(state, now, recording);
  return outcome(state, METHOD_NOT_ALLOWED);
}

/** The audio: only of a completed recording, and in no more channels than it was recorded in. */
export function recordingMedia(
  { state, now, method, path, query, range }: Context,
  sid: string,
  extension: string,
): Outcome {
  const recording = state.recordings.get(sid);
  if (recording?.status !== 'completed') return outcome(state, notFound(path));
  if (now < recording.updatedAt + state.settings.mediaDelayMilliseconds) return outcome(state, notFound(path));
  if (method !== 'GET' && method !== 'HEAD') return outcome(state, METHOD_NOT_ALLOWED);
  const requested = query.get('RequestedChannels');
  if (requested !== null && requested !== '1' && requested !== '2') {
    return outcome(state, invalidParameter('RequestedChannels', '1 or 2'));
  }
  if (requested === '2' && recording.channels === 1) {
    return outcome(state, refusal(400, 20001, 'RequestedChannels=2: this recording has one channel'));
  }
  const channels = requested === '1' ? 1 : recording.channels;
  const format = extension.toLowerCase() === '.mp3' ? 'mp3' : 'wav';
  if (format === 'mp3' && recording.encryption) {
    return outcome(state, refusal(400, 16109, 'An encrypted recording cannot be converted'));
  }
  // The length of an MP3 is not known before it is made, so that no part of it can be told.
  const isServed = state.settings.audioParts === 'served' && format === 'wav';
  const [, from] = (isServed && /^bytes=(\d+)-$/.exec(range ?? '')) || [];
  const media: Reply['media'] = {
    recordingSid: sid,
    channels,
    format,
    ...(from !== undefined && { from: Number(from) }),
  };
  return outcome(state, { status: 200, body: null, media });
}
