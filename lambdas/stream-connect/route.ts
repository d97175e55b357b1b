/** One function behind three routes of the WebSocket API. */
import { connectStream, markReturned, type StreamConnectDependencies, startStream } from './stream-connect.ts';

/** The part of an API Gateway WebSocket event that is read. */
export interface StreamEvent {
  readonly requestContext: { readonly routeKey: string; readonly connectionId: string };
  /** Only with `$connect`. */
  readonly headers?: { readonly [name: string]: string | undefined };
  readonly body?: string;
}

/** What is returned for `$connect` decides on the handshake; for the other routes nobody reads it. */
export async function routeStreamEvent(
  deps: StreamConnectDependencies,
  { requestContext, headers, body }: StreamEvent,
): Promise<{ statusCode: number }> {
  const { routeKey, connectionId } = requestContext;
  switch (routeKey) {
    case '$connect':
      return connectStream(deps, headers);
    case 'start':
      await startStream(deps, connectionId, body ?? '');
      return { statusCode: 200 };
    case 'mark':
      await markReturned(deps, connectionId, body ?? '');
      return { statusCode: 200 };
    default:
      deps.log.warn('An event came by a route that is none of ours', { event: 'route_unknown', route: routeKey });
      return { statusCode: 400 };
  }
}
