/**
 * Twilio on one machine: the model of `sim/twilio` behind HTTP, with real audio in real time. Everything it has learned
 * lies under its data directory, so that a killed server goes on where it was.
 */
import { mkdirSync, renameSync } from 'node:fs';
import { copyFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { join, resolve } from 'node:path';
import type { Actor, RecordingOptions, TwilioCredentials } from '../../../sim/twilio/state.ts';
import { close, listen } from '../../loopback.ts';
import { type Media, openMedia } from '../audio/media.ts';
import { HEADER_BYTES, isLineFormat, readWavFormat, wavMilliseconds } from '../audio/wav.ts';
import { makeExchange } from '../call/exchange.ts';
import { makeApi } from './api.ts';
import { makeClock } from './clock.ts';
import { makeControl } from './control.ts';
import type { Engine } from './engine.ts';
import type { ImportOptions, TwilioServer, TwilioServerOptions } from './options.ts';

export type { TwilioServerEvent } from './events.ts';
export type * from './options.ts';

/** The actor of what is deployed on this machine. */
export const LOCAL_RECORDER: Actor = 'recorder local';

/** @throws Error where the port is taken or the data directory cannot be read */
export async function startTwilioServer(options: TwilioServerOptions): Promise<TwilioServer> {
  const clock = makeClock(options.now ?? Date.now, options.speed ?? 1);
  const cacheDirectory = join(options.dataDirectory, 'converted');
  const exchange = makeExchange(options, clock, cacheDirectory);
  const { engine, placeCall } = exchange;
  const { act, emit, recorder } = engine;
  const importFile = (file: ImportOptions): Promise<string> => importRecording(engine, cacheDirectory, file);
  const refuse = (status: 429 | 500 | 503, count: number): void => void act({ kind: 'refuse', status, count });

  const mediaOf = (recordingSid: string): Media | undefined => {
    const path = recorder.path(recordingSid);
    return path === undefined
      ? undefined
      : { path, channels: engine.state().recordings.get(recordingSid)?.channels ?? 1 };
  };
  const handle = makeApi({
    token: engine.token,
    control: makeControl({ placeCall, importRecording: importFile, refuse }),
    media: mediaOf,
    rest(request) {
      const reply = act({ kind: 'rest', ...request, actor: actorOf(request.authorization, options.credentials) });
      const code = reply.body && 'code' in reply.body ? Number(reply.body.code) : null;
      const [path = ''] = request.target.split('?', 1);
      emit({ kind: 'rest-request', method: request.method, path, status: reply.status, code });
      return reply;
    },
  });
  const server = createServer((request, response) => void handle(request, response));
  const port = await listen(server, options.port).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EADDRINUSE') throw error;
    throw new Error(`Port ${options.port} is taken; choose another one, or stop what listens there`);
  });
  const url = `http://127.0.0.1:${port}`;
  engine.resume(url);

  return {
    url,
    placeCall,
    importRecording: importFile,
    refuse,
    recordings: () =>
      [...engine.state().recordings.values()].map(
        ({ sid, callSid, status, channels, source, actor, createdAt, audioMilliseconds }) => {
          return {
            sid,
            callSid,
            status,
            channels,
            source,
            actor,
            startedAt: createdAt,
            milliseconds: audioMilliseconds,
          };
        },
      ),
    media: (recordingSid) => recorder.path(recordingSid),
    openAudio(recordingSid, format) {
      const media = mediaOf(recordingSid);
      return media && openMedia(media, { channels: media.channels, format });
    },
    async close() {
      engine.close();
      await exchange.close();
      clock.stop();
      await close(server);
    },
  };
}

/** The recorder asks with its API key; a request with the auth token is another application of the account. */
function actorOf(authorization: string | undefined, { apiKeySid, apiKeySecret }: TwilioCredentials): Actor {
  const ofKey = `Basic ${Buffer.from(`${apiKeySid}:${apiKeySecret}`).toString('base64')}`;
  return apiKeySid !== undefined && authorization === ofKey ? LOCAL_RECORDER : 'application';
}

/** Makes a completed recording of a file that was not recorded here, of any length; answers its SID. Rejects where the file or the SID is not of the right kind. */
async function importRecording(
  engine: Engine,
  cacheDirectory: string,
  { callSid, conferenceSid, wav, statusCallback }: ImportOptions,
): Promise<string> {
  if (!/^CA[0-9a-f]{32}$/.test(callSid)) throw new Error(`callSid ${callSid} must be CA and 32 hex digits`);
  if (conferenceSid !== undefined && !/^CF[0-9a-f]{32}$/.test(conferenceSid)) {
    throw new Error(`conferenceSid ${conferenceSid} must be CF and 32 hex digits`);
  }
  const format = readWavFormat(wav);
  const channels = format.channels === 2 ? 2 : 1;
  if (!isLineFormat(format, channels) || format.dataOffset !== HEADER_BYTES) {
    throw new Error(`${wav} must be 8 kHz 16-bit PCM with one or two channels and a header of ${HEADER_BYTES} bytes`);
  }
  const incoming = join(cacheDirectory, `${engine.token()}.part`);
  mkdirSync(cacheDirectory, { recursive: true });
  await copyFile(resolve(wav), incoming);
  const callback = statusCallback ? ({ url: statusCallback, method: 'POST', events: ['completed'] } as const) : null;
  const recording: RecordingOptions =
    conferenceSid === undefined
      ? { channels, track: 'both', source: 'StartCallRecordingAPI', callback }
      : { channels, track: 'both', source: 'Conference', callback, conferenceSid };
  const audioMilliseconds = wavMilliseconds(channels, format.dataLength);
  const sid = engine.act({ kind: 'recording-imported', callSid, audioMilliseconds, options: recording }).sid ?? '';
  renameSync(incoming, engine.recorder.place(sid));
  return sid;
}
