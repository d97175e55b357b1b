/**
 * The hosted console on the real system: the template's own page, headers, CORS and JWT authorizer, the deployed bundle behind them, and a
 * sign-in that stands for Cognito's.
 */
import { createHash, createHmac, createPublicKey, generateKeyPairSync, sign } from 'node:crypto';
import { join } from 'node:path';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import type { BrowserContext, Page } from 'playwright-core';
import { dynamoDbTable } from '../../lambdas/shared/adapters/aws/dynamodb-table.ts';
import { ALL_TEAMS } from '../../lambdas/shared/contract/http.ts';
import type { AuditEntry } from '../../lambdas/shared/rules/table/audit.ts';
import { type System, startSystem } from '../../local/system/system.ts';
import type { PoolUser } from '../../sim/aws/user-pool.ts';
import { callRow, recordingRow } from '../lambdas/support/fixtures.ts';
import { sharedAssembly } from '../lib/synthesized.ts';
import { ask } from '../local/signed.ts';
import { beforeRemoval, temporaryDirectory, until } from '../local/support.ts';
import { describe, newSession, openPage } from './browser/browser.ts';
import { twoTones } from './staged/tones.ts';

const SECONDS = 20;
const sidOf = (kind: 'CA' | 'RE', digit: string) => `${kind}${digit.repeat(32)}`;
const OF = (digit: string) => ({ callSid: sidOf('CA', digit), recordingSid: sidOf('RE', digit) });
const [SALES, SUPPORT, TWILIO_ONLY] = ['1', '2', '3'] as const;

const LINES: unknown[] = [];
let system: System;
let hosted: NonNullable<System['hosted']>;
beforeAll(async () => {
  const dataDirectory = temporaryDirectory();
  system = await startSystem({
    ...{ root: join(import.meta.dirname, '..', '..'), port: 0, dataDirectory, keepAtTwilioSeconds: 86_400 },
    assemblyDirectory: await sharedAssembly({ console: {} }),
    onEvent: (event) => void (event.kind === 'log' && LINES.push(event.line)),
  });
  beforeRemoval(() => system.stop());
  if (!system.hosted) throw new Error('The template hosts no console.');
  hosted = system.hosted;
  for (const [name, ...groups] of [['maria', 'sales'], ['omar', ALL_TEAMS], ['new']] as const) {
    hosted.pool.createUser(`${name}@example.com`, `${name}@example.com`);
    hosted.pool.setGroups(`${name}@example.com`, () => groups);
  }
  await fill();
});

/** Two stored calls of two teams. */
async function fill(): Promise<void> {
  const { clients, endpoints } = system;
  const table = dynamoDbTable(clients.dynamodb, endpoints.table);
  const at = Date.now() - 60_000;
  const audio = twoTones(SECONDS);
  for (const [digit, team] of [
    [SALES, 'sales'],
    [SUPPORT, 'support'],
    [TWILIO_ONLY, 'sales'],
  ] as const) {
    const key = `recordings/${digit}.wav`;
    await clients.s3.send(
      new PutObjectCommand({ Bucket: endpoints.bucket, Key: key, Body: audio, ContentType: 'audio/x-wav' }),
    );
    const stored = {
      bucket: endpoints.bucket,
      key,
      bytes: audio.length,
      checksum: 'aGFzaA==',
      contentType: 'audio/x-wav',
      storedAt: at,
    };
    const call = {
      ...OF(digit),
      state: 'recording',
      answeredAt: at,
      number: '+14155550123',
      policy: { team },
    } as const;
    const recording = {
      ...OF(digit),
      startTime: at,
      notedAt: at,
      completedAt: at,
      channels: 2,
      durationSeconds: SECONDS,
    } as const;
    await table.write(callRow({ ...call, waiting: undefined } as object), undefined);
    const where = digit === TWILIO_ONLY ? ({ state: 'fallback' } as const) : ({ state: 'stored', stored } as const);
    await table.write(recordingRow({ ...recording, ...where, waiting: undefined } as object), undefined);
  }
}

const user = (name: string): PoolUser => {
  const found = hosted.pool.user(`${name}@example.com`);
  if (!found) throw new Error(`There is no user ${name}.`);
  return found;
};
const tokenOf = (name: string, over: object = {}) => hosted.pool.accessToken(user(name), { scope: 'openid', ...over });

