/** The rules of a JWT authorizer, and those of cross-origin requests. Attacks on the whole are in test/console/hosted.test.ts. */
import { generateKeyPairSync } from 'node:crypto';
import { corsHeaders, preflightOf } from '../../../local/gateway/cors.ts';
import { decideByJwt } from '../../../local/gateway/jwt-authorizer.ts';
import { UserPoolModel } from '../../../sim/aws/user-pool.ts';

const ISSUER = 'https://cognito-idp.us-east-1.amazonaws.com/us-east-1_1';
const NOW = Date.parse('2026-03-01T12:00:00Z');
const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const valid = { access: 300, id: 300, refresh: 3600 };
const client = { issuer: ISSUER, clientId: 'page', callbackUrls: ['https://c.test/'], scopes: ['openid'], valid };
const pool = new UserPoolModel({ ...client, privateKey, now: () => NOW, newId: () => 'id' });
const user = { username: 'maria@example.com', sub: 'sub', email: '', groups: ['sales', 'support'], createdAt: 0 };
const ROUTE = { issuer: ISSUER, audience: ['page'], scopes: ['openid'] };
const decide = (header: string | undefined, route = ROUTE, now = NOW) =>
  decideByJwt(header, route, (issuer) => (issuer === ISSUER ? pool.keys() : []), new Date(now));
const token = (over: object = {}) => `Bearer ${pool.accessToken(user, { scope: 'openid', ...over })}`;

test('a token passes, and its claims reach the function as texts, lists as API Gateway writes them', () => {
  const decision = decide(token());
  expect(decision).toMatchObject({ allowed: true });
  expect(decision.allowed && decision.jwt).toEqual({
    scopes: ['openid'],
    claims: {
      ...{ sub: 'sub', iss: ISSUER, username: 'maria@example.com', token_use: 'access', client_id: 'page' },
      ...{ 'cognito:groups': '[sales support]', scope: 'openid', jti: 'id' },
      ...{ auth_time: '1772366400', iat: '1772366400', exp: '1772366700' },
    },
  });
});

test('of several audiences one is enough; a route without scopes asks for none', () => {
  expect(decide(token({ aud: ['other', 'page'] })).allowed).toBe(true);
  expect(decide(token({ scope: undefined }), { ...ROUTE, scopes: [] }).allowed).toBe(true);
});

test.each([
  ['no header', undefined],
  ['another scheme', token().replace('Bearer', 'Basic')],
  ['half a token', token().split('.').slice(0, 2).join('.')],
  ['a token without an end', token({ exp: undefined })],
  ['a list as an end', token({ exp: [9e12] })],
  ['no audience at all', token({ client_id: undefined })],
])('%s: 401', (_, header) => {
  expect(decide(header)).toEqual({ allowed: false, status: 401 });
});

test('it ends on the second', () => {
  expect(decide(token(), ROUTE, NOW + 299_999).allowed).toBe(true);
  expect(decide(token(), ROUTE, NOW + 300_000)).toEqual({ allowed: false, status: 401 });
});

test('a valid token without a scope of the route: 403', () => {
  expect(decide(token({ scope: 'other' }))).toEqual({ allowed: false, status: 403 });
});

const CORS = {
  origins: ['https://c.test'],
  methods: ['GET'],
  headers: ['authorization'],
  exposed: ['etag'],
  maxAge: 60,
};
const asked = (method: string, origin: string) => ({
  method,
  headers: { origin, 'access-control-request-method': 'GET' },
});

test('a preflight request is answered, with what may be asked only to a page that may ask', () => {
  expect(preflightOf(CORS, asked('OPTIONS', 'https://c.test'))).toEqual({
    ...{ 'access-control-allow-origin': 'https://c.test', 'access-control-allow-methods': 'GET', vary: 'origin' },
    ...{ 'access-control-allow-headers': 'authorization', 'access-control-max-age': '60' },
    'access-control-expose-headers': 'etag',
  });
  expect(preflightOf(CORS, asked('OPTIONS', 'https://c.test.example'))).toEqual({});
  expect(preflightOf(CORS, asked('GET', 'https://c.test'))).toBeUndefined();
  expect(preflightOf(undefined, asked('OPTIONS', 'https://c.test'))).toBeUndefined();
  expect(corsHeaders(CORS, asked('GET', 'https://example.com'))).toEqual({});
});
