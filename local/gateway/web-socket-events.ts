import type { IncomingMessage } from 'node:http';
import type { ApiModel, RouteModel } from '../template/apis.ts';

/** What API Gateway knows of a connection. */
export interface ConnectionContext {
  readonly connectionId: string;
  readonly connectedAt: Date;
  readonly domainName: string;
  readonly sourceIp: string;
  readonly userAgent: string | undefined;
}

export interface MessageContext {
  readonly requestId: string;
  readonly time: Date;
}

type EventType = 'CONNECT' | 'MESSAGE' | 'DISCONNECT';

/** The event of `$connect`; the handshake's headers keep the client's spelling. */
export function connectEvent(
  api: ApiModel,
  connection: ConnectionContext,
  message: MessageContext,
  request: IncomingMessage,
): object {
  const { searchParams, search } = new URL(request.url ?? '/', 'http://gateway');
  const names = [...new Set(searchParams.keys())];
  const query = {
    queryStringParameters: Object.fromEntries(names.map((name) => [name, searchParams.getAll(name).at(-1)])),
    multiValueQueryStringParameters: Object.fromEntries(names.map((name) => [name, searchParams.getAll(name)])),
  };
  return {
    ...headersOf(request, connection, message),
    ...(search === '' ? {} : query),
    requestContext: requestContext(api, '$connect', 'CONNECT', connection, message),
    isBase64Encoded: false,
  };
}

export function messageEvent(
  api: ApiModel,
  route: RouteModel,
  connection: ConnectionContext,
  message: MessageContext & { readonly messageId: string },
  body: string,
): object {
  return {
    requestContext: { ...requestContext(api, route.key, 'MESSAGE', connection, message), messageId: message.messageId },
    body,
    isBase64Encoded: false,
  };
}

export function disconnectEvent(
  api: ApiModel,
  connection: ConnectionContext,
  message: MessageContext,
  { code, reason }: { readonly code: number; readonly reason: string },
): object {
  return {
    headers: { Host: connection.domainName },
    multiValueHeaders: { Host: [connection.domainName] },
    requestContext: {
      ...requestContext(api, '$disconnect', 'DISCONNECT', connection, message),
      disconnectStatusCode: code,
      disconnectReason: reason,
    },
    isBase64Encoded: false,
  };
}

/**
 * Which route a message takes: the value that `$request.body.…` selects, else `$default`, else none. What is no JSON
 * object has no such value.
 */
export function selectMessageRoute(api: ApiModel, body: string): RouteModel | undefined {
  const find = (key: string) => api.routes.find((route) => route.key === key);
  const selected = selectedValue(api.routeSelection, body);
  const isReserved = selected === undefined || selected.startsWith('$');
  return (isReserved ? undefined : find(selected)) ?? find('$default');
}

function selectedValue(expression: string, body: string): string | undefined {
  const path = expression.match(/^\$\{?request\.body\.([\w.]+)\}?$/)?.[1]?.split('.');
  if (path === undefined) return undefined;
  try {
    let value: unknown = JSON.parse(body);
    for (const name of path) {
      if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined;
      value = (value as { readonly [name: string]: unknown })[name];
    }
    return typeof value === 'string' || typeof value === 'number' ? String(value) : undefined;
  } catch {
    // A message that is no JSON selects nothing; that is what `$default` is for.
    return undefined;
  }
}

function requestContext(
  api: ApiModel,
  routeKey: string,
  eventType: EventType,
  connection: ConnectionContext,
  { requestId, time }: MessageContext,
): object {
  return {
    routeKey,
    eventType,
    extendedRequestId: requestId,
    requestTime: time.toISOString(),
    messageDirection: 'IN',
    stage: api.stage,
    connectedAt: connection.connectedAt.getTime(),
    requestTimeEpoch: time.getTime(),
    identity: {
      sourceIp: connection.sourceIp,
      ...(connection.userAgent === undefined ? {} : { userAgent: connection.userAgent }),
    },
    requestId,
    domainName: connection.domainName,
    connectionId: connection.connectionId,
    apiId: api.id,
  };
}

function headersOf(request: IncomingMessage, { sourceIp }: ConnectionContext, { requestId }: MessageContext) {
  const multiValueHeaders: { [name: string]: string[] } = {};
  for (let index = 0; index + 1 < request.rawHeaders.length; index += 2) {
    const name = request.rawHeaders[index] ?? '';
    if (/^(connection|upgrade)$/i.test(name)) continue;
    multiValueHeaders[name] = [...(multiValueHeaders[name] ?? []), request.rawHeaders[index + 1] ?? ''];
  }
  multiValueHeaders['X-Amzn-Trace-Id'] = [`Root=${requestId}`];
  multiValueHeaders['X-Forwarded-For'] = [sourceIp];
  const headers = Object.fromEntries(Object.entries(multiValueHeaders).map(([name, values]) => [name, values.at(-1)]));
  return { headers, multiValueHeaders };
}
