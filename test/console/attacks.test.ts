/** The server of the console, asked as strangers would: other pages, other machines' names, guessed keys, crooked paths. */
import { ask } from '../local/signed.ts';
import { openStage, type Stage } from './staged/stage.ts';
import { ENTRIES } from './staged/stories.ts';

const KEY = 'k'.repeat(32);
const { callSid = '', recordings: [{ recordingSid = '' } = {}] = [] } = ENTRIES[1] ?? {};
const AUDIO = `/audio/${callSid}/${recordingSid}`;
const owner = { 'x-console-key': KEY };
let stage: Stage;
let cookie: string;

beforeAll(async () => {
  stage = await openStage();
  const { headers } = await ask(`${stage.url}/session`, owner, { method: 'POST' });
  cookie = String(headers['set-cookie']);
});
afterAll(() => stage.close());
beforeEach(() => {
  stage.asked.length = 0;
  stage.fetched.length = 0;
});
const port = () => new URL(stage.url).port;
const withCookie = () => ({ cookie: cookie.split(';')[0] });

test('the owner is served, by the key or, for audio alone, by the cookie', async () => {
  expect((await ask(`${stage.url}/api/calls`, owner)).status).toBe(200);
  expect((await ask(stage.url + AUDIO, withCookie())).status).toBe(200);
  expect((await ask(`${stage.url}/api/calls`, withCookie())).status).toBe(401);
});

test('the cookie is no key, cannot be read by scripts, and is sent to nobody else', () => {
  expect(cookie).toMatch(new RegExp(`^console-${port()}=[\\w-]{43}; Path=/audio/; HttpOnly; SameSite=Strict$`));
  expect(cookie).not.toContain(KEY);
});

const PROTECTED: [string, string][] = [
  ['POST', '/session'],
  ['GET', '/api/calls'],
  ['GET', `/api/calls/${callSid}`],
  ['GET', '/api/audit'],
  ['GET', AUDIO],
  ['GET', `${AUDIO}?for=download`],
  ['GET', '/local/anything'],
];
describe.each(PROTECTED)('%s %s', (method, path) => {
  test.each<[string, () => object, number]>([
    ['without a key', () => ({}), 401],
    ['with a wrong key', () => ({ 'x-console-key': 'K'.repeat(32) }), 401],
    ['with the beginning of the key', () => ({ 'x-console-key': KEY.slice(1) }), 401],
    ['with a wrong cookie', () => ({ cookie: `console-${port()}=${'a'.repeat(43)}` }), 401],
    ['with the key as a cookie', () => ({ cookie: `console-${port()}=${KEY}` }), 401],
    ["with another server's cookie", () => ({ cookie: cookie.replace(/^[^=]+/, 'console-1') }), 401],
    ['under a foreign name', () => ({ ...owner, host: 'rebound.example' }), 403],
    ['under the name of another port', () => ({ ...owner, host: '127.0.0.1:1' }), 403],
    ['from a page of another site', () => ({ ...owner, origin: 'https://example.com' }), 403],
    ['from a page of another port', () => ({ ...owner, origin: 'http://127.0.0.1:1' }), 403],
    ['from a page without an origin', () => ({ ...owner, origin: 'null' }), 403],
    ['through a proxy', () => ({ ...owner, 'x-forwarded-for': '192.0.2.1' }), 403],
  ])('is refused %s', async (_, headers, status) => {
    const answer = await ask(stage.url + path, headers(), { method });
    expect(answer.status).toBe(status);
    expect(JSON.parse(answer.text)).toEqual({ error: expect.any(String) });
    expect([stage.asked, stage.fetched]).toEqual([[], []]);
  });
});

test.each([
  '/../package.json',
  '/..%2fpackage.json',
  '/%2e%2e/package.json',
  '/serve/server.ts',
  '/main.ts',
  '/console.js/../../package.json',
  '/audio/../console.css/x',
])('no file but those of the page is served: %s', async (path) => {
  const answer = await ask(stage.url, owner, { path });
  expect(answer.status).toBe(404);
  expect(answer.text).not.toContain('{"name"');
  expect(stage.asked).toEqual([]);
});

