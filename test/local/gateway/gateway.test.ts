import { request as httpRequest } from 'node:http';
import {
  ApiGatewayManagementApiClient,
  DeleteConnectionCommand,
  GetConnectionCommand,
  PostToConnectionCommand,
} from '@aws-sdk/client-apigatewaymanagementapi';
import { WebSocket } from 'ws';
import { type Gateway, startGateway } from '../../../local/gateway/gateway.ts';
import type { InvocationResult } from '../../../local/lambda/environment.ts';
import type { ApiModel, IntegrationModel, RouteModel } from '../../../local/template/apis.ts';
import { signedHeaders } from '../signed.ts';
import { until } from '../support.ts';

type Event = { readonly [name: string]: unknown } & { readonly requestContext: { readonly [name: string]: unknown } };

const toFunction = (functionId: string, timeoutMilliseconds = 30_000): IntegrationModel => ({
  kind: 'function',
  functionId,
  timeoutMilliseconds,
});
const route = (key: string, integration: IntegrationModel, responds = false): RouteModel => ({
  ...{ key, integration, responds, authorization: 'none' },
});
const http: ApiModel = {
  logicalId: 'Webhooks',
  id: 'abc123',
  protocol: 'HTTP',
  stage: '$default',
  routeSelection: '',
  routes: [
    route('POST /voice', toFunction('voice')),
    route('ANY /any', toFunction('any')),
    route('POST /slow', toFunction('slow', 50)),
    { ...route('GET /calls/{callSid}', toFunction('voice')), authorization: 'iam' },
    { ...route('GET /recordings', toFunction('voice')), authorization: 'iam' },
  ],
};
const webSocket: ApiModel = {
  logicalId: 'Stream',
  id: 'def456',
  protocol: 'WEBSOCKET',
  stage: 'prod',
  routeSelection: '$request.body.event',
  routes: [
    route('$connect', toFunction('connect')),
    route('$disconnect', toFunction('disconnect')),
    route('start', toFunction('start')),
    route('echo', toFunction('start'), true),
    route('media', { kind: 'mock' }),
    route('$default', { kind: 'mock' }),
  ],
};
const withoutDefault = { ...webSocket, routes: webSocket.routes.filter(({ key }) => key !== '$default') };

/** What each function does with its event; set by the tests. */
const SIGNING = { region: 'us-east-1', secretAccessKey: 'a-secret-of-this-machine' };
const behaviours = new Map<string, (event: Event) => unknown>();
const seen: { readonly functionId: string; readonly event: Event }[] = [];
const gateways: Gateway[] = [];
const sockets: WebSocket[] = [];
let gateway: Gateway;

async function invoke(functionId: string, event: object): Promise<InvocationResult> {
  seen.push({ functionId, event: event as Event });
  try {
    return { ok: true, payload: await behaviours.get(functionId)?.(event as Event) };
  } catch (error) {
    return { ok: false, error: { errorType: 'Error', errorMessage: String(error) } };
  }
}

async function start(api = webSocket, limits?: { idleMilliseconds: number; durationMilliseconds: number }) {
  const started = await startGateway({
    port: 0,
    accountId: '000000000000',
    signing: SIGNING,
    ...(limits === undefined ? {} : { limits }),
  });
  gateways.push(started);
  started.serve({ http, webSocket: api, domainName: 'calls.example', invoke });
  return started;
}

beforeAll(async () => {
  gateway = await start();
});
beforeEach(() => {
  seen.length = 0;
  behaviours.clear();
  behaviours.set('connect', () => ({ statusCode: 200 }));
});
afterEach(() => {
  for (const socket of sockets.splice(0)) socket.terminate();
});
afterAll(() => Promise.all(gateways.map((started) => started.close())));

const lastEvent = () => seen.at(-1)?.event as Event;
/** Earlier tests' connections may still be on their way out. */
const eventsOf = (connectionId: string) =>
  seen.map(({ event }) => event).filter(({ requestContext }) => requestContext.connectionId === connectionId);
const isGone = (connectionId: string) =>
  eventsOf(connectionId).some(({ requestContext }) => requestContext.eventType === 'DISCONNECT');
const post = (path: string, init: RequestInit = {}) => fetch(`${gateway.url}${path}`, { method: 'POST', ...init });

