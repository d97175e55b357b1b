/** The model in motion: its state on disk, and what its effects mean here. */
import { join } from 'node:path';
import type { Reply } from '../../../sim/twilio/errors.ts';
import { apply } from '../../../sim/twilio/model.ts';
import type { Effect, Instructions } from '../../../sim/twilio/outcome.ts';
import type { TwilioRequest } from '../../../sim/twilio/requests.ts';
import { makeState, type TwilioState } from '../../../sim/twilio/state.ts';
import type { Line } from '../call/line.ts';
import { makeRecorder, type Recorder } from '../call/recorder.ts';
import type { Clock } from './clock.ts';
import type { TwilioServerEvent, TwilioServerEventBody } from './events.ts';
import type { TwilioServerOptions } from './options.ts';
import { openStore } from './store.ts';
import { sendWebhook } from './webhook.ts';

/** What the engine asks of the calls in progress. */
export interface Telephony {
  /** The audio of a call; undefined where it is over. */
  line(callSid: string): Line | undefined;
  dial(callSid: string, instructions: Instructions): void;
  redirect(callSid: string, instructions: Instructions): void;
  hangUp(callSid: string): void;
}

export interface Engine {
  readonly recorder: Recorder;
  state(): TwilioState;
  /** Changes the state, stores it, then does what follows from it. */
  act(request: TwilioRequest): Reply;
  emit(event: TwilioServerEventBody): void;
  warn(callSid: string | null, code: number, message: string): void;
  token(): string;
  /** Resources and callbacks carry addresses under this one from now on; work left by an earlier start is taken up. */
  resume(baseUrl: string): void;
  /** No more callbacks: the next start owes them. */
  close(): void;
}

/** @throws Error where the data directory cannot be read */
export function makeEngine(options: TwilioServerOptions, clock: Clock, telephony: Telephony): Engine {
  const { credentials, random = Math.random, onEvent = () => undefined } = options;
  const store = openStore(options.dataDirectory);
  const recorder = makeRecorder(join(options.dataDirectory, 'recordings'));
  const closing = new AbortController();
  const token = (): string => Array.from({ length: 32 }, () => Math.floor(random() * 16).toString(16)).join('');
  let state = store.load(makeState(credentials, token(), options.settings));

  function emit(event: TwilioServerEventBody): void {
    // The union of events loses its discrimination when a property is added to it.
    onEvent({ ...event, at: clock.now() } as TwilioServerEvent);
  }
  function act(request: TwilioRequest): Reply {
    const known = request.kind === 'recording-processed' ? withLength(request) : request;
    const before = state;
    const { state: after, reply, effects } = apply(before, clock.now(), known);
    store.save(before, after);
    state = after;
    for (const effect of effects) perform(effect);
    if (request.kind === 'recording-processed') tellCompleted(request.recordingSid);
    return reply;
  }
  function withLength(request: TwilioRequest & { kind: 'recording-processed' }): TwilioRequest {
    const recording = state.recordings.get(request.recordingSid);
    return { ...request, audioMilliseconds: recorder.length(request.recordingSid, recording?.channels ?? 1) };
  }
  function tellCompleted(recordingSid: string): void {
    const recording = state.recordings.get(recordingSid);
    if (recording?.status !== 'completed' && recording?.status !== 'absent') return;
    const { status, callSid, audioMilliseconds } = recording;
    emit({ kind: 'recording-completed', callSid, recordingSid, status, milliseconds: audioMilliseconds ?? 0 });
  }
  function perform(effect: Effect): void {
    switch (effect.kind) {
      case 'callback':
        void callBack(effect);
        break;
      case 'later':
        clock.after(effect.at - clock.now(), () => act(effect.request));
        break;
      case 'record': {
        const { callSid, recordingSid, channels, track } = effect;
        const line = telephony.line(callSid);
        if (line) recorder.start(line, recordingSid, channels, track);
        emit({ kind: 'recording-started', callSid, recordingSid });
        break;
      }
      case 'pause':
        recorder.pause(effect.recordingSid, effect.behavior);
        break;
      case 'resume':
        recorder.resume(effect.recordingSid);
        break;
      case 'stop':
        recorder.stop(effect.recordingSid, state.recordings.get(effect.recordingSid)?.channels ?? 1);
        break;
      case 'discard': {
        recorder.discard(effect.recordingSid);
        const recording = state.recordings.get(effect.recordingSid);
        if (recording?.status !== 'deleted') break;
        emit({ kind: 'recording-deleted', callSid: recording.callSid, recordingSid: recording.sid });
        break;
      }
      case 'dial':
        telephony.dial(effect.callSid, effect.instructions);
        break;
      case 'redirect':
        telephony.redirect(effect.callSid, effect.instructions);
        break;
      case 'hang-up':
        telephony.hangUp(effect.callSid);
        break;
    }
  }
  async function callBack(effect: Effect & { kind: 'callback' }): Promise<void> {
    const { url, method, parameters, callSid, settles } = effect;
    const { authToken } = credentials;
    const { signal } = closing;
    const result = await sendWebhook({ url, method, parameters, authToken, idempotencyToken: token(), signal });
    // A server that closes owes the callback to its next start.
    if (signal.aborted) return;
    const status = result.kind === 'reply' ? result.status : null;
    const event = parameters.RecordingStatus ?? parameters.CallStatus ?? '';
    emit({ kind: 'callback-sent', callSid, event, status, attempts: result.attempts });
    if (result.kind === 'failure') warn(callSid, 11_200, `${url}: ${result.message}`);
    else if (result.status >= 400) warn(callSid, 11_200, `${url} answered ${result.status}`);
    if (settles) act(settles);
  }
  function warn(callSid: string | null, code: number, message: string): void {
    emit({ kind: 'warning', callSid, code, message });
  }

  return {
    ...{ recorder, act, emit, warn, token },
    state: () => state,
    resume(baseUrl) {
      state = { ...state, settings: { ...state.settings, baseUrl } };
      act({ kind: 'restarted' });
    },
    close: () => closing.abort(),
  };
}
