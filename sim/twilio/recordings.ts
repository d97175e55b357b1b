/** Rules for recordings: start, pause, stop, completion, and the webhooks on the way. */
import { invalidParameter, notEligible, notFound, type Reply } from './errors.ts';
import { rfc2822, wholeSeconds } from './format.ts';
import { type Effect, type Outcome, outcome } from './outcome.ts';
import {
  type Call,
  type CallbackTarget,
  issueSid,
  type Recording,
  type RecordingOptions,
  type TwilioState,
  withRecording,
} from './state.ts';

/** Shorter audio than this leaves no recording: status `absent`, error 16101. */
const SHORTEST_RECORDING_MILLISECONDS = 100;
/** https://www.twilio.com/docs/api/errors/16101: the recording was too short. */
const TOO_SHORT = 16101;

/** Begins to record a call. Several recordings of one call are independent of each other. */
export function startRecording(
  state: TwilioState,
  now: number,
  call: Call,
  options: RecordingOptions,
): [TwilioState, Recording, Effect[]] {
  const [issued, sid] = issueSid(state, 'RE');
  const recording: Recording = {
    actor: 'application',
    ...options,
    sid,
    accountSid: call.accountSid,
    callSid: recordedLeg(call),
    status: 'in-progress',
    createdAt: now,
    updatedAt: now,
    endedAt: null,
    pause: null,
    skippedMilliseconds: 0,
    audioMilliseconds: null,
    errorCode: null,
    callbacksOwed: [],
  };
  const { callSid, channels, track } = recording;
  const [next, callbacks] = oweCallback(withRecording(issued, recording), recording, 'in-progress');
  return [next, recording, [{ kind: 'record', callSid, recordingSid: sid, channels, track }, ...callbacks]];
}

/** Recordings and their callbacks are always filed under the parent leg. */
export function recordedLeg(call: Call): string {
  return call.parentCallSid ?? call.sid;
}

/** `Status=paused|in-progress|stopped` on a recording. */
export function updateRecording(state: TwilioState, now: number, recording: Recording, form: URLSearchParams): Outcome {
  const status = form.get('Status');
  const behavior = form.get('PauseBehavior') ?? 'silence';
  if (behavior !== 'silence' && behavior !== 'skip') {
    return outcome(state, invalidParameter('PauseBehavior', 'silence or skip'));
  }
  const running = recording.status === 'in-progress' || recording.status === 'paused';
  if (!running) return outcome(state, notEligible('Unable to update record'));
  const recordingSid = recording.sid;
  const unpaused = withoutPause(recording, now);
  const change = (changed: Recording, effects: Effect[]): Outcome =>
    outcome(withRecording(state, changed), { status: 200, body: null, sid: recordingSid }, effects);
  switch (status) {
    case 'paused': {
      const pause = recording.pause ?? { since: now, behavior };
      const paused: Recording = { ...recording, status: 'paused', updatedAt: now, pause };
      return change(paused, recording.pause ? [] : [{ kind: 'pause', recordingSid, behavior }]);
    }
    case 'in-progress':
      return change(
        { ...unpaused, status: 'in-progress', updatedAt: now },
        recording.pause ? [{ kind: 'resume', recordingSid }] : [],
      );
    case 'stopped':
      return change(
        { ...unpaused, status: 'stopped', updatedAt: now, endedAt: now },
        finishing(state, now, recordingSid),
      );
    default:
      return outcome(state, invalidParameter('Status', 'paused, in-progress or stopped'));
  }
}

/** The call is over: whatever still records it is processed. */
export function endRecordings(state: TwilioState, now: number, callSid: string): [TwilioState, Effect[]] {
  let next = state;
  const effects: Effect[] = [];
  for (const recording of state.recordings.values()) {
    if (recording.callSid !== callSid) continue;
    if (recording.status !== 'in-progress' && recording.status !== 'paused') continue;
    const ended: Recording = { ...withoutPause(recording, now), status: 'processing', updatedAt: now, endedAt: now };
    next = withRecording(next, ended);
    effects.push(...finishing(state, now, recording.sid));
  }
  return [next, effects];
}

/**
 * Completes a recording whose audio is finished. `audioMilliseconds` is the length of the file; without it, the length
 * follows from the recording's times.
 */