async function api(path: string, token: string, { method = 'GET', headers = {} as object, body = '' } = {}) {
  const authorization = { authorization: `Bearer ${token}`, ...(body && { 'content-type': 'application/json' }) };
  const reply = await ask(
    `${system.endpoints.http}/console${path}`,
    { ...authorization, ...headers },
    { method, body },
  );
  return { ...reply, body: reply.text.startsWith('{') ? JSON.parse(reply.text) : {} };
}

/** What the audit has of a user, the newest first. */
async function auditOf(name: string): Promise<readonly AuditEntry[]> {
  const { body } = await api('/audit?limit=200', tokenOf('omar'));
  return body.entries.filter(({ userId }: AuditEntry) => userId === user(name).sub);
}

describe('in the browser', () => {
  let session: BrowserContext;
  beforeAll(async () => {
    session = await newSession();
    beforeRemoval(() => session.browser()?.close());
  });
  beforeEach(() => session.clearCookies());
  const signIn = async (name: string) => {
    const opened = await openPage(session, hosted.site.url);
    await opened.page.getByRole('button', { name: `${name}@example.com` }).click();
    await opened.page.getByRole('button', { name: 'Sign out' }).waitFor();
    return opened;
  };
  const rows = (page: Page) => page.locator('tr.call');

  test('a member signs in, finds the calls of the team, plays one, and does not see another team', async () => {
    const { page, complaints } = await signIn('maria');
    await rows(page).nth(1).waitFor();
    expect(await rows(page).count()).toBe(2);
    expect(await page.locator('tr.call .team').allTextContents()).toEqual(['sales', 'sales']);
    // The code is gone from the address, and no token is anywhere that outlives the page.
    expect(page.url()).not.toMatch(/code=|state=/);
    const kept = await page.evaluate(() => [
      JSON.stringify(sessionStorage),
      JSON.stringify(localStorage),
      document.cookie,
    ]);
    expect(kept).toEqual(['{}', '{}', '']);
    expect(await page.getByRole('link', { name: 'Who listened' }).count()).toBe(0);

    await page.goto(`${hosted.site.url}/#/calls/${sidOf('CA', SALES)}`);
    await page.getByRole('button', { name: 'Play' }).click();
    await page.getByRole('button', { name: 'Pause' }).waitFor();
    // The position moves, and the sound of the other host may be mixed: the channels are there.
    await until(async () => /^0:0[1-9]/.test((await page.locator('.clock').textContent()) ?? ''), 'the audio plays');
    await until(async () => (await page.locator('.waveform').count()) === 1, 'the waveform is made of the audio');
    const played = (await auditOf('maria')).find(({ what }) => what === 'link-issued');
    expect(played).toMatchObject({
      who: 'user:maria@example.com',
      callSid: sidOf('CA', SALES),
      for: 'play',
      from: '127.0.0.1',
    });

    await page.evaluate((sid) => void location.assign(`#/calls/${sid}`), sidOf('CA', SUPPORT));
    await page.getByText(`No call ${sidOf('CA', SUPPORT)} is known here.`).waitFor();
    expect((await auditOf('maria'))[0]).toMatchObject({
      what: 'call-looked-up',
      callSid: sidOf('CA', SUPPORT),
      refused: true,
    });
    // The browser itself tells of the 404.
    expect(complaints.filter((line) => !line.includes('404'))).toEqual([]);
  });

  test('who sees all teams sees who listened; who signs out is asked to sign in again', async () => {
    const { page, complaints } = await signIn('omar');
    await rows(page).nth(2).waitFor();
    await page.getByRole('link', { name: 'Who listened' }).click();
    await page.getByRole('cell', { name: 'maria@example.com' }).first().waitFor();
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByRole('heading', { name: 'Sign in as' }).waitFor();
    expect(complaints).toEqual([]);
  });

  test('who is in no team is told so', async () => {
    const { page } = await signIn('new');
    await page.getByText('You belong to no team').waitFor();
  });

  test('a code that this tab has not asked for signs nobody in', async () => {
    const { page } = await openPage(session, `${hosted.site.url}/?code=stolen&state=guessed`);
    await page.getByText('The sign-in was not begun in this tab.').waitFor();
  });
});