describe('the HTTP API', () => {
  test('hands a form over in payload format 2.0, base64-encoded', async () => {
    behaviours.set('voice', () => ({
      statusCode: 201,
      headers: { 'Content-Type': 'text/xml', 'X-One': 1 },
      body: '<a/>',
    }));
    const reply = await post('/voice?a=1&b=2&b=3', {
      headers: { 'X-Twilio-Signature': 'sig', Cookie: 'x=1; y=2', 'user-agent': 'TwilioProxy' },
      body: new URLSearchParams({ CallSid: 'CA1', From: '+1' }),
    });
    expect([reply.status, reply.headers.get('content-type'), reply.headers.get('x-one'), await reply.text()]).toEqual([
      201,
      'text/xml',
      '1',
      '<a/>',
    ]);
    expect(lastEvent()).toMatchObject({
      version: '2.0',
      routeKey: 'POST /voice',
      rawPath: '/voice',
      rawQueryString: 'a=1&b=2&b=3',
      queryStringParameters: { a: '1', b: '2,3' },
      cookies: ['x=1', 'y=2'],
      headers: {
        'x-twilio-signature': 'sig',
        'content-type': 'application/x-www-form-urlencoded;charset=UTF-8',
      },
      requestContext: {
        apiId: 'abc123',
        domainName: 'calls.example',
        stage: '$default',
        routeKey: 'POST /voice',
        http: { method: 'POST', path: '/voice', sourceIp: '127.0.0.1', userAgent: 'TwilioProxy' },
      },
      body: Buffer.from('CallSid=CA1&From=%2B1').toString('base64'),
      isBase64Encoded: true,
    });
    expect(lastEvent().headers).not.toHaveProperty('cookie');
  });

  describe('where IAM authorizes', () => {
    const CALL = `CA${'1'.repeat(32)}`;
    const get = (path: string, headers: Record<string, string> = {}) => fetch(`${gateway.url}${path}`, { headers });
    const signed = (path: string, service = 'execute-api') =>
      signedHeaders(`${gateway.url}${path}`, { ...SIGNING, accessKeyId: 'AKIAREADER', service });
    const getSigned = async (path: string) => get(path, await signed(path));

    test.each<[string, (authorization: string) => Record<string, string>]>([
      ['no signature', () => ({ authorization: '' })],
      ['another scheme', () => ({ authorization: 'Basic YTpi' })],
      ["another service's signature", (right) => ({ authorization: right.replace('execute-api', 's3') })],
      ['half a signature', (right) => ({ authorization: right.slice(0, -1) })],
      ['a signature of the right form', (right) => ({ authorization: right.replace(/\w{64}$/, 'a'.repeat(64)) })],
    ])('answers 403 to %s, and the function hears nothing of it', async (_, alter) => {
      const headers = await signed(`/calls/${CALL}`);
      const reply = await get(`/calls/${CALL}`, { ...headers, ...alter(headers.authorization ?? '') });
      expect([reply.status, await reply.text()]).toEqual([403, '{"message":"Forbidden"}']);
      expect(seen).toEqual([]);
    });

    test('hands over who has signed, and what stands in the path', async () => {
      expect((await getSigned(`/calls/${CALL}?a=1`)).status).toBe(200);
      expect(lastEvent()).toMatchObject({
        routeKey: 'GET /calls/{callSid}',
        rawPath: `/calls/${CALL}`,
        pathParameters: { callSid: CALL },
        requestContext: {
          routeKey: 'GET /calls/{callSid}',
          authorizer: {
            iam: { accessKey: 'AKIAREADER', userArn: expect.stringMatching(/^arn:aws:iam::\d{12}:user\//) },
          },
        },
      });
      expect((await getSigned('/recordings')).status).toBe(200);
      expect(lastEvent()).not.toHaveProperty('pathParameters');
    });

    test.each(['/calls', '/calls/', `/calls/${CALL}/more`, '/recordings/'])('knows no %s', async (path) => {
      expect((await getSigned(path)).status).toBe(404);
    });

    test('tells functions behind other routes of no caller', async () => {
      await post('/voice', { headers: await signed('/voice') });
      expect(lastEvent().requestContext).not.toHaveProperty('authorizer');
    });
  });

  test('hands text over as text, and joins repeated headers', async () => {
    await new Promise<void>((resolve) => {
      const headers = [
        'host',
        'h',
        'content-type',
        'application/json',
        'content-length',
        '7',
        'X-Many',
        'a',
        'x-many',
        'b',
      ];
      httpRequest(`${gateway.url}/voice`, { method: 'POST', headers }, (reply) => {
        reply.resume().on('end', () => resolve());
      }).end('{"a":1}');
    });
    expect(lastEvent()).toMatchObject({ body: '{"a":1}', isBase64Encoded: false, headers: { 'x-many': 'a,b' } });
  });

  test('leaves the body out where there is none', async () => {
    await post('/voice');
    expect(lastEvent()).not.toHaveProperty('body');
    expect(lastEvent()).toMatchObject({ isBase64Encoded: false });
  });

  test.each<[string, unknown, number, string | null, string]>([
    ['an object without a status', { a: 1 }, 200, 'application/json', '{"a":1}'],
    ['a text', 'hello', 200, 'application/json', 'hello'],
    ['nothing', undefined, 200, 'application/json', 'null'],
    ['a status alone', { statusCode: 204 }, 204, 'text/plain;charset=UTF-8', ''],
    [
      'a body in base64',
      { statusCode: 200, body: 'aGk=', isBase64Encoded: true },
      200,
      'text/plain;charset=UTF-8',
      'hi',
    ],
    ['an unusable status', { statusCode: 'soon' }, 500, 'application/json', '{"message":"Internal Server Error"}'],
    ['an unusable body', { statusCode: 200, body: 5 }, 500, 'application/json', '{"message":"Internal Server Error"}'],
  ])('answers with %s', async (_, result, status, contentType, body) => {
    behaviours.set('voice', () => result);
    const reply = await post('/voice');
    expect([reply.status, reply.headers.get('content-type'), await reply.text()]).toEqual([status, contentType, body]);
  });

  test('sends cookies', async () => {
    behaviours.set('voice', () => ({ statusCode: 200, cookies: ['a=1', 'b=2'] }));
    expect((await post('/voice')).headers.getSetCookie()).toEqual(['a=1', 'b=2']);
  });

  test('answers 500 when the function fails, 503 when it takes too long', async () => {
    behaviours.set('voice', () => {
      throw new Error('secret details');
    });
    const failed = await post('/voice');
    expect([failed.status, await failed.text()]).toEqual([500, '{"message":"Internal Server Error"}']);
    behaviours.set('slow', () => new Promise((resolve) => setTimeout(resolve, 200)));
    const late = await post('/slow');
    expect([late.status, await late.text()]).toEqual([503, '{"message":"Service Unavailable"}']);
  });

  test('answers 404 where no route is, whatever the method', async () => {
    const replies = await Promise.all([
      post('/nowhere'),
      post('/voice/'),
      fetch(`${gateway.url}/voice`),
      fetch(`${gateway.url}/any`, { method: 'PATCH' }),
    ]);
    expect(replies.map(({ status }) => status)).toEqual([404, 404, 404, 200]);
    expect(await replies[0]?.json()).toEqual({ message: 'Not Found' });
  });

  test('refuses more than 10 MB before any function sees it', async () => {
    const reply = await post('/voice', { body: Buffer.alloc(10 * 1024 * 1024 + 1) });
    expect([reply.status, seen.length]).toEqual([413, 0]);
  });

  test('makes requests wait until it knows its routes', async () => {
    const early = await startGateway({ port: 0, accountId: '000000000000', signing: SIGNING });
    gateways.push(early);
    behaviours.set('voice', () => ({ statusCode: 202 }));
    const reply = fetch(`${early.url}/voice`, { method: 'POST' });
    early.serve({ http, webSocket, domainName: 'calls.example', invoke });
    expect((await reply).status).toBe(202);
  });
});

interface Client {
  readonly socket: WebSocket;
  readonly messages: string[];
  readonly closed: Promise<number>;
  readonly connectionId: string;
}

async function connect(to = gateway, headers: { readonly [name: string]: string } = {}): Promise<Client> {
  const socket = new WebSocket(to.url.replace('http', 'ws'), { headers });
  sockets.push(socket);
  const messages: string[] = [];
  socket.on('message', (data) => messages.push(data.toString()));
  const closed = new Promise<number>((resolve) => socket.once('close', resolve));
  await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject));
  const connects = seen.filter(({ functionId }) => functionId === 'connect');
  return { socket, messages, closed, connectionId: String(connects.at(-1)?.event.requestContext.connectionId) };
}

