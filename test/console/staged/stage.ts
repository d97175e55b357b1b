/** The server of the console before an API that answers from {@link ENTRIES}, so that every state can be seen. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buildPage } from '../../../console/serve/page.ts';
import { type ConsoleServer, serveConsole } from '../../../console/serve/server.ts';
import type { ApiReply, ApiRequest } from '../../../console/serve/signed-api.ts';
import { AUDIT, LIST, PEAKS, SECONDS, storyOf } from './stories.ts';
import { twoTones } from './tones.ts';

export interface Stage extends ConsoleServer {
  /** Where the audio is. `/elsewhere` there leads to another place. */
  readonly audioUrl: string;
  /** What the API was asked. */
  readonly asked: ApiRequest[];
  /** What the place of the audio was asked: path, and range where there was one. */
  readonly fetched: string[];
  /** Answers instead of the staged API, as long as it is set. */
  answer: ((request: ApiRequest) => Promise<ApiReply>) | undefined;
}

const json = (value: object, status = 200): ApiReply => ({ status, body: JSON.stringify(value) });

export async function openStage(more: Partial<Parameters<typeof serveConsole>[0]> = {}): Promise<Stage> {
  const fetched: string[] = [];
  const audio = await serveAudio(fetched);
  const asked: ApiRequest[] = [];
  const api = async (request: ApiRequest): Promise<ApiReply> => {
    asked.push(request);
    return stage.answer?.(request) ?? reply(request, audio.url);
  };
  const server = await serveConsole({
    ...{ port: 0, key: 'k'.repeat(32), files: buildPage(), api },
    ...{ place: { kind: 'stack', title: 'call-recorder-prod' }, ...more },
  });
  const stage: Stage = {
    ...{ ...server, asked, fetched, audioUrl: audio.url, answer: undefined },
    async close() {
      await server.close();
      await audio.close();
    },
  };
  return stage;
}

function reply({ method, path }: ApiRequest, audioUrl: string): ApiReply {
  const [route = ''] = path.split('?', 1);
  if (route === '/calls') return json(LIST);
  if (route === '/audit') return json({ entries: AUDIT });
  const [, callSid = '', rest = ''] = /^\/calls\/(CA[0-9a-f]{32})(\/.*)?$/.exec(route) ?? [];
  const story = storyOf(callSid);
  if (story === undefined) return json({ error: `No call ${callSid} is known here.` }, 404);
  if (rest.endsWith('/peaks')) return json(PEAKS);
  const [recording] = story.recordings;
  const link = {
    url: `${audioUrl}/${recording?.recordingSid}.wav`,
    expiresAt: new Date(Date.now() + 900_000).toISOString(),
  };
  if (method === 'POST' && rest.endsWith('/link')) return json({ ...link, fileName: `${recording?.recordingSid}.wav` });
  return json({ ...story, recordings: story.recordings.map((one) => ({ ...one, playback: link })) });
}

/** As S3 does: with parts. */
async function serveAudio(fetched: string[]) {
  const wav = twoTones(SECONDS);
  const server = createServer((request, response) => {
    const { range = '' } = request.headers;
    fetched.push(`${request.url} ${range}`.trim());
    if (request.url === '/elsewhere') return void response.writeHead(302, { location: '/stolen' }).end();
    const [, from, to] = /^bytes=(\d+)-(\d*)$/.exec(range) ?? [];
    const [begin, end] = [Number(from ?? 0), to ? Number(to) : wav.length - 1];
    const part = wav.subarray(begin, end + 1);
    response.writeHead(from === undefined ? 200 : 206, {
      ...{ 'content-type': 'audio/x-wav', 'content-length': part.length, 'accept-ranges': 'bytes' },
      ...(from !== undefined && { 'content-range': `bytes ${begin}-${end}/${wav.length}` }),
      'x-internal': 'not for the page',
    });
    response.end(part);
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
