import { type DisclaimerRequest, serveDisclaimer } from '../../../lambdas/disclaimer/disclaimer.ts';
import { KeptLog } from '../support/log.ts';

const [ONE, OTHER, GONE] = ['1', '2', '3'].map((digit) => `${digit.repeat(64)}.wav`) as [string, string, string];
let log = new KeptLog();
beforeEach(() => {
  log = new KeptLog();
});
const FILES = new Map([
  [ONE, Buffer.from('RIFF one')],
  [OTHER, Buffer.from('RIFF other')],
  // Beside the code lies more than sounds.
  ['index.js', Buffer.from('code')],
]);
const deps = { find: (name: string) => FILES.get(name), standard: ONE };
const get = (file: string, headers: DisclaimerRequest['headers'] = {}) =>
  serveDisclaimer({ ...deps, log }, { pathParameters: { file }, headers });
const text = (body = '') => Buffer.from(body, 'base64').toString();

test('a file is served as bytes, to be kept for good', () => {
  const { body, ...reply } = get(OTHER);
  expect(text(body)).toBe('RIFF other');
  expect(reply).toEqual({
    statusCode: 200,
    headers: {
      'content-type': 'audio/wav',
      'cache-control': 'public, max-age=31536000, immutable',
      etag: `"${'2'.repeat(64)}"`,
    },
    isBase64Encoded: true,
  });
  expect(log.lines).toEqual([expect.objectContaining({ event: 'disclaimer_served', status: 200 })]);
});

test.each([`"${'1'.repeat(64)}"`, `W/"${'1'.repeat(64)}"`, `"x", "${'1'.repeat(64)}"`])(
  'who has %s already gets no bytes',
  (tag) => {
    const reply = get(ONE, { 'if-none-match': tag });
    expect(reply).toMatchObject({ statusCode: 304, headers: { etag: `"${'1'.repeat(64)}"` } });
    expect(reply.body).toBeUndefined();
  },
);

test('who has another version gets this one', () => {
  expect(get(ONE, { 'If-None-Match': `"${'2'.repeat(64)}"` }).statusCode).toBe(200);
});

test('one that a deployment has replaced: the caller hears the new one, and nobody keeps it under the old name', () => {
  const { statusCode, headers, body } = get(GONE);
  expect(statusCode).toBe(200);
  expect(text(body)).toBe('RIFF one');
  expect(headers).toEqual({ 'content-type': 'audio/wav', 'cache-control': 'no-store' });
  expect(log.line('disclaimer_served')).toMatchObject({ status: 200, reason: 'replaced' });
});

test.each([
  '',
  'disclaimer.wav',
  `${'1'.repeat(63)}.wav`,
  `${'1'.repeat(64)}.mp3`,
  '../index.js',
  'index.js',
  '__proto__',
])('there is no %j', (file) => {
  expect(get(file)).toMatchObject({ statusCode: 404 });
});

test('nor anything where the path names no file', () => {
  expect(serveDisclaimer({ ...deps, log }, { headers: {} })).toMatchObject({ statusCode: 404 });
});