export function completeRecording(
  state: TwilioState,
  now: number,
  recordingSid: string,
  audioMilliseconds: number | undefined,
): Outcome {
  const recording = state.recordings.get(recordingSid);
  if (!recording) return outcome(state, notFound(recordingSid));
  const reply: Reply = { status: 200, body: null, sid: recordingSid };
  if (recording.status !== 'processing' && recording.status !== 'stopped') return outcome(state, reply);
  const ended = recording.endedAt ?? now;
  const length = audioMilliseconds ?? Math.max(0, ended - recording.createdAt - recording.skippedMilliseconds);
  const absent = length < SHORTEST_RECORDING_MILLISECONDS;
  const encrypts = state.settings.encryption !== undefined;
  const failed = !absent && encrypts && state.calls.get(recording.callSid)?.recordingsFail === true;
  const completed: Recording = {
    ...recording,
    status: absent ? 'absent' : failed ? 'failed' : 'completed',
    errorCode: absent ? TOO_SHORT : null,
    audioMilliseconds: length,
    updatedAt: now,
    ...(encrypts && !absent && !failed && { encryption: encryptionOf(recordingSid) }),
  };
  const [next, callbacks] = oweCallback(withRecording(state, completed), completed, completed.status);
  const discard = absent || failed ? [{ kind: 'discard', recordingSid } as const] : [];
  return outcome(next, reply, [...discard, ...callbacks]);
}

/** Every recording has a key of its own, encrypted with the account's. */
const encryptionOf = (recordingSid: string) => ({
  publicKeySid: `CR${'c'.repeat(32)}`,
  encryptedCek: `key of ${recordingSid}`,
  iv: `vector of ${recordingSid}`,
});

/** Deletes the media for good; the metadata stays. Twilio deletes no recording that is still being made. */
export function deleteRecording(state: TwilioState, now: number, recording: Recording): Outcome {
  if (!['completed', 'absent', 'failed'].includes(recording.status)) {
    return outcome(state, notEligible('Unable to delete record'));
  }
  const deleted: Recording = { ...recording, status: 'deleted', updatedAt: now };
  return outcome(withRecording(state, deleted), { status: 204, body: null }, [
    { kind: 'discard', recordingSid: recording.sid },
  ]);
}

/** Owes the callback for an event, where the starter of the recording has asked for it. */
function oweCallback(state: TwilioState, recording: Recording, event: string): [TwilioState, Effect[]] {
  if (!recording.callback?.events.includes(event)) return [state, []];
  const owing: Recording = { ...recording, callbacksOwed: [...recording.callbacksOwed, event] };
  return [withRecording(state, owing), [recordingCallback(state, owing, recording.callback, event)]];
}

/** The webhook that tells of an event of a recording. */
export function recordingCallback(
  state: TwilioState,
  recording: Recording,
  target: CallbackTarget,
  event: string,
): Effect {
  const { sid, callSid, accountSid } = recording;
  const parameters: Record<string, string> = {
    AccountSid: accountSid,
    CallSid: callSid,
    RecordingSid: sid,
    RecordingUrl: `${state.settings.baseUrl}/2010-04-01/Accounts/${accountSid}/Recordings/${sid}`,
    RecordingStatus: event,
    RecordingChannels: String(recording.channels),
    RecordingStartTime: rfc2822(recording.createdAt),
    RecordingSource: recording.source,
    RecordingTrack: recording.track,
    ErrorCode: String(recording.errorCode ?? 0),
  };
  if (event !== 'in-progress') parameters.RecordingDuration = String(recordingSeconds(recording) ?? 0);
  const settles = { kind: 'callback-settled', recordingSid: sid, event } as const;
  return { kind: 'callback', url: target.url, method: target.method, parameters, callSid, settles };
}

/** A recording's duration in whole seconds, null until it was processed. */
export function recordingSeconds(recording: Recording): number | null {
  return recording.audioMilliseconds === null ? null : wholeSeconds(0, recording.audioMilliseconds);
}

function finishing(state: TwilioState, now: number, recordingSid: string): Effect[] {
  const at = now + state.settings.processingMilliseconds;
  return [
    { kind: 'stop', recordingSid },
    { kind: 'later', at, request: { kind: 'recording-processed', recordingSid } },
  ];
}

function withoutPause(recording: Recording, now: number): Recording {
  if (!recording.pause) return recording;
  const skipped = recording.pause.behavior === 'skip' ? now - recording.pause.since : 0;
  return { ...recording, pause: null, skippedMilliseconds: recording.skippedMilliseconds + skipped };
}
