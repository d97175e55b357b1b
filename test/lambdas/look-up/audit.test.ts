/** Who looked up, listed, played and downloaded what: entered in the emulator's table before anything is told. */
import { PutItemCommand } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import { type LookUpDependencies, lookUp } from '../../../lambdas/look-up/look-up.ts';
import { dynamoDbByDay } from '../../../lambdas/shared/adapters/aws/dynamodb-by-day.ts';
import { dynamoDbTable } from '../../../lambdas/shared/adapters/aws/dynamodb-table.ts';
import { dynamoDbAudit } from '../../../lambdas/shared/adapters/aws/look-ups/dynamodb-audit.ts';
import { dynamoDbParties } from '../../../lambdas/shared/adapters/aws/look-ups/dynamodb-parties.ts';
import { s3Peaks } from '../../../lambdas/shared/adapters/aws/look-ups/s3-peaks.ts';
import { s3Playback } from '../../../lambdas/shared/adapters/aws/s3-playback.ts';
import { AUDIT_ROUTE, LOOK_UP_ROUTES } from '../../../lambdas/shared/contract/http.ts';
import type { Audit } from '../../../lambdas/shared/ports/audit.ts';
import { auditOfCall } from '../../../lambdas/shared/rules/table/audit.ts';
import { DAY, MINUTE, toIso } from '../../../lambdas/shared/rules/values/instant.ts';
import { BUCKET, startAws, TABLE_NAME } from '../shared/adapters/aws.ts';
import { callRow, callSid, PARTY_KEY, recordingRow, recordingSid } from '../support/fixtures.ts';
import { KeptLog } from '../support/log.ts';
import { countingRandomness, NOON, VirtualClock } from '../support/time.ts';

const CALLER = 'arn:aws:iam::123456789012:user/auditor';
const SOURCE = '192.0.2.7';
const OF = (digit: string) => ({ callSid: callSid(digit), recordingSid: recordingSid(digit) });
const STORED = {
  ...{ bucket: BUCKET, key: 'recordings/one.wav', bytes: 5, checksum: 'c', contentType: 'audio/x-wav', storedAt: NOON },
};
const BY = { who: CALLER, from: SOURCE };

let aws: Awaited<ReturnType<typeof startAws>>;
let clock: VirtualClock;
let log: KeptLog;
let deps: LookUpDependencies;
/** Each test has a day of its own. */
let today = NOON;
const randomness = countingRandomness();

beforeAll(async () => {
  aws = await startAws();
  const table = dynamoDbTable(aws.clients.dynamodb, TABLE_NAME);
  const rows = [
    callRow({ ...OF('1'), state: 'recording', answeredAt: NOON - MINUTE }),
    recordingRow({ ...OF('1'), startTime: NOON - MINUTE, state: 'stored', stored: STORED }),
    recordingRow({ ...OF('2'), startTime: NOON - 2 * MINUTE, state: 'fallback' }),
    recordingRow({ ...OF('3'), startTime: NOON - 3 * MINUTE, state: 'absent', errorCode: 16_102 }),
  ];
  for (const row of rows) await table.write(row, undefined);
});
afterAll(() => aws.close());
beforeEach(() => {
  today += 2 * DAY;
  clock = new VirtualClock(today);
  log = new KeptLog();
  const { dynamodb, s3 } = aws.clients;
  deps = {
    ...{ table: dynamoDbTable(dynamodb, TABLE_NAME), index: dynamoDbByDay(dynamodb, TABLE_NAME) },
    ...{ parties: dynamoDbParties(dynamodb, TABLE_NAME), partyKey: { current: async () => PARTY_KEY } },
    ...{
      audit: dynamoDbAudit(dynamodb, TABLE_NAME),
      playback: s3Playback(s3, clock),
      peaks: s3Peaks(s3),
      clock,
      log,
      randomness,
    },
  };
});

