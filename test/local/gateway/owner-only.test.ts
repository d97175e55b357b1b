/** What the gateway shows to this machine's owner alone, asked for as strangers behind a tunnel would. */
import { once } from 'node:events';
import { WebSocket } from 'ws';
import { type Asking, refusalOfStranger } from '../../../console/serve/stranger.ts';
import { type Gateway, startGateway } from '../../../local/gateway/gateway.ts';
import type { ApiModel, RouteModel } from '../../../local/template/apis.ts';
import { ask, type SigningOptions, signedHeaders } from '../signed.ts';

const SECRET = 'a/secret+that/was+drawn/for+this/folder+';
const signing = { region: 'us-east-1', secretAccessKey: SECRET };
const route = (key: string, authorization: RouteModel['authorization']): RouteModel => ({
  ...{ key, authorization, responds: false },
  integration: { kind: 'function', functionId: key, timeoutMilliseconds: 30_000 },
});
const common = { stage: '$default', routeSelection: '$request.body.event' };
const http: ApiModel = {
  ...{ ...common, logicalId: 'Http', id: 'http', protocol: 'HTTP' },
  routes: [
    route('POST /voice', 'none'),
    route('GET /disclaimer/{file}', 'none'),
    ...['GET /recordings', 'GET /calls/{callSid}', 'POST /recordings'].map((key) => route(key, 'iam')),
  ],
};
const webSocket: ApiModel = { ...common, logicalId: 'Stream', id: 'stream', protocol: 'WEBSOCKET', routes: [] };
const functionUrls = [
  { logicalId: 'Play', id: 'play', functionId: 'play', authorization: 'iam' },
  { logicalId: 'Open', id: 'open', functionId: 'open', authorization: 'none' },
] as const;

let gateway: Gateway;
let port: string;
let seen: string[] = [];
beforeAll(async () => {
  gateway = await startGateway({ port: 0, accountId: '000000000000', signing });
  ({ port } = new URL(gateway.url));
  const invoke = async (functionId: string) => {
    seen.push(functionId);
    return { ok: true as const, payload: { statusCode: 200, body: 'audio' } };
  };
  gateway.serve({ http, webSocket, functionUrls, domainName: 'calls.example', invoke });
});
afterAll(() => gateway.close());
beforeEach(() => {
  seen = [];
});

const signed = (path: string, options: Partial<SigningOptions> = {}) =>
  signedHeaders(`${gateway.url}${path}`, { secretAccessKey: SECRET, ...options });

/** What this machine's owner may ask for, each with the service that it is signed for. */
type Owned = readonly [method: string, path: string, service: string, status: number];
const OWNERS: readonly Owned[] = [
  ['GET', '/recordings', 'execute-api', 200],
  ['GET', `/calls/CA${'1'.repeat(32)}`, 'execute-api', 200],
  ['GET', '/lambda-url/play/x', 'lambda', 200],
  ['GET', '/lambda-url/open', 'lambda', 200],
  // There is no such connection.
  ['POST', '/@connections/abc', 'execute-api', 410],
];

/** Signs the request as the owner does, and sends it as it would arrive by another way. */
const asStranger = async ([method, path, service]: Owned, change: object) => {
  const headers = await signed(path, { method, service });
  return ask(`${gateway.url}${path}`, { ...headers, ...change }, { method });
};

describe.each(OWNERS)('%s %s', (...owners) => {
  const [, , , status] = owners;

  test('is answered on this machine, under each of its names', async () => {
    expect((await asStranger(owners, {})).status).toBe(status);
    const [method, path, service] = owners;
    for (const name of ['localhost', '[::1]']) {
      const url = `http://${name}:${port}${path}`;
      const headers = await signedHeaders(url, { secretAccessKey: SECRET, method, service });
      expect((await ask(`${gateway.url}${path}`, headers, { method })).status).toBe(status);
    }
    expect((await asStranger(owners, { origin: `http://localhost:${port}` })).status).toBe(status);
  });

  test.each([
    'x-forwarded-for',
    'x-forwarded-host',
    'x-forwarded-proto',
    'x-original-host',
    'x-original-url',
    'x-real-ip',
    'x-client-ip',
    'forwarded',
    'via',
    'cdn-loop',
    'cf-connecting-ip',
    'cf-ray',
    'true-client-ip',
    'fly-client-ip',
    'ngrok-skip-browser-warning',
    'tailscale-user-login',
  ])('is refused where something has forwarded it, which %s tells', async (header) => {
    const reply = await asStranger(owners, { [header]: '127.0.0.1' });
    expect([reply.status, JSON.parse(reply.text), seen]).toEqual([
      403,
      { message: expect.stringMatching(`^Local only: ask ${gateway.url} .*forwarded.*${header}`) },
      [],
    ]);
  });

  test.each([
    ['a tunnel', () => 'recorder.tunnel.example'],
    ["a tunnel's port", () => `recorder.tunnel.example:${port}`],
    ['a name that begins as this machine', () => `localhost.example:${port}`],
    ['another port', () => '127.0.0.1:1'],
    ['no port', () => '127.0.0.1'],
  ])('is refused where Host is %s', async (_, host) => {
    const reply = await asStranger(owners, { host: host() });
    expect([reply.status, reply.text, seen]).toEqual([403, expect.stringMatching(/Local only: .*Host/), []]);
  });

  test.each(['https://evil.example', 'null', 'http://localhost:1'])('is refused to a page of %s', async (origin) => {
    const reply = await asStranger(owners, { origin });
    expect([reply.status, reply.text, seen]).toEqual([403, expect.stringMatching(/Local only: .*Origin/), []]);
  });
});

