/** Serves the console on 127.0.0.1: the page, the HTTP API with signed requests, and audio. */
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { accessBy } from './access.ts';
import { isApiRoute } from './api-routes.ts';
import { audioWanted, passAudio, refuseAudio } from './audio.ts';
import { type AudioLinks, audioLinks } from './audio-links.ts';
import type { PageFiles } from './page.ts';
import { sendJson, sendText, setSafetyHeaders } from './replies.ts';
import type { SignedApi } from './signed-api.ts';
import { refusalOfStranger } from './stranger.ts';

/** Answers what else a place offers, such as the theatre of a local system. */
export type MoreRoutes = (request: IncomingMessage, response: ServerResponse, path: string) => Promise<void>;

export interface ConsoleServerOptions {
  /** 0 takes a free one. */
  readonly port: number;
  /** Letters, digits, `-` and `_`: it stands in an address. Drawn where it is absent. */
  readonly key?: string;
  readonly files: PageFiles;
  readonly api: SignedApi;
  /** What the page says of where it is. */
  readonly place: { readonly kind: 'local' | 'stack'; readonly title: string };
  /** Under `/local/`. */
  readonly more?: MoreRoutes;
  readonly now?: () => number;
}

export interface ConsoleServer {
  /** With the key. */
  readonly address: string;
  readonly url: string;
  close(): Promise<void>;
}

/** @throws where the port cannot be had */
export async function serveConsole(options: ConsoleServerOptions): Promise<ConsoleServer> {
  const server = createServer();
  await once(server.listen(options.port, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  const key = options.key ?? randomBytes(24).toString('base64url');
  const answer = answerer({ ...options, key }, port);
  server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    setSafetyHeaders(response);
    answer(request, response).catch((error: unknown) => {
      if (response.headersSent) return response.destroy();
      const why = error instanceof Error ? error.message : String(error);
      sendJson(response, 502, { error: `The recorder does not answer: ${why}` });
    });
  });
  const url = `http://127.0.0.1:${port}`;
  return { url, address: `${url}/#key=${key}`, close: () => close(server) };
}

function answerer(
  { key, files, api, place, more, now = Date.now }: ConsoleServerOptions & { readonly key: string },
  port: number,
) {
  const access = accessBy(key, `console-${port}`);
  const links: AudioLinks = audioLinks(api, now);
  return async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const refusal = refusalOfStranger(request);
    if (refusal !== undefined) return sendJson(response, 403, { error: refusal });
    const { method = 'GET', url = '/' } = request;
    const asked = new URL(url, 'http://127.0.0.1');
    const path = asked.pathname;
    if (path.startsWith('/audio/')) {
      if (!access.mayHear(request)) return refuse(response);
      const wanted = method === 'GET' ? audioWanted(asked) : undefined;
      return wanted === undefined ? refuseAudio(response) : passAudio(links, wanted, request, response);
    }
    const file = method === 'GET' ? files.get(path) : undefined;
    if (file !== undefined) {
      response.setHeader('content-type', file.type);
      return void response.writeHead(200).end(file.body);
    }
    if (!access.hasKey(request)) return refuse(response);
    if (path === '/session' && method === 'POST') {
      response.setHeader('set-cookie', access.cookie());
      return sendJson(response, 200, { place, theatre: more !== undefined });
    }
    if (path.startsWith('/local/') && more !== undefined) return more(request, response, path);
    const route = path.startsWith('/api/') ? path.slice('/api'.length) : '';
    if (!isApiRoute(method, route)) return sendJson(response, 404, { error: 'There is no such route.' });
    const reply = await api({ method: 'GET', path: `${route}${asked.search}` });
    return sendText(response, reply.status, reply.body);
  };
}

const refuse = (response: ServerResponse): void =>
  sendJson(response, 401, { error: 'The key is missing or wrong. Open the address that the command has printed.' });

async function close(server: Server): Promise<void> {
  server.close();
  server.closeAllConnections();
  await once(server, 'close');
}