function handshakeStatus(path = ''): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(gateway.url.replace('http', 'ws') + path);
    socket.once('unexpected-response', (_, reply) => {
      resolve(reply.statusCode);
      socket.terminate();
    });
    socket.once('open', () => {
      resolve(101);
      socket.terminate();
    });
    socket.on('error', reject);
  });
}

describe('the WebSocket API', () => {
  test('runs $connect before the handshake, with the headers as the client spelt them', async () => {
    const { connectionId } = await connect(gateway, { 'x-Twilio-SIGNATURE': 'sig' });
    const [event] = eventsOf(connectionId);
    expect(event).toMatchObject({
      headers: { 'x-Twilio-SIGNATURE': 'sig', Host: gateway.url.replace('http://', '') },
      multiValueHeaders: { 'x-Twilio-SIGNATURE': ['sig'] },
      requestContext: {
        routeKey: '$connect',
        eventType: 'CONNECT',
        messageDirection: 'IN',
        stage: 'prod',
        apiId: 'def456',
        domainName: 'calls.example',
        connectionId: expect.stringMatching(/=$/),
      },
      isBase64Encoded: false,
    });
    expect(event).not.toHaveProperty('body');
  });

  test.each<[string, () => unknown, number]>([
    ['200', () => ({ statusCode: 200 }), 101],
    ['403', () => ({ statusCode: 403 }), 403],
    ['401', () => ({ statusCode: 401 }), 401],
    ['a redirection', () => ({ statusCode: 302 }), 403],
    ['nothing', () => undefined, 502],
    [
      'an error',
      () => {
        throw new Error('x');
      },
      502,
    ],
  ])('$connect answers %s', async (_, behaviour, status) => {
    behaviours.set('connect', behaviour);
    expect(await handshakeStatus()).toBe(status);
  });

  test('knows no other path', async () => {
    expect(await handshakeStatus('/elsewhere')).toBe(403);
    expect(seen).toEqual([]);
  });

  test('hands a message to the function of its route, without any reply', async () => {
    const client = await connect();
    behaviours.set('start', () => ({ statusCode: 200, body: 'not for the client' }));
    client.socket.send('{"event":"start","start":{"callSid":"CA1"}}');
    await until(() => eventsOf(client.connectionId).length === 2, 'the function runs');
    const event = eventsOf(client.connectionId)[1];
    expect(event).toMatchObject({
      requestContext: {
        routeKey: 'start',
        eventType: 'MESSAGE',
        connectionId: client.connectionId,
        messageId: expect.any(String),
        requestId: expect.any(String),
      },
      body: '{"event":"start","start":{"callSid":"CA1"}}',
      isBase64Encoded: false,
    });
    expect(event).not.toHaveProperty('headers');
    client.socket.send('{"event":"echo"}');
    await until(() => client.messages.length > 0, 'a route with a response answers');
    expect(client.messages).toEqual(['not for the client']);
  });

  test('swallows what a mock or no route takes, and counts it', async () => {
    const client = await connect();
    const before = gateway.messageCounts();
    for (const message of ['{"event":"media"}', '{"event":"other"}', '{"event":"$connect"}', 'no JSON', '[1]', '"x"']) {
      client.socket.send(message);
    }
    const added = (key: string) => (gateway.messageCounts()[key] ?? 0) - (before[key] ?? 0);
    await until(() => added('$default') === 5, 'all messages have come');
    expect(added('media')).toBe(1);
    expect(eventsOf(client.connectionId)).toHaveLength(1);
    expect(client.messages).toEqual([]);
  });

  test('says Forbidden where there is neither a route nor $default', async () => {
    const strict = await start(withoutDefault);
    const client = await connect(strict);
    client.socket.send('{"event":"other"}');
    await until(() => client.messages.length > 0, 'the reply comes');
    expect(JSON.parse(client.messages[0] ?? '')).toEqual({
      message: 'Forbidden',
      connectionId: client.connectionId,
      requestId: expect.any(String),
    });
    expect(strict.messageCounts()).toEqual({ forbidden: 1 });
  });

  test('tells the client when a function fails', async () => {
    const client = await connect();
    behaviours.set('start', () => {
      throw new Error('secret details');
    });
    client.socket.send('{"event":"start"}');
    await until(() => client.messages.length > 0, 'the reply comes');
    expect(JSON.parse(client.messages[0] ?? '')).toMatchObject({ message: 'Internal server error' });
    expect(client.messages[0]).not.toContain('secret');
  });

  test('runs the messages of a connection side by side', async () => {
    const client = await connect();
    const ends: (() => void)[] = [];
    behaviours.set('start', () => new Promise<void>((resolve) => ends.push(resolve)));
    client.socket.send('{"event":"start","n":1}');
    client.socket.send('{"event":"start","n":2}');
    await until(() => ends.length === 2, 'both run');
    for (const end of ends) end();
  });

  test('closes with 1003 on a binary message, with 1009 on one of more than 128 kB', async () => {
    const binary = await connect();
    binary.socket.send(Buffer.from('{"event":"start"}'), { binary: true });
    expect(await binary.closed).toBe(1003);
    const large = await connect();
    large.socket.send(`{"event":"media","x":"${'a'.repeat(128 * 1024)}"}`);
    expect(await large.closed).toBe(1009);
  });

  test('closes what is idle, and what lasts too long', async () => {
    const idle = await connect(await start(webSocket, { idleMilliseconds: 50, durationMilliseconds: 60_000 }));
    expect(await idle.closed).toBe(1001);
    const long = await connect(await start(webSocket, { idleMilliseconds: 60_000, durationMilliseconds: 50 }));
    expect(await long.closed).toBe(1001);
  });

  test('runs $disconnect', async () => {
    const client = await connect();
    client.socket.close(1000, 'bye');
    await until(() => isGone(client.connectionId), '$disconnect runs');
    expect(eventsOf(client.connectionId).at(-1)?.requestContext).toMatchObject({
      routeKey: '$disconnect',
      eventType: 'DISCONNECT',
      connectionId: client.connectionId,
      disconnectStatusCode: 1000,
      disconnectReason: 'bye',
    });
  });
});

