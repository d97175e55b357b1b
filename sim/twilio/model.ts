/**
 * Twilio as a pure model: calls, recordings and the REST API over them. `apply` has no clock, no randomness and no I/O,
 * so that a server and a deterministic simulation can wrap the same rules.
 */
import { addCall, endCall, isOver, progressCall } from './calls.ts';
import { notEligible, notFound } from './errors.ts';
import { type Effect, type Outcome, outcome } from './outcome.ts';
import { completeRecording, recordingCallback, startRecording, updateRecording } from './recordings.ts';
import type { TwilioRequest } from './requests.ts';
import { answer } from './rest/rest.ts';
import { type RecordingOptions, type TwilioState, withCall, withRecording } from './state.ts';
import { streamCallback } from './streams.ts';

/** One step: the reply, the new state, and what is to be done. Equal arguments give equal results. */
export function apply(state: TwilioState, now: number, request: TwilioRequest): Outcome {
  switch (request.kind) {
    case 'rest':
      return answer(state, now, request);
    case 'call-arrived': {
      const { kind: _arrived, earlyRefusal = 'not-found', ...known } = request;
      const [next, call] = addCall(state, now, { ...known, direction: 'inbound', earlyRefusal });
      return outcome(next, { status: 201, body: null, sid: call.sid });
    }
    case 'call-dialled': {
      const { from, to, parentCallSid } = request;
      const [next, call] = addCall(state, now, { from, to, parentCallSid, direction: 'outbound-dial' });
      return outcome(next, { status: 201, body: null, sid: call.sid });
    }
    case 'call-ringing':
      return progressCall(state, now, request.callSid, 'ringing');
    case 'call-answered':
      return progressCall(state, now, request.callSid, 'in-progress');
    case 'call-ended':
      return endCall(state, now, request.callSid, request.status);
    case 'stream-status':
      return streamCallback(state, now, request);
    case 'recording-started':
      return startByTwiml(state, now, request.callSid, request.options);
    case 'recording-stopped': {
      const recording = state.recordings.get(request.recordingSid);
      if (!recording) return outcome(state, notFound(request.recordingSid));
      return updateRecording(state, now, recording, new URLSearchParams({ Status: 'stopped' }));
    }
    case 'recording-processed':
      return completeRecording(state, now, request.recordingSid, request.audioMilliseconds);
    case 'recording-imported':
      return importRecording(state, now, request.callSid, request.audioMilliseconds, request.options);
    case 'callback-settled':
      return settleCallback(state, request.recordingSid, request.event);
    case 'refuse': {
      const { status, count } = request;
      return outcome({ ...state, refusals: count > 0 ? { status, count } : null }, { status: 200, body: null });
    }
    case 'restarted':
      return restart(state, now);
  }
}

function startByTwiml(state: TwilioState, now: number, callSid: string, options: RecordingOptions): Outcome {
  const call = state.calls.get(callSid);
  if (!call) return outcome(state, notFound(callSid));
  if (call.status !== 'in-progress') return outcome(state, notEligible('Unable to create record'));
  const [next, recording, effects] = startRecording(state, now, call, options);
  return outcome(next, { status: 201, body: null, sid: recording.sid }, effects);
}

function importRecording(
  state: TwilioState,
  now: number,
  callSid: string,
  audioMilliseconds: number,
  options: RecordingOptions,
): Outcome {
  const startedAt = now - audioMilliseconds;
  let known = state;
  let call = state.calls.get(callSid);
  if (!call) {
    const [added, arrived] = addCall(state, startedAt, { from: 'unknown', to: 'unknown', direction: 'inbound' });
    call = {
      ...arrived,
      sid: callSid,
      status: 'completed',
      answeredAt: startedAt,
      endedAt: now,
      registeredAt: startedAt,
    };
    const calls = new Map(added.calls);
    calls.delete(arrived.sid);
    known = withCall({ ...added, calls }, call);
  }
  const [started, recording] = startRecording(known, startedAt, call, options);
  const ended = { ...recording, status: 'processing', endedAt: now } as const;
  const completed = completeRecording(withRecording(started, ended), now, recording.sid, audioMilliseconds);
  return { ...completed, reply: { status: 201, body: null, sid: recording.sid } };
}

function settleCallback(state: TwilioState, recordingSid: string, event: string): Outcome {
  const recording = state.recordings.get(recordingSid);
  if (!recording) return outcome(state, notFound(recordingSid));
  const callbacksOwed = recording.callbacksOwed.filter((owed) => owed !== event);
  return outcome(withRecording(state, { ...recording, callbacksOwed }), { status: 200, body: null, sid: recordingSid });
}

function restart(state: TwilioState, now: number): Outcome {
  let next = state;
  const effects: Effect[] = [];
  for (const recording of state.recordings.values()) {
    const { sid: recordingSid, callback } = recording;
    for (const event of callback ? recording.callbacksOwed : []) {
      if (callback) effects.push(recordingCallback(state, recording, callback, event));
    }
    if (recording.status === 'processing' || recording.status === 'stopped') {
      const at = now + state.settings.processingMilliseconds;
      effects.push(
        { kind: 'stop', recordingSid },
        { kind: 'later', at, request: { kind: 'recording-processed', recordingSid } },
      );
    }
  }
  for (const { sid } of state.calls.values()) {
    const call = next.calls.get(sid);
    if (!call || isOver(call)) continue;
    const ended = endCall(next, now, sid, call.answeredAt === null ? 'failed' : 'completed');
    next = ended.state;
    effects.push(...ended.effects);
  }
  return outcome(next, { status: 200, body: null }, effects);
}
