import { Agent, request as httpRequest, type IncomingMessage, type ServerResponse } from 'node:http';
import { buffer } from 'node:stream/consumers';
import type { PlainReply } from './error-replies.ts';

/** A reply with its whole body. */
export interface BackendReply {
  readonly status: number;
  /** Names and values in turn, as they came. */
  readonly rawHeaders: readonly string[];
  readonly body: Buffer;
}

/** These belong to one connection and not to the message. */
const OF_THE_CONNECTION = new Set(['connection', 'keep-alive', 'transfer-encoding', 'expect', 'content-length']);

/** A connection that is kept may be closed by the backend just when it is used again, which nobody has asked for. */
const agent = new Agent({ keepAlive: false });

/** Sends a request on as it came. @throws where the backend cannot be reached or does not answer. */
export function forward(backendUrl: string, request: IncomingMessage, body: Buffer): Promise<BackendReply> {
  const headers = Object.entries(request.headers).filter(([name]) => !OF_THE_CONNECTION.has(name));
  const isSized = body.length > 0 || request.headers['content-length'] !== undefined;
  return new Promise((resolve, reject) => {
    const outgoing = httpRequest(
      new URL(request.url ?? '/', backendUrl),
      {
        agent,
        method: request.method,
        headers: {
          ...Object.fromEntries(headers),
          ...(isSized && { 'content-length': body.length }),
        },
      },
      (reply) => {
        buffer(reply).then(
          (whole) => resolve({ status: reply.statusCode ?? 0, rawHeaders: reply.rawHeaders, body: whole }),
          reject,
        );
      },
    );
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}

/**
 * Passes a reply on; with a share, it says of itself that it is whole, but has fewer bytes. Resolves with whether it was
 * written to its end.
 */
export function passOn(response: ServerResponse, reply: BackendReply, share = 1): Promise<boolean> {
  const body = reply.body.subarray(0, Math.floor(reply.body.length * share));
  writeHead(response, reply, body.length);
  return ended(response, body);
}

/** Passes on the head and a part of the body, then closes the connection. */
export function passOnTruncated(response: ServerResponse, reply: BackendReply, share: number): void {
  const part = reply.body.subarray(0, Math.floor(reply.body.length * share));
  if (part.length === 0 || response.req.method === 'HEAD' || response.destroyed) {
    reset(response);
    return;
  }
  writeHead(response, reply, reply.body.length);
  response.write(part, () => response.socket?.destroySoon());
}

export function answer(response: ServerResponse, { status, headers, body }: PlainReply): Promise<boolean> {
  if (response.destroyed) return Promise.resolve(false);
  response.writeHead(status, { ...headers, 'content-length': Buffer.byteLength(body) });
  return ended(response, Buffer.from(body));
}

/** Ends the connection with a TCP reset, as a failing host or a firewall does. */
export function reset(response: ServerResponse): void {
  response.socket?.resetAndDestroy();
}

function writeHead(response: ServerResponse, { status, rawHeaders }: BackendReply, length: number): void {
  if (response.destroyed) return;
  const headers: string[] = [];
  for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
    const name = rawHeaders[index] ?? '';
    // To a HEAD, the length is that of a body which is not sent.
    const kept = !OF_THE_CONNECTION.has(name.toLowerCase()) || (response.req.method === 'HEAD' && /length/i.test(name));
    if (kept) headers.push(name, rawHeaders[index + 1] ?? '');
  }
  const hasBody = response.req.method !== 'HEAD' && status !== 204 && status !== 304;
  response.writeHead(status, hasBody ? [...headers, 'content-length', String(length)] : headers);
}

function ended(response: ServerResponse, body: Buffer): Promise<boolean> {
  if (response.destroyed) return Promise.resolve(false);
  return new Promise((resolve) => {
    response.once('close', () => resolve(response.writableFinished));
    response.once('finish', () => resolve(true));
    response.end(response.req.method === 'HEAD' ? undefined : body);
  });
}