test.each([
  `/audio/${callSid}`,
  `/audio/${callSid}/RE1`,
  `/audio/${callSid}/${recordingSid}/x`,
  `/audio/${callSid.toUpperCase()}/${recordingSid}`,
  `/audio/${callSid}/..%2f..%2fbucket`,
  '/audio/https://example.com/x.wav',
  `/audio/${callSid}/${recordingSid}%00`,
])('audio has a path of two SIDs: %s', async (path) => {
  expect((await ask(stage.url, owner, { path })).status).toBe(404);
  expect([stage.asked, stage.fetched]).toEqual([[], []]);
});

test('what a client names as a URL is followed nowhere', async () => {
  const named = new URLSearchParams({ url: 'http://127.0.0.1:9/stolen', for: 'play' });
  const answer = await ask(`${stage.url}${AUDIO}?${named}`, {
    ...owner,
    'x-url': 'http://127.0.0.1:9/',
    range: 'bytes=0-9',
  });
  expect(answer.status).toBe(206);
  expect(stage.fetched).toEqual([`/${recordingSid}.wav bytes=0-9`]);
});

test('a redirect of the place where audio is leads nowhere', async () => {
  const other = `RE${'9'.repeat(32)}`;
  const link = { url: `${stage.audioUrl}/elsewhere`, expiresAt: '2100-01-01T00:00:00Z' };
  const story = { recordings: [{ recordingSid: other, playback: link }] };
  stage.answer = async () => ({ status: 200, body: JSON.stringify({ ...story, ...link, fileName: 'x.wav' }) });
  const answer = await ask(`${stage.url}/audio/${callSid}/${other}`, owner);
  stage.answer = undefined;
  expect(answer.status).toBe(502);
  expect(stage.fetched).toEqual(['/elsewhere']);
});

test.each([
  ['DELETE', '/calls'],
  ['POST', '/calls'],
  ['POST', `/calls/${callSid}/recording`],
  ['GET', '/voice'],
  ['GET', '/calls/../voice'],
  ['GET', `/calls/${callSid}/recordings/${recordingSid}/link`],
  ['GET', '//example.com/calls'],
])('of the API only what the page needs is asked: %s %s', async (method, route) => {
  expect((await ask(stage.url, owner, { method, path: `/api${route}` })).status).toBe(404);
  expect(stage.asked).toEqual([]);
});

test('every reply forbids what the page does not need', async () => {
  for (const path of ['/', '/console.js', '/api/calls', '/nothing']) {
    const { headers } = await ask(stage.url + path, owner);
    expect(headers['content-security-policy']).toContain("default-src 'none'; script-src 'self'");
    expect(headers['content-security-policy']).not.toMatch(/unsafe|https?:|\*/);
    expect(headers).toMatchObject({ 'x-content-type-options': 'nosniff', 'referrer-policy': 'no-referrer' });
  }
});

test('of the place where audio is no header but those of audio is passed on', async () => {
  const { headers } = await ask(stage.url + AUDIO, owner);
  expect(headers).toMatchObject({ 'content-type': 'audio/x-wav', 'cache-control': 'no-store' });
  expect(headers['x-internal']).toBeUndefined();
});

test('parts of one playback take one link', async () => {
  stage.asked.length = 0;
  const other = { ...ENTRIES[2] };
  const path = `/audio/${other.callSid}/${other.recordings?.[0]?.recordingSid}`;
  const parts = ['bytes=0-9', 'bytes=10-19', 'bytes=20-29'];
  await Promise.all(parts.map((range) => ask(stage.url + path, { ...owner, range })));
  expect(stage.asked).toHaveLength(1);
  expect(stage.fetched).toHaveLength(3);
});
