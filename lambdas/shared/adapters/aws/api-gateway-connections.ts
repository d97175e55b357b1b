/** The server's side of a WebSocket connection: API Gateway's `@connections`. */
import {
  type ApiGatewayManagementApiClient,
  DeleteConnectionCommand,
  GoneException,
  PostToConnectionCommand,
} from '@aws-sdk/client-apigatewaymanagementapi';
import type { StreamConnections } from '../../ports/stream-connections.ts';

export const apiGatewayConnections = (client: ApiGatewayManagementApiClient): StreamConnections => ({
  async send(connectionId, message) {
    try {
      await client.send(new PostToConnectionCommand({ ConnectionId: connectionId, Data: Buffer.from(message) }));
      return 'sent';
    } catch (error) {
      if (error instanceof GoneException) return 'gone';
      throw error;
    }
  },
  async close(connectionId) {
    try {
      await client.send(new DeleteConnectionCommand({ ConnectionId: connectionId }));
    } catch (error) {
      // The caller has hung up meanwhile: it is closed.
      if (!(error instanceof GoneException)) throw error;
    }
  },
});
