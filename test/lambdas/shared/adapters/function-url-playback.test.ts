/** Links to function URLs, against signatures that are computed here by hand. */
import { createHash, createHmac } from 'node:crypto';
import { S3Client } from '@aws-sdk/client-s3';
import { functionUrlPlayback } from '../../../../lambdas/shared/adapters/aws/function-url-playback.ts';
import { signedBy } from '../../../../local/gateway/aws-signature.ts';
import { CALL, RECORDING } from '../../support/fixtures.ts';
import { NOON, VirtualClock } from '../../support/time.ts';

const URL_OF_FUNCTION = 'https://abcdef.lambda-url.eu-west-1.on.aws';
const SECRET = 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY';
const SESSION = 'IQoJ/session+token==';
const PLACE = { service: 'lambda', region: 'eu-west-1', secretAccessKey: SECRET } as const;

const link = async (url = URL_OF_FUNCTION, sessionToken?: string) => {
  const credentials = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: SECRET, ...(sessionToken && { sessionToken }) };
  const { config } = new S3Client({ region: 'eu-west-1', credentials });
  return functionUrlPlayback(url, config, new VirtualClock()).link({ callSid: CALL, recordingSid: RECORDING });
};

const hash = (text: string) => createHash('sha256').update(text).digest('hex');
const hmac = (key: string | Buffer, text: string) => createHmac('sha256', key).update(text).digest();

test('a link is signed for the service lambda, as AWS documents it', async () => {
  const { url, expiresAt } = await link();
  expect(expiresAt).toBe('2026-03-01T12:15:00.000Z');
  // In the order of their names, as the documentation wants them.
  const query = [
    'X-Amz-Algorithm=AWS4-HMAC-SHA256',
    'X-Amz-Credential=AKIDEXAMPLE%2F20260301%2Feu-west-1%2Flambda%2Faws4_request',
    'X-Amz-Date=20260301T120000Z',
    'X-Amz-Expires=900',
    'X-Amz-SignedHeaders=host',
  ].join('&');
  const path = `/${CALL}/${RECORDING}`;
  const canonical = ['GET', path, query, 'host:abcdef.lambda-url.eu-west-1.on.aws', '', 'host', hash('')].join('\n');
  const scope = '20260301/eu-west-1/lambda/aws4_request';
  const toSign = ['AWS4-HMAC-SHA256', '20260301T120000Z', scope, hash(canonical)].join('\n');
  const key = hmac(hmac(hmac(hmac(`AWS4${SECRET}`, '20260301'), 'eu-west-1'), 'lambda'), 'aws4_request');
  const { origin, pathname, searchParams } = new URL(url);
  expect([origin, pathname]).toEqual([URL_OF_FUNCTION, path]);
  expect(searchParams.get('X-Amz-Signature')).toBe(hmac(key, toSign).toString('hex'));
  searchParams.delete('X-Amz-Signature');
  expect(searchParams.toString().split('&').sort().join('&')).toBe(query);
});

/** Whether the gateway takes it, which has a signature check of its own. */
const taken = (url: string, { now = NOON, method = 'GET', place = {}, host = new URL(url).host, body = '' } = {}) => {
  const { pathname, search } = new URL(url);
  const request = { method, url: pathname + search, headers: { host }, body: Buffer.from(body) };
  return signedBy(request, { ...PLACE, ...place }, new Date(now));
};

test.each([
  ['a function URL', URL_OF_FUNCTION, undefined],
  ['one signed within a session', URL_OF_FUNCTION, SESSION],
  ['one with a slash at its end', `${URL_OF_FUNCTION}/`, undefined],
  ['a path before it, and a port', 'http://127.0.0.1:3000/lambda-url/abcdef', undefined],
])('is taken by the gateway: %s', async (_, base, session) => {
  const { url } = await link(base, session);
  expect(new URL(url).searchParams.get('X-Amz-Security-Token')).toBe(session ?? null);
  expect(new URL(url).pathname).toMatch(new RegExp(`[^/]/${CALL}/${RECORDING}$|^/${CALL}/${RECORDING}$`));
  expect(taken(url)).toBe('AKIDEXAMPLE');
});

describe('the gateway refuses a link', () => {
  let url: string;
  beforeAll(async () => {
    ({ url } = await link(URL_OF_FUNCTION, SESSION));
  });
  const altered = (change: (url: URL) => void): string => {
    const copy = new URL(url);
    change(copy);
    return copy.href;
  };
  const set = (name: string, value: string) => altered(({ searchParams }) => searchParams.set(name, value));

  test('a second after its end, and not before', () => {
    expect(taken(url, { now: NOON + 900_000 })).toBe('AKIDEXAMPLE');
    expect(taken(url, { now: NOON + 901_000 })).toBeUndefined();
  });

  test('of a clock that is far ahead', () => {
    expect(taken(url, { now: NOON - 299_000 })).toBe('AKIDEXAMPLE');
    expect(taken(url, { now: NOON - 301_000 })).toBeUndefined();
  });

  test.each([
    ['to another recording', () => altered((one) => (one.pathname = `/${CALL}/RE${'2'.repeat(32)}`))],
    ['that lasts longer', () => set('X-Amz-Expires', '901')],
    ['that lasts for ever', () => set('X-Amz-Expires', '604801')],
    ['of another date', () => set('X-Amz-Date', '20260301T120001Z')],
    ['of no date', () => set('X-Amz-Date', 'today')],
    ['of another key', () => set('X-Amz-Credential', 'OTHER/20260301/eu-west-1/lambda/aws4_request')],
    ['of another session', () => set('X-Amz-Security-Token', 'other')],
    ['with more in its query', () => set('x', 'y')],
    ['of another service', () => set('X-Amz-Credential', 'AKIDEXAMPLE/20260301/eu-west-1/s3/aws4_request')],
    ['by another algorithm', () => set('X-Amz-Algorithm', 'none')],
    ['that signs no host', () => set('X-Amz-SignedHeaders', 'x-host')],
    ['with half a signature', () => set('X-Amz-Signature', 'abcd')],
    ['without a signature', () => altered(({ searchParams }) => searchParams.delete('X-Amz-Signature'))],
    ['without anything', () => URL_OF_FUNCTION],
  ])('%s', (_, other) => {
    expect(taken(other())).toBeUndefined();
  });

  test('by another method, with a body, at another host, in another region, by another secret', () => {
    expect(taken(url, { body: 'x' })).toBeUndefined();
    expect(taken(url, { method: 'POST' })).toBeUndefined();
    expect(taken(url, { host: 'other.lambda-url.eu-west-1.on.aws' })).toBeUndefined();
    expect(taken(url, { place: { region: 'us-east-1' } })).toBeUndefined();
    expect(taken(url, { place: { secretAccessKey: 'other' } })).toBeUndefined();
  });
});
