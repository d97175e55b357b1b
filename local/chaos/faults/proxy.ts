import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { setTimeout as pause } from 'node:timers/promises';
import { s3Operation } from '../../emulators/s3/s3-operation.ts';
import { awsOperationOf } from '../../emulators/serve.ts';
import { close, listen } from '../../loopback.ts';
import type { Backend } from '../../system/backends.ts';
import { refusalOf } from './error-replies.ts';
import { type Fault, type FaultKind, MEDIA, type Outage } from './fault-schedule.ts';
import { answer, type BackendReply, forward, passOn, passOnTruncated, reset } from './relay.ts';

/** One request as its proxy saw it. Times are milliseconds since 1970. */
export interface ObservedRequest {
  readonly backend: Backend;
  readonly operation: string;
  /** Which request of this operation it was, from 1. */
  readonly n: number;
  /** Without the query. */
  readonly path: string;
  readonly arrivedAt: number;
  /** Since when nothing more happens to it. */
  endedAt: number;
  /** The calls that it names, in its path or in its body. */
  callSids: readonly string[];
  /** What went wrong on purpose. */
  fault: FaultKind | `outage-${Outage['kind']}` | undefined;
  /** The backend's own answer, if it was asked at all. */
  effect: { readonly at: number; readonly status: number } | undefined;
  /** Whether the backend's answer reached the client, whole. */
  delivered: boolean;
}

export interface ProxyOptions {
  readonly backend: Backend;
  /** Where the backend itself is. */
  readonly backendUrl: string;
  readonly faultOf: (operation: string, n: number) => Fault | undefined;
  /** Called once nothing more happens to the request. */
  readonly onSeen?: (request: ObservedRequest) => void;
  readonly now?: () => number;
}

export async function startProxy(options: ProxyOptions): Promise<FaultProxy> {
  return new FaultProxy(options).open();
}

/** Stands before a backend and lets requests fail in the ways in which networks and services do. */
export class FaultProxy {
  readonly #options: ProxyOptions;
  readonly #now: () => number;
  readonly #server = createServer((request, response) => this.#onRequest(request, response));
  readonly #counts = new Map<string, number>();
  readonly #unanswered = new Set<ServerResponse>();
  readonly #closing = new AbortController();
  #port = 0;
  #outage: Outage['kind'] | undefined;
  #calm = false;