const LIST = '/calls';
const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
const decoded = (text = ''): object => JSON.parse(Buffer.from(text, 'base64url').toString());
/** The parts of a good token, some changed. */
const altered = (change: (parts: { header: object; payload: object; signature: string }) => readonly string[]) => {
  const [header, payload, signature = ''] = tokenOf('maria').split('.');
  return change({ header: decoded(header), payload: decoded(payload), signature }).join('.');
};
const otherKey = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
const signedBy = (key: typeof otherKey) =>
  altered(({ header, payload }) => {
    const text = `${part(header)}.${part(payload)}`;
    return [text, sign('sha256', Buffer.from(text), key).toString('base64url')];
  });
const publicKey = () =>
  createPublicKey({ key: hosted.pool.keys()[0] ?? {}, format: 'jwk' }).export({ type: 'spki', format: 'pem' });
const past = () => Math.floor(Date.now() / 1000) - 1;

test('a good token is let in', async () => {
  expect((await api(LIST, tokenOf('maria'))).status).toBe(200);
});

test.each<[string, () => string, number]>([
  ['no token', () => '', 401],
  [
    'a payload that was altered',
    () =>
      altered(({ header, payload, signature }) => [
        part(header),
        part({ ...payload, 'cognito:groups': [ALL_TEAMS] }),
        signature,
      ]),
    401,
  ],
  ['alg none', () => altered(({ payload }) => [part({ alg: 'none', kid: 'local' }), part(payload), '']), 401],
  [
    'alg none with a signature',
    () => altered(({ payload, signature }) => [part({ alg: 'none', kid: 'local' }), part(payload), signature]),
    401,
  ],
  [
    'HS256 with the public key',
    () =>
      altered(({ payload }) => {
        const text = `${part({ alg: 'HS256', kid: 'local' })}.${part(payload)}`;
        return [text, createHmac('sha256', publicKey()).update(text).digest('base64url')];
      }),
    401,
  ],
  ["another's key", () => signedBy(otherKey), 401],
  [
    'a key that nobody knows',
    () => altered(({ payload, signature }) => [part({ alg: 'RS256', kid: 'other' }), part(payload), signature]),
    401,
  ],
  [
    'another issuer',
    () => tokenOf('maria', { iss: 'https://cognito-idp.us-east-1.amazonaws.com/us-east-1_other' }),
    401,
  ],
  ['another client', () => tokenOf('maria', { client_id: 'other' }), 401],
  ['another audience beside the right client', () => tokenOf('maria', { aud: 'other' }), 401],
  ['an expired token', () => tokenOf('maria', { exp: past() }), 401],
  ['a token of tomorrow', () => tokenOf('maria', { nbf: past() + 86_400 }), 401],
  ['an identity token, which has no scope', () => tokenOf('maria', { token_use: 'id', scope: undefined }), 403],
  ['a token for the user API alone', () => tokenOf('maria', { scope: 'aws.cognito.signin.user.admin' }), 403],
])('%s is refused before any function runs, and so without a line of the audit', async (_, token, status) => {
  const before = (await auditOf('maria')).length;
  expect((await api(LIST, token())).status).toBe(status);
  expect((await auditOf('maria')).length).toBe(before);
});

test('an identity token that claims a scope sees nothing', async () => {
  expect((await api(LIST, tokenOf('omar', { token_use: 'id' }))).status).toBe(403);
});

test.each([
  ['the call', 'GET', (digit: string) => `/calls/${sidOf('CA', digit)}`],
  ['its links', 'GET', (digit: string) => `/calls/${sidOf('CA', digit)}?links=off`],
  ['a link', 'POST', (digit: string) => `/calls/${sidOf('CA', digit)}/recordings/${sidOf('RE', digit)}/link`],
  ['the peaks', 'GET', (digit: string) => `/calls/${sidOf('CA', digit)}/recordings/${sidOf('RE', digit)}/peaks`],
])('%s of another team is unknown, counted-up SIDs too, each with its line in the audit', async (_, method, pathOf) => {
  const body = method === 'POST' ? '{"for":"play"}' : '';
  const answers = [];
  for (const digit of [SUPPORT, '4', '5']) {
    const answer = await api(pathOf(digit), tokenOf('maria'), { method, body });
    answers.push([answer.status, answer.text.replaceAll(digit.repeat(32), '…')]);
    const [line] = await auditOf('maria');
    expect(line).toMatchObject({
      what: 'call-looked-up',
      callSid: sidOf('CA', digit),
      who: 'user:maria@example.com',
    });
    expect(line?.refused).toBe(digit === SUPPORT ? true : undefined);
  }
  expect(new Set(answers.map((one) => JSON.stringify(one))).size).toBe(1);
  expect(answers[0]?.[0]).toBe(404);
});

