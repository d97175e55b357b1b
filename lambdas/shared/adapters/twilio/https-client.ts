/** Requests to one configured host, over one kept connection. No redirect is followed. */
import { Agent as HttpAgent, request as httpRequest, type IncomingMessage } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';

export interface HttpRequest {
  readonly method: 'GET' | 'POST' | 'DELETE';
  /** Path and query, beginning with `/`. */
  readonly path: string;
  readonly headers: { readonly [name: string]: string };
  readonly body?: string | undefined;
}

export interface Timeouts {
  /** Milliseconds until the reply's head has come; a body has its own limit. */
  readonly reply: number;
  /** Milliseconds after which a body that does not move has broken off. */
  readonly idle: number;
}
export const TIMEOUTS: Timeouts = { reply: 4_000, idle: 30_000 };
/** For pages of a thousand entries, which take Twilio a while. */
export const LIST_TIMEOUTS: Timeouts = { reply: 30_000, idle: 30_000 };

/** Replies of the REST API are a few kilobytes, a page of a thousand recordings about one megabyte. */
const TEXT_BYTES_MAX = 8 * 1024 * 1024;

/**
 * A connection that has been idle for longer is not used again. Between two invocations an environment is frozen, and the
 * other side closes meanwhile: a request on such a connection breaks, and nobody can tell whether it arrived.
 */
const REUSE_WITHIN_MS = 3_000;

/** A reply whose head has come: `IncomingMessage`, as far as it is used. */
export interface HttpsResponse extends AsyncIterable<Uint8Array> {
  readonly statusCode?: number | undefined;
  readonly headers: { readonly [name: string]: string | string[] | undefined };
  /** Lets the body run into nothing. */
  resume(): unknown;
  destroy(error?: Error): unknown;
}

/** One host, as the adapters ask it. */
export interface HttpClient {
  open(request: HttpRequest): Promise<HttpsResponse>;
  text(request: HttpRequest): Promise<{ statusCode: number; body: string; headers: object }>;
}

/** The request never left: no connection to the host came about. */
export class NeverSent extends Error {
  override readonly name = 'NeverSent';
}

export class HttpsClient implements HttpClient {
  readonly #base: URL;
  readonly #agent: HttpAgent;
  readonly #request: typeof httpsRequest;
  readonly #timeouts: Timeouts;
  #usedAt = 0;

  constructor(baseUrl: string, timeouts = TIMEOUTS) {
    this.#timeouts = timeouts;
    this.#base = new URL(baseUrl);
    const secure = this.#base.protocol === 'https:';
    this.#agent = secure ? new HttpsAgent({ keepAlive: true }) : new HttpAgent({ keepAlive: true });
    this.#request = secure ? httpsRequest : httpRequest;
  }

  /**
   * Sends a request and resolves with the head of the reply; the body is the caller's to read.
   *
   * @throws {NeverSent} where no connection came about.
   * @throws {Error} where the reply did not come in time or the connection broke: Twilio may have acted.
   */
  open({ method, path, headers, body }: HttpRequest): Promise<IncomingMessage> {
    this.#dropIdleConnections();
    return new Promise((resolve, reject) => {
      const options = {
        method,
        agent: this.#agent,
        hostname: this.#base.hostname,
        port: this.#base.port,
        path: this.#base.pathname.replace(/\/$/, '') + path,
        headers: { ...headers, ...(body !== undefined && { 'content-length': Buffer.byteLength(body) }) },
      };
      let connected = false;
      const request = this.#request(options, (reply) => {
        clearTimeout(timer);
        reply.setTimeout(this.#timeouts.idle, () => reply.destroy(named('IdleTimeout')));
        resolve(reply);
      });
      const timer = setTimeout(() => request.destroy(named('ReplyTimeout')), this.#timeouts.reply);
      request.on('socket', (socket) => {
        connected = !socket.connecting;
        if (connected) return;
        socket.once('connect', () => {
          connected = true;
        });
      });
      request.on('error', (error) => {
        clearTimeout(timer);
        reject(connected ? error : new NeverSent(codeOf(error)));
      });
      request.end(body);
    });
  }

  #dropIdleConnections(): void {
    const now = Date.now();
    if (now - this.#usedAt > REUSE_WITHIN_MS) {
      for (const socket of Object.values(this.#agent.freeSockets).flat()) socket?.destroy();
    }
    this.#usedAt = now;
  }

  /** Sends a request and reads the whole reply as text. */
  async text(request: HttpRequest): Promise<{ statusCode: number; body: string; headers: object }> {
    const reply = await this.open(request);
    const chunks: Buffer[] = [];
    let bytes = 0;
    for await (const chunk of reply as AsyncIterable<Buffer>) {
      bytes += chunk.length;
      if (bytes > TEXT_BYTES_MAX) throw named('ReplyTooLarge');
      chunks.push(chunk);
    }
    return { statusCode: reply.statusCode ?? 0, body: Buffer.concat(chunks).toString('utf8'), headers: reply.headers };
  }
}

const named = (name: string): Error => Object.assign(new Error(name), { code: name });

/** The name of a network error, such as `ECONNRESET`. */
export function codeOf(error: unknown): string {
  const { code, name } =
    typeof error === 'object' && error !== null ? (error as { code?: unknown; name?: unknown }) : {};
  if (typeof code === 'string') return code;
  return typeof name === 'string' ? name : 'unknown';
}
