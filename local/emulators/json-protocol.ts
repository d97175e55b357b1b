import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { json } from 'node:stream/consumers';
import { close, listen } from '../loopback.ts';
import type { AwsRequest } from './emulator-process.ts';
import { accessKeyIdOf } from './serve.ts';

/** What a service answers with status 400. */
export class ServiceError extends Error {
  readonly code: string;
  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

export interface JsonService<Body> {
  /** By which requests are counted; absent where nobody counts them. */
  readonly service?: AwsRequest['service'];
  /** Before the operation's name in `X-Amz-Target`, such as `secretsmanager`. */
  readonly target: string;
  readonly onRequest?: ((request: AwsRequest) => void) | undefined;
  /** @throws {ServiceError} where the request is refused. */
  readonly perform: (operation: string, body: Body) => object;
}

export type JsonServer = Awaited<ReturnType<typeof serveJson>>;

/** Serves AWS's JSON 1.1 protocol: https://smithy.io/2.0/aws/protocols/aws-json-1_1-protocol.html. */
export async function serveJson<Body>(of: JsonService<Body>) {
  const server = createServer((request, response) => {
    const operation = String(request.headers['x-amz-target'] ?? '').replace(`${of.target}.`, '');
    const { service } = of;
    if (service) of.onRequest?.({ accessKeyId: accessKeyIdOf(request.headers.authorization), service, operation });
    void answer(request, response, (body) => of.perform(operation, body as Body));
  });
  return { url: `http://127.0.0.1:${await listen(server)}`, close: () => close(server) };
}

async function answer(request: IncomingMessage, response: ServerResponse, act: (body: unknown) => object) {
  const { status, result } = await outcomeOf(request, act);
  response.writeHead(status, { 'content-type': 'application/x-amz-json-1.1', 'x-amzn-requestid': randomUUID() });
  response.end(JSON.stringify(result));
}

async function outcomeOf(request: IncomingMessage, act: (body: unknown) => object) {
  try {
    return { status: 200, result: act(await json(request)) };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    if (error instanceof ServiceError) return { status: 400, result: { __type: error.code, message } };
    if (error instanceof SyntaxError) return { status: 400, result: { __type: 'SerializationException', message } };
    return { status: 500, result: { __type: 'InternalServiceError', message } };
  }
}
