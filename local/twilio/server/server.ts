/**
 * Twilio on one machine: the model of `sim/twilio` behind HTTP, with real audio in real time. Everything it has learned
 * lies under its data directory, so that a killed server goes on where it was.
 */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { type Media, openMedia } from '../audio/media.ts';
import { makeExchange } from '../call/exchange.ts';
import { makeApi } from './api.ts';
import { makeClock } from './clock.ts';
import { makeControl } from './control.ts';
import { importRecording } from './import-recording.ts';
import type { ImportOptions, TwilioServer, TwilioServerOptions } from './options.ts';

export type { TwilioServerEvent } from './events.ts';
export type * from './options.ts';

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
    importRecording: importFile,
    refuse,
    recordings: () =>
      [...engine.state().recordings.values()].map(
        ({ sid, callSid, status, channels, source, createdAt, audioMilliseconds }) => {
          return { sid, callSid, status, channels, source, startedAt: createdAt, milliseconds: audioMilliseconds };
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