test('the paths of the owner are told apart however they are written', async () => {
  const forwarded = { 'x-forwarded-for': '192.0.2.1' };
  const paths = ['/%72ecordings', '//x/recordings', '/a/../recordings', '/recordings?a', '/%6cambda-url/open'];
  const replies = await Promise.all(paths.map((path) => ask(`${gateway.url}${path}`, forwarded)));
  expect([replies.map(({ status }) => status), seen]).toEqual([paths.map(() => 403), []]);
});

test('Twilio reaches its webhook, the disclaimer and its stream through a tunnel', async () => {
  const tunnel = { host: 'recorder.tunnel.example', 'x-forwarded-for': '192.0.2.1', via: '1.1 tunnel' };
  expect((await ask(`${gateway.url}/voice`, tunnel, { method: 'POST', body: 'a=b' })).status).toBe(200);
  expect((await ask(`${gateway.url}/disclaimer/${'0'.repeat(64)}.wav`, tunnel)).status).toBe(200);
  expect(seen).toEqual(['POST /voice', 'GET /disclaimer/{file}']);
  expect((await ask(`${gateway.url}/nowhere`, tunnel)).status).toBe(404);
  const stream = new WebSocket(gateway.url.replace('http', 'ws'), { headers: tunnel });
  await once(stream, 'open');
  stream.terminate();
});

test('a request of another machine, or of a client that takes the gateway for a proxy, is refused', () => {
  const refusal = (remoteAddress: string | undefined, change: object = {}) =>
    refusalOfStranger({
      ...{ url: '/recordings', headers: {}, headersDistinct: { host: ['127.0.0.1:3000'] } },
      ...{ socket: { remoteAddress, localPort: 3000 }, ...change },
    } as Asking);
  for (const own of ['127.0.0.1', '::1', '::ffff:127.0.0.1']) expect(refusal(own)).toBeUndefined();
  for (const other of ['192.0.2.1', '::ffff:192.0.2.1', 'fd00::1', '127.0.0.1.example', undefined]) {
    expect(refusal(other)).toMatch(/comes from another machine/);
  }
  const twoHosts = { host: ['127.0.0.1:3000', 'recorder.tunnel.example'] };
  expect(refusal('::1', { headersDistinct: twoHosts })).toMatch(/Host/);
  expect(refusal('::1', { headersDistinct: {} })).toMatch(/Host/);
  expect(refusal('::1', { url: 'http://evil.example/recordings' })).toMatch(/for a proxy/);
  const onPort80 = { socket: { remoteAddress: '::1', localPort: 80 }, headersDistinct: { host: ['localhost'] } };
  expect(refusal('::1', onPort80)).toBeUndefined();
});

/** `20260301T120000Z` */
const compact = (time: Date) => time.toISOString().replace(/[-:]|\.\d+/g, '');

describe('a signature in headers', () => {
  const LIST = '/recordings?from=2026-01-01&from-x=1&state=stored&next=a%2Bb%20c';
  const forgery = (change: object) => async () => ask(gateway.url + LIST, { ...(await signed(LIST)), ...change });
  const signedAt = (milliseconds: number) => async () =>
    ask(gateway.url + LIST, await signed(LIST, { at: new Date(Date.now() + milliseconds) }));

  test.each([
    ['of a list with a query', async () => ask(gateway.url + LIST, await signed(LIST))],
    ['14 minutes ago', signedAt(-14 * 60_000)],
    ['in 14 minutes', signedAt(14 * 60_000)],
    [
      'of a body',
      async () => {
        const headers = await signed('/recordings', { method: 'POST', body: '{"a":1}' });
        return ask(`${gateway.url}/recordings`, headers, { method: 'POST', body: '{"a":1}' });
      },
    ],
  ])('is taken: %s', async (_, send) => {
    expect(await send()).toMatchObject({ status: 200, text: 'audio' });
  });

  test.each([
    ['that is missing', async () => ask(gateway.url + LIST)],
    ['of another key', async () => ask(gateway.url + LIST, await signed(LIST, { secretAccessKey: 'local' }))],
    ['of an empty key', async () => ask(gateway.url + LIST, await signed(LIST, { secretAccessKey: '' }))],
    ['of another path', async () => ask(`${gateway.url}/calls/CA1`, await signed('/calls/CA2'))],
    ['of another query', async () => ask(`${gateway.url}${LIST}&limit=1`, await signed(LIST))],
    [
      'of another method',
      async () => ask(`${gateway.url}/recordings`, await signed('/recordings', { method: 'POST' })),
    ],
    [
      'of another body',
      async () => {
        const headers = await signed('/recordings', { method: 'POST', body: '{"a":1}' });
        return ask(`${gateway.url}/recordings`, headers, { method: 'POST', body: '{"a":2}' });
      },
    ],
    ['of another region', async () => ask(gateway.url + LIST, await signed(LIST, { region: 'eu-west-1' }))],
    ['of another service', async () => ask(gateway.url + LIST, await signed(LIST, { service: 'lambda' }))],
    ['with another date', forgery({ 'x-amz-date': compact(new Date(Date.now() - 60_000)) })],
    ['with a date that is none', forgery({ 'x-amz-date': 'today' })],
    ['beside a header of AWS that is not signed', forgery({ 'x-amz-security-token': 'x' })],
    ['16 minutes ago', signedAt(-16 * 60_000)],
    ['in 16 minutes', signedAt(16 * 60_000)],
  ])('is refused: %s', async (_, send) => {
    expect([await send(), seen]).toMatchObject([{ status: 403, text: '{"message":"Forbidden"}' }, []]);
  });
});