async function ask(routeKey: string, request: object = {}, over: Partial<LookUpDependencies> = {}) {
  const requestContext = { authorizer: { iam: { userArn: CALLER } }, http: { sourceIp: SOURCE } };
  const reply = await lookUp({ ...deps, ...over }, { routeKey, requestContext, ...request });
  return { status: reply.statusCode, body: JSON.parse(reply.body ?? '') };
}
const call = (digit: string, queryStringParameters: object = {}, over?: Partial<LookUpDependencies>) =>
  ask(LOOK_UP_ROUTES.call, { pathParameters: { callSid: callSid(digit) }, queryStringParameters }, over);
const link = (digit: string, body: unknown = { for: 'play' }, over?: Partial<LookUpDependencies>) =>
  ask(LOOK_UP_ROUTES.link, { pathParameters: OF(digit), body: JSON.stringify(body) }, over);
const read = (queryStringParameters: object = {}, over?: Partial<LookUpDependencies>) =>
  ask(AUDIT_ROUTE, { queryStringParameters }, over);

/** What is in the audit of today, the newest first, without what reading it adds. */
async function entered(): Promise<readonly object[]> {
  clock.advance(1000);
  const { body } = await read();
  return body.entries;
}
const FAILING: Audit = {
  write: async () => {
    throw new Error('throttled');
  },
  entries: async () => [],
};

describe('is entered, with who, when and from where', () => {
  test('the look-up of a call, and each link that comes with it', async () => {
    const { body } = await call('1');
    expect(body.recordings[0].playback.url).toBeDefined();
    const at = toIso(today);
    expect(await entered()).toEqual(
      expect.arrayContaining([
        { at, ...BY, what: 'call-looked-up', callSid: callSid('1') },
        { at, ...BY, what: 'link-issued', ...OF('1'), for: 'play' },
      ]),
    );
  });

  test('the look-up of a call without links, which is no play', async () => {
    const { body } = await call('1', { links: 'off' });
    expect(body.recordings).toMatchObject([{ state: 'stored', audio: { where: 's3' } }]);
    expect(body.recordings[0]).not.toHaveProperty('playback');
    expect(await entered()).toMatchObject([{ what: 'call-looked-up', callSid: callSid('1') }]);
  });

  test('a call that nobody knows: somebody who counts up SIDs is seen', async () => {
    expect((await call('e')).status).toBe(404);
    expect((await link('e')).status).toBe(404);
    expect(await entered()).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ what: 'call-looked-up', callSid: callSid('e') }),
        expect.objectContaining({ what: 'call-looked-up', ...OF('e') }),
      ]),
    );
  });

  test('a list of calls, with what it was limited to', async () => {
    await ask(LOOK_UP_ROUTES.calls, { queryStringParameters: { state: 'stored', to: toIso(NOON) } });
    const filter = { state: 'stored', from: toIso(NOON - DAY), to: toIso(NOON) };
    expect(await entered()).toEqual([{ at: toIso(today), ...BY, what: 'calls-listed', filter }]);
  });

  test('a list of recordings, with each link that comes with it; none without links', async () => {
    const range = { from: toIso(NOON - DAY), to: toIso(NOON) };
    const list = (more: object) => ask(LOOK_UP_ROUTES.recordings, { queryStringParameters: { ...range, ...more } });
    expect((await list({ links: 'off' })).body.recordings).toHaveLength(3);
    expect(await entered()).toMatchObject([{ what: 'recordings-listed', filter: { ...range, links: 'off' } }]);
    today = clock.now() + 2 * DAY;
    clock.advanceTo(today);
    await list({});
    expect(await entered()).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ what: 'recordings-listed', filter: range }),
        expect.objectContaining({ what: 'link-issued', ...OF('1'), for: 'play' }),
      ]),
    );
  });

  test('the reading of the audit itself', async () => {
    await read({ callSid: callSid('1') });
    expect(await entered()).toMatchObject([
      { what: 'audit-read', callSid: callSid('1'), ...BY, filter: { callSid: callSid('1') } },
    ]);
  });
});

