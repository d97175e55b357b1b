/**
 * Replies over the request that Lambda's own runtime makes of a response: a chunked POST to the runtime's API. As there, an error
 * of that request ends the process, and what a handler throws is told in the trailers.
 */
import { once } from 'node:events';
import { type ClientRequest, createServer, type IncomingMessage, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setImmediate as turn } from 'node:timers/promises';
import { type AwsLambdaGlobal, sendReply } from '../../../../lambdas/shared/adapters/aws/lambda-response-stream.ts';

const HEAD = { statusCode: 200, headers: { 'content-type': 'audio/x-wav' } };
const ERROR_TRAILER = 'lambda-runtime-function-error-type';

let api: Server;
let received: { body: string; trailers: IncomingMessage['trailers']; complete: boolean } | undefined;
beforeAll(async () => {
  api = createServer(async (incoming, response) => {
    let body = '';
    try {
      for await (const chunk of incoming) body += String(chunk);
    } catch {
      // The runtime's process has ended: what came is all.
    }
    received = { body, trailers: incoming.trailers, complete: incoming.complete };
    response.writeHead(202).end();
  });
  api.listen(0, '127.0.0.1');
  await once(api, 'listening');
});
afterAll(() => {
  api.closeAllConnections();
  api.close();
});
beforeEach(() => {
  received = undefined;
});

type Request = ClientRequest & { _onBeforeFirstWrite?: (write: (bytes: string | Uint8Array) => void) => void };

/** `HttpResponseStream` of the runtime. */
const HttpResponseStream = {
  from(stream: Request, head: object): Request {
    stream.setHeader('content-type', 'application/vnd.awslambda.http-integration-response');
    stream._onBeforeFirstWrite = (write) => {
      write(JSON.stringify(head));
      write(new Uint8Array(8));
    };
    return stream;
  },
};

/** One invocation, in the runtime's order. @returns whether its process lives on, and what the handler threw */
async function invoke(
  body: string | AsyncIterable<Uint8Array>,
): Promise<{ lives: boolean; threw: string | undefined }> {
  const { port } = api.address() as AddressInfo;
  const headers = { 'transfer-encoding': 'chunked', trailer: ERROR_TRAILER };
  const response = request({ host: '127.0.0.1', port, method: 'POST', headers }) as Request;
  let lives = true;
  const answered = once(response, 'response').catch(() => undefined);
  // The runtime rejects a promise that nobody waits for.
  response.on('error', () => {
    lives = false;
  });
  const write = response.write.bind(response) as (bytes: string | Uint8Array) => boolean;
  let begun = false;
  response.write = ((bytes: string | Uint8Array) => {
    if (!begun) response._onBeforeFirstWrite?.(write);
    begun = true;
    return write(bytes);
  }) as typeof response.write;
  let threw: string | undefined;
  try {
    await sendReply({ HttpResponseStream } as unknown as AwsLambdaGlobal, response, { ...HEAD, body });
  } catch (error) {
    threw = (error as Error).name;
    await turn();
    if (!response.destroyed) {
      response.addTrailers({ [ERROR_TRAILER]: threw });
      response.end();
    }
  }
  await answered;
  for (let turns = 0; turns < 1000 && received === undefined; turns++) await turn();
  return { lives, threw };
}

async function* pieces(...given: readonly (string | Error)[]): AsyncGenerator<Uint8Array> {
  for (const piece of given) {
    await turn();
    if (piece instanceof Error) throw piece;
    yield Buffer.from(piece);
  }
}
const broken = new Error('what Twilio said, which may quote anything');
const headOf = (body = '') => JSON.parse(body.split('\0')[0] ?? '');

test('a whole body goes out behind its head', async () => {
  expect(await invoke(pieces('one', 'two'))).toEqual({ lives: true, threw: undefined });
  expect(received).toEqual({ body: `${JSON.stringify(HEAD)}${'\0'.repeat(8)}onetwo`, trailers: {}, complete: true });
});

test('a body that breaks off before its first byte is answered 502, and the process lives on', async () => {
  expect(await invoke(pieces(broken))).toEqual({ lives: true, threw: undefined });
  expect(headOf(received?.body)).toMatchObject({ statusCode: 502, headers: { 'content-type': 'application/json' } });
  expect(received?.body).toMatch(/\0{8}\{"error":"[^"]+try again[^"]*"\}$/);
  expect(received).toMatchObject({ trailers: {}, complete: true });
  expect(received?.body).not.toContain('Twilio said');
});

test.each([1, 20])(
  'one that breaks off after %d pieces is told as an error, and the process lives on',
  async (count) => {
    const piece = 'x'.repeat(50_000);
    const before = Array.from({ length: count }, () => piece);
    expect(await invoke(pieces(...before, broken))).toEqual({ lives: true, threw: 'BodyBrokeOff' });
    expect(headOf(received?.body)).toEqual(HEAD);
    expect(received?.trailers).toEqual({ [ERROR_TRAILER]: 'BodyBrokeOff' });
  },
);

test('after either, the next invocation is served', async () => {
  for (const body of [pieces(broken), pieces('half', broken), pieces('whole')]) {
    received = undefined;
    expect((await invoke(body)).lives).toBe(true);
  }
  expect(received).toMatchObject({ trailers: {}, body: expect.stringMatching(/whole$/) });
});

test('a text, and a body of nothing, go out with their head', async () => {
  for (const [body, text] of [
    ['{"error":"x"}', '{"error":"x"}'],
    [pieces(), ''],
  ] as const) {
    received = undefined;
    expect(await invoke(body)).toEqual({ lives: true, threw: undefined });
    expect(received).toMatchObject({ body: `${JSON.stringify(HEAD)}${'\0'.repeat(8)}${text}` });
  }
});