describe('@connections', () => {
  let management: ApiGatewayManagementApiClient;
  beforeAll(() => {
    management = new ApiGatewayManagementApiClient({
      region: 'us-east-1',
      endpoint: gateway.url,
      credentials: { accessKeyId: 'x', secretAccessKey: SIGNING.secretAccessKey },
      maxAttempts: 1,
    });
  });
  afterAll(() => management.destroy());

  const send = (ConnectionId: string, Data: string) =>
    management.send(new PostToConnectionCommand({ ConnectionId, Data }));

  test('sends, describes and closes', async () => {
    const client = await connect();
    await send(client.connectionId, '{"event":"media"}');
    await until(() => client.messages.length === 1, 'the message arrives');
    expect(client.messages).toEqual(['{"event":"media"}']);
    const { ConnectedAt, Identity, LastActiveAt } = await management.send(
      new GetConnectionCommand({ ConnectionId: client.connectionId }),
    );
    expect(ConnectedAt?.getTime()).toBeLessThanOrEqual(LastActiveAt?.getTime() ?? 0);
    expect(Identity).toMatchObject({ SourceIp: '127.0.0.1' });
    await management.send(new DeleteConnectionCommand({ ConnectionId: client.connectionId }));
    expect(await client.closed).toBe(1000);
  });

  test('keeps the order of messages', async () => {
    const client = await connect();
    for (let n = 0; n < 5; n += 1) await send(client.connectionId, String(n));
    await until(() => client.messages.length === 5, 'all arrive');
    expect(client.messages).toEqual(['0', '1', '2', '3', '4']);
  });

  test('says that a connection is gone', async () => {
    const client = await connect();
    client.socket.close();
    await client.closed;
    await until(() => isGone(client.connectionId), 'the gateway knows');
    const gone = { name: 'GoneException', $metadata: { httpStatusCode: 410 } };
    await expect(send(client.connectionId, 'x')).rejects.toMatchObject(gone);
    await expect(send('never=', 'x')).rejects.toMatchObject(gone);
    const remove = new DeleteConnectionCommand({ ConnectionId: client.connectionId });
    await expect(management.send(remove)).rejects.toMatchObject(gone);
  });

  test('refuses more than 128 kB', async () => {
    const client = await connect();
    await expect(send(client.connectionId, 'a'.repeat(128 * 1024 + 1))).rejects.toMatchObject({
      name: 'PayloadTooLargeException',
      $metadata: { httpStatusCode: 413 },
    });
    await send(client.connectionId, 'a'.repeat(128 * 1024));
  });

  test('is closed to strangers: unsigned, signed by another key or for another message, or through a tunnel', async () => {
    const client = await connect();
    const path = `/@connections/${encodeURIComponent(client.connectionId)}`;
    const sign = (secretAccessKey: string) =>
      signedHeaders(`${gateway.url}${path}`, { secretAccessKey, method: 'POST', body: 'x' });
    const headers = await sign(SIGNING.secretAccessKey);
    const { authorization: _, ...unsigned } = headers;
    expect((await post(path, { body: 'x', headers: unsigned })).status).toBe(403);
    expect((await post(path, { body: 'x', headers: await sign('local') })).status).toBe(403);
    expect((await post(path, { body: 'y', headers })).status).toBe(403);
    expect((await post(path, { body: 'x', headers: { ...headers, 'x-forwarded-for': '1.2.3.4' } })).status).toBe(403);
    expect((await post(path, { body: 'x', headers })).status).toBe(200);
  });
});
