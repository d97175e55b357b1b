import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { refusalOfStranger } from '../../console/serve/stranger.ts';
import type { InvocationResult, ResponseSink } from '../lambda/environment.ts';
import { close, listen, readBody } from '../loopback.ts';
import type { ApiModel, FunctionUrlModel } from '../template/apis.ts';
import type { CorsModel } from '../template/cors.ts';
import type { Signing } from './aws-signature.ts';
import { connectionsReply, isConnectionsRequest } from './connections-api.ts';
import { corsHeaders, preflightOf } from './cors.ts';
import { answerFunctionUrl, isFunctionUrl } from './function-urls.ts';
import {
  authorize,
  type GatewayReply,
  gatewayReply,
  HTTP_BODY_LIMIT_BYTES,
  type HttpRequestContext,
  httpEvent,
  messageReply,
  type SelectedRoute,
  selectHttpRoute,
} from './http-api.ts';
import type { KeysOf } from './jwt-authorizer.ts';
import { isForOwner } from './owner-only.ts';
import { WebSockets, type WebSocketsOptions, withinTime } from './web-sockets.ts';

export interface GatewayOptions {
  /** 0 takes a free one. */
  readonly port: number;
  readonly accountId: string;
  /** What AWS's signatures are checked against. */
  readonly signing: Signing;
  readonly now?: () => Date;
  readonly limits?: WebSocketsOptions['limits'];
}

export interface GatewayApis {
  readonly http: ApiModel;
  readonly webSocket: ApiModel;
  readonly functionUrls?: readonly FunctionUrlModel[];
  /** What users' tokens are checked with. */
  readonly keysOf?: KeysOf;
  /** Host, and port, under which callers know the gateway. */
  readonly domainName: string;
  readonly invoke: (functionId: string, event: object, sink?: ResponseSink) => Promise<InvocationResult>;
}

export type Gateway = Awaited<ReturnType<typeof startGateway>>;

interface Serving {
  readonly apis: GatewayApis;
  readonly webSockets: WebSockets;
}

/**
 * API Gateway on one port of 127.0.0.1: an HTTP API, a WebSocket API, and the latter's `@connections`. And Lambda's function URLs.
 * Takes the port first, so that a taken one is told before anything else is started.
 */
export async function startGateway(options: GatewayOptions) {
  const { accountId, signing, now = () => new Date() } = options;
  const ready = Promise.withResolvers<Serving>();
  let serving: Serving | undefined;

  const server = createServer((request, response) => {
    const reply = ready.promise.then((serving) => {
      const { domainName } = serving.apis;
      const context = { accountId, domainName, requestId: randomUUID(), time: now() };
      return answer({ ...serving, signing, context }, request, response);
    });
    void reply.then(
      (answered) => answered && write(response, answered),
      (error: unknown) => {
        process.emitWarning(error instanceof Error ? error : String(error));
        write(response, messageReply(500, 'Internal Server Error'));
      },
    );
  });
  server.on('upgrade', (request, socket, head) => {
    void ready.promise.then(({ webSockets }) => webSockets.upgrade(request, socket, head));
  });

  const port = await listen(server, options.port).catch((error: NodeJS.ErrnoException) => {
    throw portProblem(error, options.port);
  });
  return {
    url: `http://127.0.0.1:${port}`,
    /** Begins to serve; what arrives before waits. */
    serve(apis: GatewayApis) {
      const { webSocket: api, domainName, invoke } = apis;
      const webSockets = new WebSockets({ api, domainName, invoke, limits: options.limits });
      serving = { apis, webSockets };
      ready.resolve(serving);
    },
    /** WebSocket messages so far by route. */
    messageCounts: () => serving?.webSockets.counts() ?? {},
    async close() {
      serving?.webSockets.close();
      await close(server);
    },
  };
}

interface Answering extends Serving {
  readonly signing: Signing;
  readonly context: HttpRequestContext;
}

/** @returns the reply, or undefined where it has been streamed */
async function answer(
  { apis, webSockets, signing, context }: Answering,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<GatewayReply | undefined> {
  const path = pathOf(request);
  if (path === undefined) return messageReply(400, 'Bad Request');
  const cors = corsAt(apis, path);
  const preflight = preflightOf(cors, request);
  if (preflight) return { status: 204, headers: preflight, body: '' };
  for (const [name, value] of Object.entries(corsHeaders(cors, request))) response.setHeader(name, value);
  const selected = selectHttpRoute(apis.http, request.method ?? 'GET', path);
  const refusal = isForOwner(path, selected) ? refusalOfStranger(request, cors?.origins) : undefined;
  if (refusal !== undefined) return messageReply(403, refusal);
  const body = await readBody(request, HTTP_BODY_LIMIT_BYTES);
  if (isConnectionsRequest(path)) {
    return connectionsReply(webSockets, request, path, body, { signing, now: context.time });
  }
  if (body === undefined) return messageReply(413, 'Request Entity Too Large');
  if (isFunctionUrl(path)) {
    const { functionUrls: urls = [], invoke } = apis;
    return answerFunctionUrl({ urls, invoke, signing }, request, response, body, context);
  }
  return selected === undefined
    ? messageReply(404, 'Not Found')
    : answerRoute(apis, selected, request, body, context, signing);
}

async function answerRoute(
  { http, invoke, keysOf = () => [] }: GatewayApis,
  selected: SelectedRoute,
  request: IncomingMessage,
  body: Buffer,
  context: HttpRequestContext,
  signing: Signing,
): Promise<GatewayReply> {
  const { integration, authorization } = selected.route;
  if (integration.kind !== 'function') return messageReply(404, 'Not Found');
  const place = { ...signing, service: 'execute-api' } as const;
  const authorized = authorize(authorization, request, body, place, context, keysOf);
  if ('status' in authorized) return authorized;
  const event = httpEvent(http, selected, request, body, authorized);
  const result = await withinTime(invoke(integration.functionId, event), integration.timeoutMilliseconds);
  if (result === 'late') return messageReply(503, 'Service Unavailable');
  const reply = result.ok ? gatewayReply(result.payload) : undefined;
  return reply ?? messageReply(500, 'Internal Server Error');
}

/** A function URL has settings of its own. */
function corsAt({ http, functionUrls = [] }: GatewayApis, path: string): CorsModel | undefined {
  return isFunctionUrl(path) ? functionUrls.find(({ id }) => path.split('/')[2] === id)?.cors : http.cors;
}

function portProblem(error: NodeJS.ErrnoException, port: number): Error {
  if (error.code === 'EADDRINUSE') return new Error(`Port ${port} is taken. Choose another one with --port N.`);
  if (error.code === 'EACCES') return new Error(`Port ${port} needs more rights. Choose one above 1023 with --port N.`);
  return error;
}

function pathOf(request: IncomingMessage): string | undefined {
  try {
    return decodeURI(new URL(request.url ?? '/', 'http://gateway').pathname);
  } catch {
    // A URL that cannot be read is the client's mistake.
    return undefined;
  }
}

function write(response: ServerResponse, { status, headers, body }: GatewayReply): void {
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
  response.writeHead(status);
  response.end(body);
}
