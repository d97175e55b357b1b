import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { type WebSocket, WebSocketServer } from 'ws';
import type { InvocationResult } from '../lambda/environment.ts';
import type { ApiModel, RouteModel } from '../template/apis.ts';
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
  readonly newRequestId: () => string;
  readonly newConnectionId: () => string;
  readonly now: () => Date;
  readonly limits?: { readonly idleMilliseconds: number; readonly durationMilliseconds: number };
}

export interface Connection {
  readonly context: ConnectionContext;
  readonly lastActiveAt: Date;
  /** Resolves once the message is on its way. */
  send(data: Buffer): Promise<void>;
  close(): void;
}

export interface WebSockets {
  /** Answers a handshake: `$connect` runs first, and its status decides. */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void>;
  find(connectionId: string): Connection | undefined;
  /** Messages so far by route; `forbidden` counts those without any. */
  counts(): { readonly [route: string]: number };
  close(): void;
}

interface OpenConnection extends Connection {
  lastActiveAt: Date;
  touch(): void;
}

/** Frames over 32 kB, which API Gateway refuses as well, are let through: `ws` joins frames before one sees them. */
export function createWebSockets(options: WebSocketsOptions): WebSockets {
  const { api, now, newRequestId, limits = WEB_SOCKET_LIMITS } = options;
  const server = new WebSocketServer({
    noServer: true,
    maxPayload: WEB_SOCKET_LIMITS.messageBytes,
    perMessageDeflate: false,
  });
  const connections = new Map<string, OpenConnection>();
  const counts = new Map<string, number>();
  const newMessage = (): MessageContext => ({ requestId: newRequestId(), time: now() });
  const routeOf = (key: string) => api.routes.find((route) => route.key === key);

  async function connectStatus(context: ConnectionContext, request: IncomingMessage): Promise<number> {
    const integration = routeOf('$connect')?.integration;
    if (integration?.kind !== 'function') return 200;
    const event = connectEvent(api, context, newMessage(), request);
    const result = await withinTime(options.invoke(integration.functionId, event), integration.timeoutMilliseconds);
    if (result === 'late') return 504;
    // What a function throws, or returns without a status, API Gateway calls a bad gateway.
    if (!result.ok) return 502;
    const status = (result.payload as { statusCode?: unknown } | null)?.statusCode;
    return typeof status === 'number' ? status : 502;
  }

  function open(socket: WebSocket, context: ConnectionContext): void {
    let idle: NodeJS.Timeout | undefined;
    const goAway = () => socket.close(1001, 'Going away');
    const duration = setTimeout(goAway, limits.durationMilliseconds);
    const connection: OpenConnection = {
      context,
      lastActiveAt: now(),
      touch() {
        clearTimeout(idle);
        idle = setTimeout(goAway, limits.idleMilliseconds);
        connection.lastActiveAt = now();
      },
      send(data) {
        connection.touch();
        return new Promise((resolve, reject) =>
          socket.send(data, { binary: false }, (error) => (error ? reject(error) : resolve())),
        );
      },
      close: () => socket.close(1000, 'Connection Closed Normally'),
    };
    connection.touch();
    connections.set(context.connectionId, connection);
    socket.on('message', (data, isBinary) => {
      connection.touch();
      // API Gateway takes no binary frames and says so with 1003.
      if (isBinary) socket.close(1003, 'Unsupported data');
      else void dispatch(connection, Buffer.isBuffer(data) ? data.toString('utf8') : String(data));
    });
    // `ws` has closed the socket with the fitting code by then, for example 1009 for a message that is too large.
    socket.on('error', () => undefined);
    socket.on('close', (code, reason) => {
      clearTimeout(idle);
      clearTimeout(duration);
      connections.delete(context.connectionId);
      const integration = routeOf('$disconnect')?.integration;
      if (integration?.kind !== 'function') return;
      const event = disconnectEvent(api, context, newMessage(), { code, reason: reason.toString('utf8') });
      void options.invoke(integration.functionId, event);
    });
  }

  /** Messages run side by side, as with API Gateway, which keeps no order between them. */
  async function dispatch(connection: OpenConnection, body: string): Promise<void> {
    const message = newMessage();
    const route = selectMessageRoute(api, body);
    const counted = route?.key ?? 'forbidden';
    counts.set(counted, (counts.get(counted) ?? 0) + 1);
    const ids = { connectionId: connection.context.connectionId, requestId: message.requestId };
    if (route === undefined) await reply(connection, { message: 'Forbidden', ...ids });
    else if (route.integration.kind === 'function') await toFunction(connection, route, body, message, ids);
  }

  async function toFunction(
    connection: OpenConnection,
    route: RouteModel,
    body: string,
    message: MessageContext,
    ids: object,
  ): Promise<void> {
    if (route.integration.kind !== 'function') return;
    const { functionId, timeoutMilliseconds } = route.integration;
    const event = messageEvent(api, route, connection.context, { ...message, messageId: newRequestId() }, body);
    const result = await withinTime(options.invoke(functionId, event), timeoutMilliseconds);
    if (result === 'late' || !result.ok) {
      await reply(connection, { message: 'Internal server error', ...ids });
    } else if (route.responds) {
      const text = (result.payload as { body?: unknown } | null)?.body;
      if (typeof text === 'string') await reply(connection, text);
    }
  }

  async function reply(connection: OpenConnection, content: string | object): Promise<void> {
    // The client may have gone meanwhile; then nobody waits for a reply.
    if (!connections.has(connection.context.connectionId)) return;
    const text = typeof content === 'string' ? content : JSON.stringify(content);
    await connection.send(Buffer.from(text)).catch(() => undefined);
  }

  return {
    async upgrade(request, socket, head) {
      socket.on('error', () => socket.destroy());
      const context: ConnectionContext = {
        connectionId: options.newConnectionId(),
        connectedAt: now(),
        domainName: options.domainName,
        sourceIp: request.socket.remoteAddress ?? '127.0.0.1',
        userAgent: request.headers['user-agent'],
      };
      const { pathname } = new URL(request.url ?? '/', 'http://gateway');
      const status = pathname === '/' ? await connectStatus(context, request) : 403;
      if (socket.destroyed) return;
      if (status >= 200 && status < 300) {
        server.handleUpgrade(request, socket, head, (webSocket) => open(webSocket, context));
      } else {
        refuse(socket, status >= 400 && status <= 599 ? status : 403);
      }
    },
    find: (connectionId) => connections.get(connectionId),
    counts: () => Object.fromEntries(counts),
    close() {
      for (const client of server.clients) client.terminate();
      for (const connection of connections.values()) connection.close();
      server.close();
    },
  };
}

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
