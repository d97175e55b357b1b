import type { IncomingMessage } from 'node:http';
import { type Signing, signedBy } from './aws-signature.ts';
import { type GatewayReply, messageReply } from './http-api.ts';
import { WEB_SOCKET_LIMITS, type WebSockets } from './web-sockets.ts';

const PATH = /^\/@connections\/([^/]+)$/;

/** Whether a request is one of the backend to a connection, and not one of a caller of the HTTP API. */
export function isConnectionsRequest(path: string): boolean {
  return path.startsWith('/@connections/');
}

/**
 * The `@connections` API: POST sends, GET describes, DELETE closes.
 * Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-how-to-call-websocket-api-connections.html
 */
export async function connectionsReply(
  webSockets: WebSockets,
  request: IncomingMessage,
  path: string,
  body: Buffer | undefined,
  { signing, now }: { readonly signing: Signing; readonly now: Date },
): Promise<GatewayReply> {
  const { method = 'GET', url = '/', headers } = request;
  if (body === undefined) return TOO_LARGE;
  if (signedBy({ method, url, headers, body }, { ...signing, service: 'execute-api' }, now) === undefined) {
    return errorReply(403, 'ForbiddenException', 'Missing Authentication Token');
  }
  const connectionId = decodeURIComponent(PATH.exec(path)?.[1] ?? '');
  const connection = webSockets.find(connectionId);
  if (connection === undefined) return errorReply(410, 'GoneException', 'Gone');
  switch (method) {
    case 'POST':
      if (body.length > WEB_SOCKET_LIMITS.messageBytes) return TOO_LARGE;
      return connection.send(body).then(
        () => ({ status: 200, headers: {}, body: '' }),
        () => errorReply(410, 'GoneException', 'Gone'),
      );
    case 'GET': {
      const { connectedAt, sourceIp, userAgent } = connection.context;
      const description = {
        connectedAt: connectedAt.toISOString(),
        identity: { sourceIp, userAgent },
        lastActiveAt: connection.lastActiveAt.toISOString(),
      };
      return { status: 200, headers: { 'content-type': 'application/json' }, body: JSON.stringify(description) };
    }
    case 'DELETE':
      connection.close();
      return { status: 204, headers: {}, body: '' };
    default:
      return errorReply(403, 'ForbiddenException', 'Missing Authentication Token');
  }
}

function errorReply(status: number, errorType: string, message: string): GatewayReply {
  const reply = messageReply(status, message);
  return { ...reply, headers: { ...reply.headers, 'x-amzn-errortype': errorType } };
}

const TOO_LARGE = errorReply(413, 'PayloadTooLargeException', 'Payload Too Large');
