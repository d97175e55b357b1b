/** The HTTP side of the server: Twilio's REST API, and the simulator's own controls beside it. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';
import type { Reply } from '../../../sim/twilio/errors.ts';
import { readBody } from '../../loopback.ts';
import { type Media, mediaHead, openMedia } from '../audio/media.ts';

export interface ApiOptions {
  /** Answers a REST request through the model. */
  rest(request: {
    readonly method: string;
    readonly target: string;
    readonly authorization: string | undefined;
    readonly range: string | undefined;
    readonly body: string;
    readonly concurrent: number;
  }): Reply;
  /** Path on disk and channels of a recording's audio. */
  media(recordingSid: string): Media | undefined;
  /** A request to `/simulator/…`, with its JSON body. Throws ControlError for what cannot be done. */
  control(path: string, body: Readonly<Record<string, unknown>>): Promise<object>;
  token(): string;
}

/** A refused control request; the message says what to do. */
export class ControlError extends Error {}

const LARGEST_BODY_BYTES = 65_536;

export function makeApi(options: ApiOptions): (request: IncomingMessage, response: ServerResponse) => Promise<void> {
  let concurrent = 0;
  return async (request, response) => {
    concurrent += 1;
    try {
      const body = (await readBody(request, LARGEST_BODY_BYTES))?.toString('utf8');
      if (body === undefined)
        return sendJson(response, 413, { message: `Bodies are limited to ${LARGEST_BODY_BYTES} bytes` });
      const target = request.url ?? '/';
      if (target.startsWith('/simulator/')) return await answerControl(options, request, response, target, body);
      const reply = options.rest({
        ...{ target, body, concurrent },
        method: request.method ?? 'GET',
        authorization: request.headers.authorization,
        range: request.headers.range,
      });
      response.setHeader('Twilio-Request-Id', `RQ${options.token()}`);
      if (reply.status === 401) response.setHeader('WWW-Authenticate', 'Basic realm="Twilio API"');
      if (reply.media) await sendMedia(options, request, response, reply.media);
      else if (reply.body === null) response.writeHead(reply.status).end();
      else sendJson(response, reply.status, reply.body);
    } catch (error) {
      // A client that goes away in the middle of a download is no fault of the server.
      response.destroy(error instanceof Error ? error : undefined);
    } finally {
      concurrent -= 1;
    }
  };
}

/** JSON is demanded by its content type, so that no page in a browser can place calls. */
async function answerControl(
  options: ApiOptions,
  request: IncomingMessage,
  response: ServerResponse,
  target: string,
  body: string,
): Promise<void> {
  const isJson = /^application\/json\b/i.test(request.headers['content-type'] ?? '');
  if (request.method !== 'POST' || !isJson) {
    return sendJson(response, 400, { message: 'Send a POST with content-type: application/json' });
  }
  try {
    const parsed: unknown = JSON.parse(body);
    if (typeof parsed !== 'object' || parsed === null) throw new ControlError('The body must be a JSON object');
    sendJson(response, 201, await options.control(target, { ...parsed }));
  } catch (error) {
    sendJson(response, 400, { message: error instanceof Error ? error.message : String(error) });
  }
}

function sendJson(response: ServerResponse, status: number, body: object): void {
  const text = JSON.stringify(body);
  response
    .writeHead(status, { 'Content-Type': 'application/json;charset=utf-8', 'Content-Length': Buffer.byteLength(text) })
    .end(text);
}

/** Sends the audio piece by piece. */
async function sendMedia(
  options: ApiOptions,
  request: IncomingMessage,
  response: ServerResponse,
  wanted: NonNullable<Reply['media']>,
): Promise<void> {
  const media = options.media(wanted.recordingSid);
  if (!media) throw new Error(`the audio of ${wanted.recordingSid} is missing on disk`);
  const { status, headers } = mediaHead(media, wanted);
  response.writeHead(status, headers);
  if (request.method === 'HEAD' || status === 416) response.end();
  else await pipeline(openMedia(media, wanted), response);
}
