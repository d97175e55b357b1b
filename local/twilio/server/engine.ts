/** The model in motion: its state on disk, and what its effects mean here. */
import { join } from 'node:path';
import type { Reply } from '../../../sim/twilio/errors.ts';
import { apply } from '../../../sim/twilio/model.ts';
import type { TwilioRequest } from '../../../sim/twilio/requests.ts';
import { makeState, type TwilioState } from '../../../sim/twilio/state.ts';
import { makeRecorder } from '../call/recorder.ts';
import type { Clock } from './clock.ts';
import { type EffectContext, perform, type Telephony } from './effects.ts';
import type { TwilioServerEvent, TwilioServerEventBody } from './events.ts';
import type { TwilioServerOptions } from './options.ts';
import { openStore } from './store.ts';

export type Engine = ReturnType<typeof makeEngine>;

/** @throws Error where the data directory cannot be read */
export function makeEngine(options: TwilioServerOptions, clock: Clock, telephony: Telephony) {
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
  /** Changes the state, stores it, then does what follows from it. */
  function act(request: TwilioRequest): Reply {
    const known = request.kind === 'recording-processed' ? withLength(request) : request;
    const before = state;
    const { state: after, reply, effects } = apply(before, clock.now(), known);
    store.save(before, after);
    state = after;
    for (const effect of effects) perform(effect, context);
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
  function warn(callSid: string | null, code: number, message: string): void {
    emit({ kind: 'warning', callSid, code, message });
  }
  const context: EffectContext = {
    ...{ clock, telephony, recorder, act, emit, warn, token },
    authToken: credentials.authToken,
    signal: closing.signal,
    recording: (sid) => state.recordings.get(sid),
  };

  return {
    ...{ recorder, act, emit, warn, token },
    state: (): TwilioState => state,
    /** Resources and callbacks carry addresses under this one from now on; work left by an earlier start is taken up. */
    resume(baseUrl: string) {
      state = { ...state, settings: { ...state.settings, baseUrl } };
      act({ kind: 'restarted' });
    },
    /** No more callbacks: the next start owes them. */
    close: () => closing.abort(),
  };
}