describe('a link', () => {
  test.each([
    ['play', 'inline'],
    ['download', 'attachment'],
  ])('to %s, entered as such', async (use, disposition) => {
    const { status, body } = await link('1', { for: use });
    const fileName = `${recordingSid('1')}.wav`;
    expect([status, body]).toEqual([200, { url: expect.any(String), expiresAt: toIso(today + 15 * MINUTE), fileName }]);
    const given = new URL(body.url).searchParams.get('response-content-disposition');
    expect(given).toBe(`${disposition}; filename="${fileName}"`);
    expect(await entered()).toEqual([{ at: toIso(today), ...BY, what: 'link-issued', ...OF('1'), for: use }]);
    expect(log.line('link_issued')).toMatchObject({ ...OF('1'), for: use, caller: CALLER });
  });

  test('to what is at Twilio only, named as it is played', async () => {
    const fromTwilio = { link: async () => ({ url: 'https://play.test', expiresAt: toIso(today) }) };
    const { body } = await link('2', { for: 'play' }, { fromTwilio });
    expect(body).toEqual({ url: 'https://play.test', expiresAt: toIso(today), fileName: `${recordingSid('2')}.wav` });
  });

  test('that cannot be given: how to fetch it, or why there is no audio', async () => {
    expect(await link('2')).toMatchObject({
      status: 409,
      body: { error: expect.stringContaining('at Twilio only'), howToFetch: expect.stringContaining('download RE2') },
    });
    expect(await link('3')).toEqual({
      status: 409,
      body: { error: expect.stringMatching(/^There is no audio: .*16102/) },
    });
    expect(await entered()).toEqual([expect.objectContaining(OF('3')), expect.objectContaining(OF('2'))]);
    expect(JSON.stringify(await entered())).not.toContain('link-issued');
  });

  test.each([
    ['no body', undefined],
    ['what is no JSON', '{'],
    ['no use', '{}'],
    ['a use that there is not', '{"for":"sell"}'],
    ['a list', '["play"]'],
    ['nothing', 'null'],
    ['too much', `{"for":"play","x":"${'x'.repeat(2000)}"}`],
  ])('is refused for %s', async (_, body) => {
    const request = { pathParameters: OF('1'), body };
    expect(await ask(LOOK_UP_ROUTES.link, request)).toEqual({
      ...{ status: 400, body: { error: 'The body must be {"for": "play"} or {"for": "download"}.' } },
    });
    expect(await entered()).toEqual([]);
  });

  test('is given for a body that API Gateway has encoded', async () => {
    const body = Buffer.from('{"for":"play"}').toString('base64');
    expect((await ask(LOOK_UP_ROUTES.link, { pathParameters: OF('1'), body, isBase64Encoded: true })).status).toBe(200);
  });

  test.each([{ callSid: 'AUDIT#2026-03-01' }, { recordingSid: '../x' }, { callSid: undefined }])(
    'is refused for SIDs that are none: %j',
    async (over) => {
      const reply = await ask(LOOK_UP_ROUTES.link, { pathParameters: { ...OF('1'), ...over }, body: '{"for":"play"}' });
      expect(reply).toMatchObject({ status: 400, body: { error: expect.stringMatching(/^A call SID is CA/) } });
    },
  );
});

describe('where nothing can be entered, nothing is told', () => {
  test.each<[string, () => ReturnType<typeof ask>]>([
    ['of a call', () => call('1', {}, { audit: FAILING })],
    ['of a call without links', () => call('1', { links: 'off' }, { audit: FAILING })],
    ['of a call that nobody knows', () => call('e', {}, { audit: FAILING })],
    ['by a link', () => link('1', { for: 'play' }, { audit: FAILING })],
    ['of calls', () => ask(LOOK_UP_ROUTES.calls, {}, { audit: FAILING })],
    ['of recordings', () => ask(LOOK_UP_ROUTES.recordings, {}, { audit: FAILING })],
    ['of the audit', () => read({}, { audit: FAILING })],
  ])('%s', async (_, request) => {
    expect(await request()).toEqual({
      status: 503,
      body: { error: 'The request could not be entered in the audit, so it is not answered. Try again.' },
    });
    expect(log.line('audit_failed')).toMatchObject({ level: 'error', caller: CALLER });
    expect(log.events()).not.toContain('link_issued');
  });

  test('also where only one of several entries fails', async () => {
    const { audit } = deps;
    const half: Audit = {
      ...audit,
      write: async (entry, place) => {
        if (entry.what === 'link-issued') throw new Error('throttled');
        await audit.write(entry, place);
      },
    };
    expect((await call('1', {}, { audit: half })).status).toBe(503);
  });
});

