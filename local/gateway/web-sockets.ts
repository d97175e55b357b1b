import { randomBytes, randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { type WebSocket, WebSocketServer } from 'ws';
import type { InvocationResult } from '../lambda/environment.ts';
import type { ApiModel, IntegrationModel } from '../template/apis.ts';
import {
  type ConnectionContext,
  connectEvent,
  disconnectEvent,
  type MessageContext,
  messageEvent,
  selectMessageRoute,
} from './web-socket-events.ts';

/** Limits of a WebSocket API. Source: API Gateway quotas for WebSocket APIs. */
export const WEB_SOCKET_LIMITS = {
  messageBytes: 128 * 1024,
  idleMilliseconds: 10 * 60_000,
  durationMilliseconds: 2 * 60 * 60_000,
} as const;

export interface WebSocketsOptions {
  readonly api: ApiModel;
  readonly domainName: string;
  readonly invoke: (functionId: string, event: object) => Promise<InvocationResult>;
  readonly limits?: ConnectionLimits | undefined;
}

interface ConnectionLimits {
  readonly idleMilliseconds: number;
  readonly durationMilliseconds: number;
}

/** A connection that is closed after so long without a message, and after so long in all. */
class OpenConnection {
  readonly context: ConnectionContext;
  lastActiveAt = new Date();
  readonly #socket: WebSocket;
  readonly #idle: NodeJS.Timeout;
  readonly #duration: NodeJS.Timeout;

  constructor(socket: WebSocket, context: ConnectionContext, limits: ConnectionLimits) {
    this.context = context;
    this.#socket = socket;
    const goAway = () => socket.close(1001, 'Going away');
    this.#idle = setTimeout(goAway, limits.idleMilliseconds);
    this.#duration = setTimeout(goAway, limits.durationMilliseconds);
  }

  touch(): void {
    this.#idle.refresh();
    this.lastActiveAt = new Date();
  }

  /** Resolves once the message is on its way. */
  send(data: Buffer): Promise<void> {
    this.touch();
    return new Promise((resolve, reject) =>
      this.#socket.send(data, { binary: false }, (error) => (error ? reject(error) : resolve())),
    );
  }

  close(): void {
    this.#socket.close(1000, 'Connection Closed Normally');
  }

  /** The socket is closed: no more limits. */
  forget(): void {
    clearTimeout(this.#idle);
    clearTimeout(this.#duration);
  }
}

type FunctionIntegration = IntegrationModel & { readonly kind: 'function' };

/**
 * The connections of a WebSocket API. Frames over 32 kB, which API Gateway refuses as well, are let through: `ws` joins
 * frames before one sees them.
 */
export class WebSockets {
  readonly #options: WebSocketsOptions;
  readonly #server = new WebSocketServer({
    noServer: true,
    maxPayload: WEB_SOCKET_LIMITS.messageBytes,
    perMessageDeflate: false,
  });
  readonly #connections = new Map<string, OpenConnection>();
  readonly #counts = new Map<string, number>();

  constructor(options: WebSocketsOptions) {
    this.#options = options;
  }

  /** Answers a handshake: `$connect` runs first, and its status decides. */
  async upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    socket.on('error', () => socket.destroy());
    const context: ConnectionContext = {
      connectionId: `${randomBytes(16).toString('base64url')}=`,
      connectedAt: new Date(),
      domainName: this.#options.domainName,
      sourceIp: request.socket.remoteAddress ?? '127.0.0.1',
      userAgent: request.headers['user-agent'],
    };
    const { pathname } = new URL(request.url ?? '/', 'http://gateway');
    const status = pathname === '/' ? await this.#connectStatus(context, request) : 403;
    if (socket.destroyed) return;
    if (status >= 200 && status < 300) {
      this.#server.handleUpgrade(request, socket, head, (webSocket) => this.#open(webSocket, context));
    } else {
      refuse(socket, status >= 400 && status <= 599 ? status : 403);
    }
  }

  find(connectionId: string): OpenConnection | undefined {
    return this.#connections.get(connectionId);
  }

  /** Messages so far by route; `forbidden` counts those without any. */
  counts(): { readonly [route: string]: number } {
    return Object.fromEntries(this.#counts);
  }

  close(): void {
    for (const client of this.#server.clients) client.terminate();
    for (const connection of this.#connections.values()) connection.close();
    this.#server.close();
  }

  #functionOf(routeKey: string): FunctionIntegration | undefined {
    const integration = this.#options.api.routes.find((route) => route.key === routeKey)?.integration;
    return integration?.kind === 'function' ? integration : undefined;
  }

  /** Invokes an integration, which has only so much time. */
  #invoke({ functionId, timeoutMilliseconds }: FunctionIntegration, event: object): Promise<InvocationResult | 'late'> {
    return withinTime(this.#options.invoke(functionId, event), timeoutMilliseconds);
  }

  async #connectStatus(context: ConnectionContext, request: IncomingMessage): Promise<number> {
    const integration = this.#functionOf('$connect');
    if (integration === undefined) return 200;
    const event = connectEvent(this.#options.api, context, newMessage(), request);
    const result = await this.#invoke(integration, event);
    if (result === 'late') return 504;
    // What a function throws, or returns without a status, API Gateway calls a bad gateway.
    if (!result.ok) return 502;
    const status = (result.payload as { statusCode?: unknown } | null)?.statusCode;
    return typeof status === 'number' ? status : 502;
  }

  #open(socket: WebSocket, context: ConnectionContext): void {
    const connection = new OpenConnection(socket, context, this.#options.limits ?? WEB_SOCKET_LIMITS);
    this.#connections.set(context.connectionId, connection);
    socket.on('message', (data, isBinary) => {
      connection.touch();
      // API Gateway takes no binary frames and says so with 1003.
      if (isBinary) socket.close(1003, 'Unsupported data');
      else void this.#dispatch(connection, Buffer.isBuffer(data) ? data.toString('utf8') : String(data));
    });
    // `ws` has closed the socket with the fitting code by then, for example 1009 for a message that is too large.
    socket.on('error', () => undefined);
    socket.on('close', (code, reason) => {
      connection.forget();
      this.#connections.delete(context.connectionId);
      const integration = this.#functionOf('$disconnect');
      if (integration === undefined) return;
      const closed = { code, reason: reason.toString('utf8') };
      const event = disconnectEvent(this.#options.api, context, newMessage(), closed);
      void this.#options.invoke(integration.functionId, event);
    });
  }

  /** Messages run side by side, as with API Gateway, which keeps no order between them. */
  async #dispatch(connection: OpenConnection, body: string): Promise<void> {
    const message = newMessage();
    const route = selectMessageRoute(this.#options.api, body);
    const counted = route?.key ?? 'forbidden';
    this.#counts.set(counted, (this.#counts.get(counted) ?? 0) + 1);
    const ids = { connectionId: connection.context.connectionId, requestId: message.requestId };
    if (route === undefined) await this.#reply(connection, { message: 'Forbidden', ...ids });
    const integration = route && this.#functionOf(route.key);
    if (route === undefined || integration === undefined) return;
    const identified = { ...message, messageId: randomUUID() };
    const event = messageEvent(this.#options.api, route, connection.context, identified, body);
    const result = await this.#invoke(integration, event);
    if (result === 'late' || !result.ok) {
      await this.#reply(connection, { message: 'Internal server error', ...ids });
    } else if (route.responds) {
      const text = (result.payload as { body?: unknown } | null)?.body;
      if (typeof text === 'string') await this.#reply(connection, text);
    }
  }

  async #reply(connection: OpenConnection, content: string | object): Promise<void> {
    // The client may have gone meanwhile; then nobody waits for a reply.
    if (!this.#connections.has(connection.context.connectionId)) return;
    const text = typeof content === 'string' ? content : JSON.stringify(content);
    await connection.send(Buffer.from(text)).catch(() => undefined);
  }
}

const newMessage = (): MessageContext => ({ requestId: randomUUID(), time: new Date() });

function refuse(socket: Duplex, status: number): void {
  const message = status >= 500 ? 'Internal server error' : status === 401 ? 'Unauthorized' : 'Forbidden';
  const body = JSON.stringify({ message });
  socket.end(
    `HTTP/1.1 ${status} ${message}\r\ncontent-type: application/json\r\nconnection: close\r\n` +
      `content-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  );
}

/** Source of the limit: API Gateway quotas, "Integration timeout". */
export async function withinTime<T>(promise: Promise<T>, milliseconds: number): Promise<T | 'late'> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<'late'>((resolve) => {
    timer = setTimeout(() => resolve('late'), milliseconds);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
