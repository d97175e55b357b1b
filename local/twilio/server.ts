/**
 * Twilio on one machine: the model of `sim/twilio` behind HTTP, with real audio in real time. Everything it has learned
 * lies under its data directory, so that a killed server goes on where it was.
 */
import { copyFileSync, mkdirSync, renameSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join, resolve } from 'node:path';
import type { Reply } from '../../sim/twilio/errors.ts';
import { apply, type TwilioRequest } from '../../sim/twilio/model.ts';
import type { Effect, Instructions } from '../../sim/twilio/outcome.ts';
import type { RecordingOptions, RecordingStatus } from '../../sim/twilio/recordings.ts';
import { type EarlyRefusal, makeState, type TwilioCredentials, type TwilioSettings } from '../../sim/twilio/state.ts';
import { makeApi } from './api.ts';
import { type LiveCall, startCall } from './call.ts';
import { makeClock } from './clock.ts';
import { makeControl } from './control.ts';
import type { TwilioServerEvent, TwilioServerEventBody } from './events.ts';
import { makeRecorder } from './recorder.ts';
import { openStore } from './store.ts';
import { makeTicker } from './ticker.ts';
import { openVoice, type Voice } from './voice.ts';
import { HEADER_BYTES, isLineFormat, readWavFormat, wavMilliseconds } from './wav.ts';
import { sendWebhook } from './webhook.ts';
import type { World } from './world.ts';

export interface TwilioServerOptions {
  /** 0 for any. Binds 127.0.0.1 only. */
  readonly port: number;
  /** Calls, recordings and audio live here; a second start, even after a kill, resumes with them. */
  readonly dataDirectory: string;
  readonly credentials: TwilioCredentials;
  /** Milliseconds from answering until REST knows the call; asked for every call. */
  readonly registrationDelay: () => number;
  /** At least 0 and below 1. Decides SIDs and tokens. */
  readonly random?: () => number;
  /** Milliseconds since 1970. */
  readonly now?: () => number;
  /** How many times as fast as the clock calls, pauses and processing go; 1 unless it is a test. */
  readonly speed?: number;
  readonly settings?: Partial<Omit<TwilioSettings, 'baseUrl'>>;
  readonly onEvent?: (event: TwilioServerEvent) => void;
}

export interface PlaceCallOptions {
  readonly voiceUrl: string;
  readonly from?: string;
  readonly to?: string;
  /** Path of a WAV: what the caller says. */
  readonly caller?: string;
  /** Milliseconds, instead of the server's. */
  readonly registrationDelay?: number;
  /** How REST refuses the call until then. */
  readonly earlyRefusal?: EarlyRefusal;
  /** Milliseconds from answering until the caller hangs up. */
  readonly hangUpAfterMs?: number;
  /** Milliseconds that a `<Dial>` talks; otherwise until both have said everything. */
  readonly talkMs?: number;
}

export interface PlacedCall {
  readonly callSid: string;
  readonly ended: Promise<void>;
}

/** A recording as the server knows it. Times are milliseconds since 1970. */
export interface KnownRecording {
  readonly sid: string;
  readonly callSid: string;
  readonly status: RecordingStatus;
  readonly channels: 1 | 2;
  readonly source: string;
  readonly startedAt: number;
  readonly milliseconds: number | null;
}

export interface ImportOptions {
  /** Twilio's 34 characters; unknown ones become a completed call. */
  readonly callSid: string;
  /** 8 kHz 16-bit PCM with one or two channels; it is copied. */
  readonly wav: string;
  /** Told of the completion, where it is given. */
  readonly statusCallback?: string;
}

export interface TwilioServer {
  /** `http://127.0.0.1:PORT`; serves `/2010-04-01/…` and `/simulator/…`. */
  readonly url: string;
  placeCall(options: PlaceCallOptions): Promise<PlacedCall>;
  /** Makes a completed recording of an existing file, of any length; answers its SID. */
  importRecording(options: ImportOptions): Promise<string>;
  /** The next `count` REST requests are answered `status`, unprocessed. */
  refuse(status: 429 | 500 | 503, count: number): void;
  recordings(): readonly KnownRecording[];
  /** Path of a recording's WAV on disk. */
  media(recordingSid: string): string | undefined;
  close(): Promise<void>;
}

const CALLER_WAV = join(import.meta.dirname, '../audio/caller.wav');
const CALLEE_WAV = join(import.meta.dirname, '../audio/callee.wav');
const CALLER_NUMBER = '+15005550001';
const CALLED_NUMBER = '+15005550006';