describe('GET /audit', () => {
  const write = async (minutesAgo: number, digit: string) => {
    const at = toIso(today - minutesAgo * MINUTE);
    await deps.audit.write({ at, ...BY, what: 'call-looked-up', callSid: callSid(digit) }, `${at}#${digit}`);
  };
  const digits = (body: { entries: { callSid?: string }[] }) =>
    body.entries.map(({ callSid: sid = '-' }) => sid.slice(-1)).join('');

  test.each([1, 2, 3, 9])('in pages of %i has each of a range once, the newest first, over days', async (limit) => {
    for (const [index, digit] of ['a', 'b', 'c', 'd', 'f'].entries()) await write(1 + index * 500, digit);
    let [all, next] = ['', undefined as string | undefined];
    do {
      const range = { from: toIso(today - 2 * DAY + 3 * MINUTE), to: toIso(today) };
      const { body } = await read({ ...range, limit: String(limit), ...(next && { next }) });
      all += digits(body);
      ({ next } = body);
    } while (next !== undefined);
    expect(all).toBe('abcdf');
  });

  test('of a call has all that was ever done with it, and nothing else', async () => {
    await write(90 * 24 * 60, '9');
    await write(1, '9');
    await write(2, '8');
    const first = await read({ callSid: callSid('9'), limit: '1' });
    expect(first.body.entries).toMatchObject([{ at: toIso(today - MINUTE) }]);
    const { body } = await read({ callSid: callSid('9'), next: first.body.next });
    expect(body.entries).toMatchObject([{ at: toIso(today - 90 * DAY) }]);
    expect(body).not.toHaveProperty('next');
  });

  test('passes over an entry that cannot be read, and says so in the log', async () => {
    await write(1, '7');
    const item = { callSid: auditOfCall(callSid('7')), item: `${toIso(today)}#x`, entry: { who: 7 } };
    await aws.clients.dynamodb.send(new PutItemCommand({ TableName: TABLE_NAME, Item: marshall(item) }));
    clock.advance(1);
    const { body } = await read({ callSid: callSid('7') });
    expect(digits(body)).toBe('7');
    expect(log.line('row_unreadable')).toMatchObject({ key: `${toIso(today)}#x` });
  });

  test('that takes too long ends with a day, and continues from there', async () => {
    await write(1, '5');
    const { audit } = deps;
    const slow: Audit = {
      ...audit,
      entries: async (asked) => {
        clock.advance(20_000);
        return audit.entries(asked);
      },
    };
    const range = { from: toIso(today - 3 * DAY), to: toIso(today) };
    const { body } = await read(range, { audit: slow });
    expect([digits(body), typeof body.next]).toEqual(['5', 'string']);
  });

  test.each([
    ['more than 31 days', { from: '2026-01-01', to: '2026-03-01' }, /31 days apart/],
    ['a call SID that is none', { callSid: 'AUDIT#x' }, /^callSid must be CA and 32/],
    [
      'a parameter of nobody',
      { who: 'x' },
      /^Unknown parameter who\. Valid parameters: from, to, limit, next, callSid/,
    ],
  ])('refuses %s, and enters nothing', async (_, query, message) => {
    expect(await read(query)).toEqual({ status: 400, body: { error: expect.stringMatching(message) } });
    expect(await entered()).toEqual([]);
  });
});

test('a value of links that there is not is refused', async () => {
  expect(await call('1', { links: 'on' })).toEqual({ status: 400, body: { error: 'links must be one of off.' } });
});
