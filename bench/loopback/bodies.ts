import type { IncomingMessage, ServerResponse } from 'node:http';

/** Reads a body into nothing. @returns its bytes. */
export async function drain(request: IncomingMessage): Promise<number> {
  let bytes = 0;
  for await (const chunk of request) bytes += chunk.length;
  return bytes;
}

export function reply(
  response: ServerResponse,
  status: number,
  body: object | string,
  headers: { readonly [name: string]: string } = {},
): void {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  response.writeHead(status, { 'content-length': Buffer.byteLength(text), ...headers }).end(text);
}