test('the audit, of all and of one call, is refused with a line in it', async () => {
  for (const query of ['', `?callSid=${sidOf('CA', SALES)}`]) {
    expect((await api(`/audit${query}`, tokenOf('maria'))).status).toBe(403);
    expect((await auditOf('maria'))[0]).toMatchObject({ what: 'audit-read', refused: true });
  }
});

test('tokens open none of the routes that IAM authorizes, nor signatures those of users', async () => {
  const { http } = system.endpoints;
  const authorization = `Bearer ${tokenOf('omar')}`;
  for (const path of ['/calls', '/recordings', '/audit', `/calls/${sidOf('CA', SALES)}`]) {
    expect((await ask(http + path, { authorization })).status).toBe(403);
  }
  for (const path of ['/recordings', `/calls/${sidOf('CA', SALES)}/recording`]) {
    expect((await api(path, tokenOf('omar'))).status).toBe(404);
  }
});

test('a page of another origin is let neither ask nor read', async () => {
  const preflight = (origin: string) =>
    ask(
      `${system.endpoints.http}/console/calls`,
      { origin, 'access-control-request-method': 'GET', 'access-control-request-headers': 'authorization' },
      { method: 'OPTIONS' },
    );
  const own = await preflight(hosted.site.url);
  expect([own.status, own.headers['access-control-allow-origin']]).toEqual([204, hosted.site.url]);
  expect(own.headers).toMatchObject({ 'access-control-allow-headers': 'authorization,content-type' });
  expect(own.headers).not.toHaveProperty('access-control-allow-credentials');
  for (const origin of [
    'https://example.com',
    'null',
    `${hosted.site.url}.example.com`,
    hosted.site.url.replace('http', 'https'),
  ]) {
    const foreign = await preflight(origin);
    expect(Object.keys(foreign.headers).filter((name) => name.startsWith('access-control'))).toEqual([]);
    const asked = await api(LIST, tokenOf('maria'), { headers: { origin } });
    expect(asked.headers).not.toHaveProperty('access-control-allow-origin');
  }
});

test('a code is worth nothing without its verifier, a second time, or for another address', async () => {
  const asked = {
    response_type: 'code',
    client_id: '',
    redirect_uri: `${hosted.site.url}/`,
    scope: 'openid',
    code_challenge_method: 'S256',
  };
  const challenge = (verifier: string) => createHash('sha256').update(verifier).digest('base64url');
  const code = () => hosted.pool.codeFor('maria@example.com', { ...asked, code_challenge: challenge('right') });
  const exchange = async (form: object) => {
    const { clientId } = system.deployment.hosted?.pool ?? {};
    const body = new URLSearchParams({
      grant_type: 'authorization_code',
      client_id: String(clientId),
      redirect_uri: asked.redirect_uri,
      ...form,
    });
    const reply = await fetch(`${hosted.signInUrl}/oauth2/token`, { method: 'POST', body });
    return { status: reply.status, body: await reply.json() };
  };
  expect((await exchange({ code: code(), code_verifier: 'wrong' })).status).toBe(400);
  expect((await exchange({ code: code() })).status).toBe(400);
  expect((await exchange({ code: code(), code_verifier: 'right', redirect_uri: 'https://example.com/' })).status).toBe(
    400,
  );
  const used = code();
  const first = await exchange({ code: used, code_verifier: 'right' });
  expect([first.status, first.body.expires_in]).toEqual([200, 300]);
  expect((await exchange({ code: used, code_verifier: 'right' })).status).toBe(400);
  const refresh = { grant_type: 'refresh_token', refresh_token: first.body.refresh_token };
  expect((await exchange(refresh)).status).toBe(200);
  await fetch(`${hosted.signInUrl}/oauth2/revoke`, {
    method: 'POST',
    body: new URLSearchParams({ token: refresh.refresh_token }),
  });
  expect((await exchange(refresh)).status).toBe(400);
});

test('no name of a user is logged by the function', () => {
  expect(LINES.length).toBeGreaterThan(0);
  expect(JSON.stringify(LINES)).not.toContain('@example.com');
});
