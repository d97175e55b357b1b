/** Serves the page of the hosted console, as CloudFront does: with the headers of the template. */
import { createServer } from 'node:http';
import { extname } from 'node:path';
import { refusalOfStranger } from '../../console/serve/stranger.ts';
import { close, listen } from '../loopback.ts';
import type { HostedModel } from './model.ts';

const TYPES: { readonly [extension: string]: string } = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.json': 'application/json',
};

export type Site = Awaited<ReturnType<typeof startSite>>;

/** Takes a port first: what is served names it. */
export async function startSite() {
  const ready = Promise.withResolvers<Pick<HostedModel, 'files' | 'headers'>>();
  const server = createServer((request, response) => {
    void ready.promise.then(({ files, headers }) => {
      const refusal = refusalOfStranger(request);
      if (refusal !== undefined) return response.writeHead(403).end(refusal);
      const { pathname } = new URL(request.url ?? '/', 'http://site');
      const name = pathname === '/' ? 'index.html' : pathname.slice(1);
      const text = files.get(name);
      for (const [header, value] of Object.entries(headers)) response.setHeader(header, value);
      response.setHeader('cache-control', 'no-cache');
      // S3 answers so where a name is unknown and nobody may list.
      if (text === undefined || request.method !== 'GET') return response.writeHead(403).end();
      return response.writeHead(200, { 'content-type': TYPES[extname(name)] ?? 'application/octet-stream' }).end(text);
    });
  });
  const port = await listen(server);
  return {
    url: `http://127.0.0.1:${port}`,
    serve: (page: Pick<HostedModel, 'files' | 'headers'>) => ready.resolve(page),
    close: () => close(server),
  };
}
