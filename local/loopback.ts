/** Servers on 127.0.0.1, and the bodies that they are sent. */
import { once } from 'node:events';
import type { IncomingMessage, Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/**
 * @param port 0 takes a free one
 * @returns the port
 * @throws where it cannot be had
 */
export async function listen(server: Server, port = 0): Promise<number> {
  // On a busy machine an idle connection would be closed just as its client sends the next request.
  server.keepAliveTimeout = 0;
  await once(server.listen(port, '127.0.0.1'), 'listening');
  return (server.address() as AddressInfo).port;
}

/** Ends a server, and the connections that clients keep. */
export async function close(server: Server): Promise<void> {
  server.close();
  server.closeAllConnections();
  await once(server, 'close');
}

/** Reads the whole body; beyond the limit the rest is read, and thrown away: then the answer is undefined. */
export async function readBody(request: IncomingMessage, largestBytes: number): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes <= largestBytes) chunks.push(chunk);
  }
  return bytes <= largestBytes ? Buffer.concat(chunks) : undefined;
}