/** @throws Error where the port is taken or the data directory cannot be read */
export async function startTwilioServer(options: TwilioServerOptions): Promise<TwilioServer> {
  const { credentials, random = Math.random, onEvent = () => undefined } = options;
  const clock = makeClock(options.now ?? Date.now, options.speed ?? 1);
  const ticker = makeTicker(clock);
  const store = openStore(options.dataDirectory);
  const recorder = makeRecorder(join(options.dataDirectory, 'recordings'));
  const cacheDirectory = join(options.dataDirectory, 'converted');
  const live = new Map<string, LiveCall>();
  const dialled = new Map<string, () => void>();
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
        const call = live.get(callSid);
        if (call) recorder.start(call.line, recordingSid, channels, track);
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
        begin(effect.callSid, effect.instructions, openVoice(CALLEE_WAV, cacheDirectory), { outbound: true });
        break;
      case 'redirect':
        live.get(effect.callSid)?.redirect(effect.instructions);
        break;
      case 'hang-up':
        live.get(effect.callSid)?.hangUp();
        dialled.get(effect.callSid)?.();
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
  function begin(
    callSid: string,
    instructions: Instructions,
    caller: Voice,
    rest: { outbound: boolean; hangUpAfterMs?: number | undefined; talkMs?: number | undefined },
  ): LiveCall {
    const onEnd = (): void => {
      live.delete(callSid);
      const call = state.calls.get(callSid);
      const milliseconds = (call?.endedAt ?? 0) - (call?.answeredAt ?? call?.endedAt ?? 0);
      emit({ kind: 'call-ended', callSid, status: call?.status ?? 'completed', milliseconds });
    };
    const call = startCall(world, { callSid, instructions, caller, ...rest, onEnd });
    live.set(callSid, call);
    return call;
  }
  const world: World = {
    ...{ clock, ticker, credentials, act, emit, warn, token },
    call: (sid) => state.calls.get(sid),
    openCallee: () => openVoice(CALLEE_WAV, cacheDirectory),
    watchDialled(callSid, onHangUp) {
      dialled.set(callSid, onHangUp);
      return () => dialled.delete(callSid);
    },
  };

  async function placeCall(call: PlaceCallOptions): Promise<PlacedCall> {
    if (!URL.canParse(call.voiceUrl)) throw new Error(`voiceUrl ${call.voiceUrl} is not a URL`);
    const { from = CALLER_NUMBER, to = CALLED_NUMBER, hangUpAfterMs, talkMs, earlyRefusal = 'not-found' } = call;
    const caller = openVoice(call.caller ?? CALLER_WAV, cacheDirectory);
    const registrationDelay = call.registrationDelay ?? options.registrationDelay();
    const callSid = act({ kind: 'call-arrived', from, to, registrationDelay, earlyRefusal }).sid ?? '';
    emit({ kind: 'call-started', callSid, from, to });
    const instructions = { url: call.voiceUrl, method: 'POST' } as const;
    const { ended } = begin(callSid, instructions, caller, { outbound: false, hangUpAfterMs, talkMs });
    return { callSid, ended };
  }
  async function importRecording({ callSid, wav, statusCallback }: ImportOptions): Promise<string> {
    if (!/^CA[0-9a-f]{32}$/.test(callSid)) throw new Error(`callSid ${callSid} must be CA and 32 hex digits`);
    const format = readWavFormat(wav);
    const channels = format.channels === 2 ? 2 : 1;
    if (!isLineFormat(format, channels) || format.dataOffset !== HEADER_BYTES) {
      throw new Error(`${wav} must be 8 kHz 16-bit PCM with one or two channels and a header of ${HEADER_BYTES} bytes`);
    }
    const incoming = join(cacheDirectory, `${token()}.part`);
    mkdirSync(cacheDirectory, { recursive: true });
    copyFileSync(resolve(wav), incoming);
    const callback = statusCallback ? ({ url: statusCallback, method: 'POST', events: ['completed'] } as const) : null;
    const recording: RecordingOptions = { channels, track: 'both', source: 'StartCallRecordingAPI', callback };
    const audioMilliseconds = wavMilliseconds(channels, format.dataLength);
    const sid = act({ kind: 'recording-imported', callSid, audioMilliseconds, options: recording }).sid ?? '';
    renameSync(incoming, recorder.place(sid));
    return sid;
  }
  const refuse = (status: 429 | 500 | 503, count: number): void => void act({ kind: 'refuse', status, count });

  const handle = makeApi({
    token,
    control: makeControl({ placeCall, importRecording, refuse }),
    media(recordingSid) {
      const path = recorder.path(recordingSid);
      return path === undefined ? undefined : { path, channels: state.recordings.get(recordingSid)?.channels ?? 1 };
    },
    rest(request) {
      const reply = act({ kind: 'rest', ...request });
      const code = reply.body && 'code' in reply.body ? Number(reply.body.code) : null;
      const [path = ''] = request.target.split('?', 1);
      emit({ kind: 'rest-request', method: request.method, path, status: reply.status, code });
      return reply;
    },
  });
  const server = createServer((request, response) => void handle(request, response));
  await listen(server, options.port);
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  state = { ...state, settings: { ...state.settings, baseUrl: url } };
  act({ kind: 'restarted' });

  return {
    url,
    placeCall,
    importRecording,
    refuse,
    recordings: () =>
      [...state.recordings.values()].map(({ sid, callSid, status, channels, source, startedAt, audioMilliseconds }) => {
        return { sid, callSid, status, channels, source, startedAt, milliseconds: audioMilliseconds };
      }),
    media: (recordingSid) => recorder.path(recordingSid),
    async close() {
      closing.abort();
      const calls = [...live.values()];
      for (const call of calls) call.hangUp();
      await Promise.all(calls.map((call) => call.ended));
      clock.stop();
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
    },
  };
}

function listen(server: ReturnType<typeof createServer>, port: number): Promise<void> {
  return new Promise((done, fail) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const taken = error.code === 'EADDRINUSE';
      fail(taken ? new Error(`Port ${port} is taken; choose another one, or stop what listens there`) : error);
    });
    server.listen(port, '127.0.0.1', done);
  });
}
