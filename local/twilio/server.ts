/**
 * Twilio on one machine: the model of `sim/twilio` behind HTTP, with real audio in real time. Everything it has learned
 * lies under its data directory, so that a killed server goes on where it was.
 */
import { mkdirSync, renameSync } from 'node:fs';
import { copyFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join, resolve } from 'node:path';
import type { Instructions } from '../../sim/twilio/outcome.ts';
import type { RecordingOptions } from '../../sim/twilio/recordings.ts';
import { makeApi } from './api.ts';
import { type LiveCall, startCall } from './call.ts';
import { makeClock } from './clock.ts';
import { makeControl } from './control.ts';
import { makeEngine } from './engine.ts';
import type { ImportOptions, PlaceCallOptions, PlacedCall, TwilioServer, TwilioServerOptions } from './options.ts';
import { makeTicker } from './ticker.ts';
import { openVoice, type Voice } from './voice.ts';
import { HEADER_BYTES, isLineFormat, readWavFormat, wavMilliseconds } from './wav.ts';
import type { World } from './world.ts';

export type { TwilioServerEvent } from './events.ts';
export type * from './options.ts';

const CALLER_WAV = join(import.meta.dirname, '../audio/caller.wav');
const CALLEE_WAV = join(import.meta.dirname, '../audio/callee.wav');
/** Numbers that Twilio keeps for tests. */
const CALLER_NUMBER = '+15005550001';
const CALLED_NUMBER = '+15005550006';

/** @throws Error where the port is taken or the data directory cannot be read */
export async function startTwilioServer(options: TwilioServerOptions): Promise<TwilioServer> {
  const { credentials } = options;
  const clock = makeClock(options.now ?? Date.now, options.speed ?? 1);
  const cacheDirectory = join(options.dataDirectory, 'converted');
  const live = new Map<string, LiveCall>();
  const dialled = new Map<string, () => void>();
  const openCallee = (): Voice => openVoice(CALLEE_WAV, cacheDirectory);

  const engine = makeEngine(options, clock, {
    line: (callSid) => live.get(callSid)?.line,
    dial: (callSid, instructions) => void begin(callSid, instructions, openCallee(), { outbound: true }),
    redirect: (callSid, instructions) => live.get(callSid)?.redirect(instructions),
    hangUp(callSid) {
      live.get(callSid)?.hangUp();
      dialled.get(callSid)?.();
    },
  });
  const { act, emit, recorder } = engine;
  const world: World = {
    ...{ clock, credentials, act, emit, openCallee },
    ticker: makeTicker(clock),
    warn: engine.warn,
    token: engine.token,
    call: (sid) => engine.state().calls.get(sid),
    watchDialled(callSid, onHangUp) {
      dialled.set(callSid, onHangUp);
      return () => dialled.delete(callSid);
    },
  };

  function begin(
    callSid: string,
    instructions: Instructions,
    caller: Voice,
    rest: { outbound: boolean; hangUpAfterMs?: number | undefined; talkMs?: number | undefined },
  ): LiveCall {
    const onEnd = (): void => {
      live.delete(callSid);
      const call = engine.state().calls.get(callSid);
      const milliseconds = (call?.endedAt ?? 0) - (call?.answeredAt ?? call?.endedAt ?? 0);
      emit({ kind: 'call-ended', callSid, status: call?.status ?? 'completed', milliseconds });
    };
    const call = startCall(world, { callSid, instructions, caller, ...rest, onEnd });
    live.set(callSid, call);
    return call;
  }

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
    const incoming = join(cacheDirectory, `${engine.token()}.part`);
    mkdirSync(cacheDirectory, { recursive: true });
    await copyFile(resolve(wav), incoming);
    const callback = statusCallback ? ({ url: statusCallback, method: 'POST', events: ['completed'] } as const) : null;
    const recording: RecordingOptions = { channels, track: 'both', source: 'StartCallRecordingAPI', callback };
    const audioMilliseconds = wavMilliseconds(channels, format.dataLength);
    const sid = act({ kind: 'recording-imported', callSid, audioMilliseconds, options: recording }).sid ?? '';
    renameSync(incoming, recorder.place(sid));
    return sid;
  }
  const refuse = (status: 429 | 500 | 503, count: number): void => void act({ kind: 'refuse', status, count });

  const handle = makeApi({
    token: engine.token,
    control: makeControl({ placeCall, importRecording, refuse }),
    media(recordingSid) {
      const path = recorder.path(recordingSid);
      return path === undefined
        ? undefined
        : { path, channels: engine.state().recordings.get(recordingSid)?.channels ?? 1 };
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
  engine.resume(url);

  return {
    url,
    placeCall,
    importRecording,
    refuse,
    recordings: () =>
      [...engine.state().recordings.values()].map(
        ({ sid, callSid, status, channels, source, createdAt, audioMilliseconds }) => {
          return { sid, callSid, status, channels, source, startedAt: createdAt, milliseconds: audioMilliseconds };
        },
      ),
    media: (recordingSid) => recorder.path(recordingSid),
    async close() {
      engine.close();
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