  constructor(options: ProxyOptions) {
    this.#options = options;
    this.#now = options.now ?? Date.now;
    this.#server.keepAliveTimeout = 120_000;
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  async open(): Promise<this> {
    this.#port = await listenBelow(this.#server);
    return this;
  }

  /** Serves nobody until `recover`. */
  async fail(kind: Outage['kind']): Promise<void> {
    this.#outage = kind;
    if (kind === 'refused') await this.#stopListening();
  }

  async recover(): Promise<void> {
    this.#outage = undefined;
    for (const response of this.#unanswered) reset(response);
    this.#unanswered.clear();
    if (!this.#server.listening) await listen(this.#server, this.#port);
  }

  /** From now on every request passes; those that are being held go on when their time has come. */
  async calm(): Promise<void> {
    this.#calm = true;
    await this.recover();
  }

  async close(): Promise<void> {
    this.#closing.abort();
    await this.#stopListening();
  }

  async #stopListening(): Promise<void> {
    if (this.#server.listening) await close(this.#server);
  }

  #onRequest(request: IncomingMessage, response: ServerResponse): void {
    const { backend, onSeen } = this.#options;
    const operation = operationOf(backend, request);
    const n = (this.#counts.get(operation) ?? 0) + 1;
    this.#counts.set(operation, n);
    const [path = ''] = (request.url ?? '').split('?', 1);
    const arrivedAt = this.#now();
    const blank = { fault: undefined, effect: undefined, delivered: false, endedAt: arrivedAt };
    const seen: ObservedRequest = { backend, operation, n, path, arrivedAt, callSids: callSidsIn(path), ...blank };
    this.#handle(request, response, seen)
      // The client has gone, the backend is away, or the proxy closes: the connection says so to the one that is left.
      .catch(() => reset(response))
      .finally(() => {
        seen.endedAt = this.#now();
        onSeen?.(seen);
      });
  }

  async #handle(request: IncomingMessage, response: ServerResponse, seen: ObservedRequest): Promise<unknown> {
    const body = await buffer(request);
    if (seen.backend !== 's3') seen.callSids = callSidsIn(seen.path + body.toString('latin1'));
    if (this.#outage !== undefined) return this.#during(this.#outage, response, seen);
    const fault = this.#calm ? undefined : this.#options.faultOf(seen.operation, seen.n);
    seen.fault = fault?.kind;
    const ask = async () => {
      const reply = await forward(this.#options.backendUrl, request, body);
      seen.effect = { at: this.#now(), status: reply.status };
      return reply;
    };
    if (fault?.kind === 'delayed' || fault?.kind === 'late') {
      await pause(fault.milliseconds, undefined, { signal: this.#closing.signal });
    } else if (fault !== undefined) return answerWith(fault, seen.backend, response, ask);
    seen.delivered = await passOn(response, await ask());
    return undefined;
  }

  async #during(kind: Outage['kind'], response: ServerResponse, seen: ObservedRequest): Promise<void> {
    seen.fault = `outage-${kind}`;
    if (kind === 'unavailable') await answer(response, refusalOf(seen.backend, 'error-503'));
    else this.#unanswered.add(response);
  }
}

/** Answers otherwise than the backend did, or would have done. */
async function answerWith(
  fault: Exclude<Fault, { readonly kind: 'delayed' | 'late' }>,
  backend: Backend,
  response: ServerResponse,
  ask: () => Promise<BackendReply>,
): Promise<unknown> {
  switch (fault.kind) {
    case 'reset-before':
      return reset(response);
    case 'reset-after':
      await ask();
      return reset(response);
    case 'failed-after':
      await ask();
      return answer(response, refusalOf(backend, 'error-500'));
    case 'truncated':
      return passOnTruncated(response, await ask(), fault.share);
    case 'shortened':
      return passOn(response, await ask(), fault.share);
    case 'error-page':
      return answer(response, ERROR_PAGE);
    case 'not-there-yet':
      return answer(response, NOT_THERE);
    default:
      return answer(response, refusalOf(backend, fault.kind));
  }
}

const ERROR_PAGE = {
  status: 200,
  headers: { 'content-type': 'text/html' },
  body: '<html><body><h1>Something went wrong</h1></body></html>',
};

const NOT_THERE = {
  status: 404,
  headers: { 'content-type': 'application/xml' },
  body: '<?xml version="1.0" encoding="UTF-8"?><TwilioResponse><RestException><Code>20404</Code></RestException></TwilioResponse>',
};

/**
 * Systems give ports from 32768 or 49152 on to any process that opens a connection or asks for any port. During an outage nobody
 * listens on a proxy's port, and it must still be free afterwards: so it is one below.
 */
const LOWEST_PORT = 20_000;
const HIGHEST_PORT = 29_999;
const PORTS_TRIED = 100;

async function listenBelow(server: Server): Promise<number> {
  for (let tried = 1; ; tried += 1) {
    const port = LOWEST_PORT + Math.floor(Math.random() * (HIGHEST_PORT - LOWEST_PORT + 1));
    try {
      return await listen(server, port);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE' || tried === PORTS_TRIED) throw error;
    }
  }
}

/** Each once. */
export const callSidsIn = (text: string): readonly string[] => [...new Set(text.match(/CA[0-9a-f]{32}/g))];

/** Names what a request asks for: AWS's name of the operation, or ours of a request to Twilio. */
function operationOf(backend: Backend, { method = 'GET', url = '/', headers }: IncomingMessage): string {
  if (backend === 's3') return s3Operation({ method, url });
  if (backend === 'twilio') return twilioOperation(method, new URL(url, 'http://twilio').pathname);
  return awsOperationOf(headers);
}

function twilioOperation(method: string, path: string): string {
  if (/\/Calls\/CA[0-9a-f]{32}\/Recordings\.json$/.test(path)) return method === 'POST' ? 'Start' : 'RecordingsOfCall';
  if (/\/Calls\/CA[0-9a-f]{32}\.json$/.test(path)) return 'Call';
  if (/\/Recordings\/RE[0-9a-f]{32}\.(wav|mp3)$/.test(path)) return MEDIA;
  if (/\/Recordings\/RE[0-9a-f]{32}\.json$/.test(path)) return method === 'DELETE' ? 'Delete' : 'Recording';
  return path.endsWith('/Recordings.json') ? 'Recordings' : 'unknown';
}
