/** Function URLs at the gateway: who is let in, and how what a function streams gets to the client. */
import { get as httpGet, type IncomingMessage } from 'node:http';
import { S3Client } from '@aws-sdk/client-s3';
import { functionUrlPlayback } from '../../../lambdas/shared/adapters/aws/function-url-playback.ts';
import { type Gateway, startGateway } from '../../../local/gateway/gateway.ts';
import type { InvocationResult, ResponseSink } from '../../../local/lambda/environment.ts';
import { HEAD_CONTENT_TYPE, HEAD_END } from '../../../local/lambda/response-stream.ts';
import type { ApiModel } from '../../../local/template/apis.ts';
import { until } from '../support.ts';

const SIGNING = { region: 'us-east-1', secretAccessKey: 'a-secret-of-this-machine' };
const CALL = `CA${'1'.repeat(32)}`;
const RECORDING = `RE${'1'.repeat(32)}`;
const api = (protocol: ApiModel['protocol']): ApiModel => ({
  ...{ logicalId: protocol, id: protocol, protocol, stage: '$default', routeSelection: '$request.body.event' },
  routes: [],
});
const urls = [
  { logicalId: 'Play', id: 'play', functionId: 'Play', authorization: 'iam' },
  { logicalId: 'Open', id: 'open', functionId: 'Open', authorization: 'none' },
] as const;

type Event = { readonly [name: string]: unknown };
let gateway: Gateway;
let now = new Date();
const seen: { readonly functionId: string; readonly event: Event }[] = [];
let behave: (sink: ResponseSink) => Promise<unknown>;

beforeAll(async () => {
  gateway = await startGateway({ port: 0, accountId: '000000000000', signing: SIGNING, now: () => now });
  const invoke = async (functionId: string, event: object, sink?: ResponseSink): Promise<InvocationResult> => {
    seen.push({ functionId, event: event as Event });
    if (!sink) throw new Error('A function URL streams.');
    try {
      return { ok: true, payload: await behave(sink) };
    } catch (error) {
      return { ok: false, error: { errorType: 'Error', errorMessage: String(error) } };
    }
  };
  const domainName = 'calls.example';
  gateway.serve({ http: api('HTTP'), webSocket: api('WEBSOCKET'), functionUrls: urls, domainName, invoke });
});
afterAll(() => gateway.close());
beforeEach(() => {
  now = new Date();
  seen.length = 0;
  behave = async () => ({ statusCode: 200, body: 'hi' });
});

const credentials = { accessKeyId: 'LOCALLOOKUP', secretAccessKey: SIGNING.secretAccessKey };
const link = (id = 'play', given = credentials) => {
  const { config } = new S3Client({ region: 'us-east-1', credentials: given });
  const clock = { now: () => now.getTime() };
  const base = `${gateway.url}/lambda-url/${id}`;
  return functionUrlPlayback(base, config, clock).link({ callSid: CALL, recordingSid: RECORDING });
};
const play = async () => fetch((await link()).url);
/** A first piece with its head before it. */
const begin = (head: object, body = '') =>
  Buffer.concat([Buffer.from(JSON.stringify(head)), HEAD_END, Buffer.from(body)]);
const HEAD = { statusCode: 203, headers: { 'content-type': 'audio/x-wav', 'x-one': '1' } };

describe('a request', () => {
  test('reaches the function in payload format 2.0, with who has signed, and the path behind the address', async () => {
    expect((await play()).status).toBe(200);
    expect(seen).toMatchObject([
      {
        functionId: 'Play',
        event: {
          ...{ version: '2.0', routeKey: '$default', rawPath: `/${CALL}/${RECORDING}` },
          queryStringParameters: { 'X-Amz-Expires': '900' },
          requestContext: {
            ...{ apiId: 'play', stage: '$default', http: { method: 'GET', path: `/${CALL}/${RECORDING}` } },
            authorizer: { iam: { accessKey: 'LOCALLOOKUP', userArn: expect.stringMatching(/user\/LOCALLOOKUP$/) } },
          },
        },
      },
    ]);
  });

  test.each<[string, () => Promise<string>]>([
    ['without a signature', async () => `${gateway.url}/lambda-url/play/${CALL}/${RECORDING}`],
    ['for another recording', async () => (await link()).url.replace(RECORDING, `RE${'2'.repeat(32)}`)],
    ['of another secret', async () => (await link('play', { ...credentials, secretAccessKey: 'local' })).url],
    ['at an address that is none', async () => (await link('none')).url],
    [
      'that has expired',
      async () => {
        const { url } = await link();
        now = new Date(now.getTime() + 901_000);
        return url;
      },
    ],
  ])('is answered 403 %s, and the function hears nothing of it', async (_, url) => {
    const reply = await fetch(await url());
    expect([reply.status, await reply.text(), seen]).toEqual([403, '{"message":"Forbidden"}', []]);
  });

  test('needs no signature where anybody may ask', async () => {
    expect((await fetch(`${gateway.url}/lambda-url/open`)).status).toBe(200);
    expect(seen).toMatchObject([{ functionId: 'Open', event: { rawPath: '/' } }]);
    expect(seen[0]?.event.requestContext).not.toHaveProperty('authorizer');
  });
});

describe('a response', () => {
  test('has the head that the function gives, and its pieces in order', async () => {
    behave = async (sink) => {
      await sink.take(begin(HEAD, 'one '), HEAD_CONTENT_TYPE);
      await sink.take(Buffer.from('two'), HEAD_CONTENT_TYPE);
    };
    const reply = await play();
    expect([reply.status, reply.headers.get('content-type'), reply.headers.get('x-one'), await reply.text()]).toEqual([
      ...[203, 'audio/x-wav', '1', 'one two'],
    ]);
  });

  test('without a head is 200, of the type that the stream has', async () => {
    behave = (sink) => sink.take(Buffer.from('plain'), 'text/x');
    const reply = await play();
    expect([reply.status, reply.headers.get('content-type'), await reply.text()]).toEqual([200, 'text/x', 'plain']);
  });

  test('is 502 where the function fails before it has begun', async () => {
    behave = async () => Promise.reject(new Error('secret details'));
    const reply = await play();
    expect([reply.status, await reply.text()]).toEqual([502, '{"message":"Internal Server Error"}']);
  });

  test('breaks off where the function fails in the middle, and never looks whole', async () => {
    behave = async (sink) => {
      await sink.take(begin(HEAD, 'half'), HEAD_CONTENT_TYPE);
      throw new Error('broken');
    };
    const reply = await play();
    expect(reply.status).toBe(203);
    await expect(reply.text()).rejects.toThrow();
  });

  test('goes no faster than it is read, and tells when the client has left', async () => {
    let taken = 0;
    const left = Promise.withResolvers<void>();
    behave = async (sink) => {
      sink.left.addEventListener('abort', () => left.resolve());
      await sink.take(begin(HEAD), HEAD_CONTENT_TYPE);
      while (!sink.left.aborted) {
        await sink.take(Buffer.alloc(1_000_000), HEAD_CONTENT_TYPE);
        taken += 1;
      }
    };
    const { url } = await link();
    const reply = await new Promise<IncomingMessage>((resolve) => httpGet(url, resolve));
    reply.pause();
    await until(() => taken > 0, 'the buffers fill');
    let before = -1;
    // What the machine's own buffers hold, and no more.
    await until(async () => {
      before = taken;
      await new Promise((done) => setTimeout(done, 200));
      return taken === before;
    }, 'it stands still');
    expect(taken).toBeLessThan(50);
    reply.destroy();
    await left.promise;
  });
});
