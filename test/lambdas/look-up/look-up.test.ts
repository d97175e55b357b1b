/** Look-ups over the table, index and links of the emulators. */
import { PutObjectCommand } from '@aws-sdk/client-s3';
import { type LookUpDependencies, lookUp } from '../../../lambdas/look-up/look-up.ts';
import { cursorOf } from '../../../lambdas/look-up/request.ts';
import { dynamoDbByDay } from '../../../lambdas/shared/adapters/aws/dynamodb-by-day.ts';
import { dynamoDbTable } from '../../../lambdas/shared/adapters/aws/dynamodb-table.ts';
import { functionUrlPlayback } from '../../../lambdas/shared/adapters/aws/function-url-playback.ts';
import { dynamoDbAudit } from '../../../lambdas/shared/adapters/aws/look-ups/dynamodb-audit.ts';
import { dynamoDbParties } from '../../../lambdas/shared/adapters/aws/look-ups/dynamodb-parties.ts';
import { s3Peaks } from '../../../lambdas/shared/adapters/aws/look-ups/s3-peaks.ts';
import { LINK_SECONDS, s3Playback } from '../../../lambdas/shared/adapters/aws/s3-playback.ts';
import { LOOK_UP_ROUTES } from '../../../lambdas/shared/contract/http.ts';
import type { RecordingIndex } from '../../../lambdas/shared/ports/table.ts';
import type { RecordingRow } from '../../../lambdas/shared/rules/table/rows.ts';
import { HOUR, MINUTE, toIso } from '../../../lambdas/shared/rules/values/instant.ts';
import { BUCKET, startAws, TABLE_NAME } from '../shared/adapters/aws.ts';
import { callRow, callSid, PARTY_KEY, recordingRow, recordingSid, twilioUrl } from '../support/fixtures.ts';
import { KeptLog } from '../support/log.ts';
import { countingRandomness, NOON, VirtualClock } from '../support/time.ts';

const DAY = 24 * HOUR;
type OfDay = Parameters<RecordingIndex['ofDay']>[0];
const CALLER = 'arn:aws:iam::123456789012:user/auditor';
let aws: Awaited<ReturnType<typeof startAws>>;
let clock: VirtualClock;
let log: KeptLog;
let deps: LookUpDependencies;

beforeAll(async () => {
  aws = await startAws();
  for (const row of ROWS) await table().write(row, undefined);
});
afterAll(() => aws.close());
beforeEach(() => {
  clock = new VirtualClock();
  log = new KeptLog();
  const { dynamodb, s3 } = aws.clients;
  deps = {
    ...{
      table: table(),
      index: dynamoDbByDay(dynamodb, TABLE_NAME),
      playback: s3Playback(s3, clock),
      peaks: s3Peaks(s3),
      clock,
      log,
    },
    ...{ parties: dynamoDbParties(dynamodb, TABLE_NAME), partyKey: { current: async () => PARTY_KEY } },
    ...{ audit: dynamoDbAudit(dynamodb, TABLE_NAME), randomness: countingRandomness() },
  };
});
const table = () => dynamoDbTable(aws.clients.dynamodb, TABLE_NAME);

const stored = (key: string) => ({
  ...{ bucket: BUCKET, key, bytes: 5, checksum: 'c', contentType: 'audio/x-wav', storedAt: NOON },
});
const recorded = (digit: string, began: number, over: Partial<RecordingRow> = {}): RecordingRow =>
  recordingRow({ callSid: callSid(digit), recordingSid: recordingSid(digit), startTime: began, ...over });

/** Over three days; of the day before yesterday one for each shard, all of the same second. */
const ROWS = [
  callRow({ callSid: callSid('1'), state: 'recording', recordingSid: recordingSid('1') }),
  recorded('1', NOON - MINUTE, { state: 'stored', stored: stored('recordings/one.wav'), pendingEvents: [] }),
  recorded('2', NOON - 2 * MINUTE, { state: 'fallback', attempts: 2, reason: 'audio: status 404' }),
  recorded('3', NOON - DAY, { state: 'absent', errorCode: 16_101, notedAt: NOON }),
  ...['4', '5', '6', '7'].map((digit) => recorded(digit, NOON - 2 * DAY, { state: 'stored', stored: stored(digit) })),
  recordingRow({
    callSid: callSid('8'),
    recordingSid: recordingSid('8'),
    notedAt: NOON - 40 * DAY,
    state: 'completed',
  }),
];

interface Answer {
  readonly status: number;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into replies of every shape.
  readonly body: any;
}

async function ask(request: object, over: Partial<LookUpDependencies> = {}): Promise<Answer> {
  const requestContext = { authorizer: { iam: { userArn: CALLER } } };
  const reply = await lookUp({ ...deps, ...over }, { routeKey: 'GET /', requestContext, ...request });
  expect(reply.headers).toEqual({ 'content-type': 'application/json', 'cache-control': 'no-store' });
  return { status: reply.statusCode, body: JSON.parse(reply.body ?? '') };
}
const call = (sid: string) => ask({ routeKey: LOOK_UP_ROUTES.call, pathParameters: { callSid: sid } });
const list = (queryStringParameters: object, over?: Partial<LookUpDependencies>) =>
  ask({ routeKey: LOOK_UP_ROUTES.recordings, queryStringParameters }, over);
const sids = ({ body }: Answer): string[] =>
  body.recordings.map((one: { recordingSid: string }) => one.recordingSid.slice(-1));
const playing = () => ({ fromTwilio: functionUrlPlayback('https://play.test', aws.clients.s3.config, clock) });
const LAST_DAYS = { from: toIso(NOON - 3 * DAY), to: toIso(NOON) };

describe('a call', () => {
  test('is told with its recordings, and a link to what is stored', async () => {
    const { status, body } = await call(callSid('1'));
    expect(status).toBe(200);
    expect(body).toMatchObject({
      callSid: callSid('1'),
      call: { state: 'recording', startedAt: toIso(NOON), attempts: 0, waiting: { next: 'start' } },
      recordings: [
        {
          recordingSid: recordingSid('1'),
          state: 'stored',
          startTime: toIso(NOON - MINUTE),
          stored: { bucket: BUCKET, storedAt: toIso(NOON) },
          audio: { where: 's3', uri: `s3://${BUCKET}/recordings/one.wav`, alsoAtTwilio: true },
          playback: { expiresAt: toIso(NOON + LINK_SECONDS * 1000) },
        },
      ],
    });
    expect(JSON.stringify(body)).not.toMatch(/"(version|writer|claim|pendingEvents|kind)"/);
  });

  test('the link gives the audio as such, to be played and not kept, for 15 minutes at most', async () => {
    const Key = 'recordings/one.wav';
    await aws.clients.s3.send(new PutObjectCommand({ Bucket: BUCKET, Key, Body: 'audio', ContentType: 'x/y' }));
    const { body } = await call(callSid('1'));
    const url = new URL(body.recordings[0].playback.url);
    const reply = await fetch(url);
    expect([reply.status, await reply.text()]).toEqual([200, 'audio']);
    expect(Object.fromEntries(url.searchParams)).toMatchObject({
      'X-Amz-Expires': '900',
      'response-content-type': 'audio/x-wav',
      'response-content-disposition': `inline; filename="${recordingSid('1')}.wav"`,
      'response-cache-control': 'no-store',
    });
    expect(url.searchParams.has('versionId')).toBe(false);
  });

  test('the link names the file by what is stored, whatever recordings are stored as now', async () => {
    const row = recordingRow({ callSid: callSid('b'), recordingSid: recordingSid('b'), state: 'stored' });
    const mp3 = { ...stored('recordings/two.mp3'), contentType: 'audio/mpeg' };
    await table().write({ ...row, startTime: NOON - 90 * DAY, stored: mp3 }, undefined);
    const { body } = await call(callSid('b'));
    expect(Object.fromEntries(new URL(body.recordings[0].playback.url).searchParams)).toMatchObject({
      'response-content-type': 'audio/mpeg',
      'response-content-disposition': `inline; filename="${recordingSid('b')}.mp3"`,
    });
  });

  test('the link is to the very version that was verified', async () => {
    const row = recordingRow({ callSid: callSid('9'), recordingSid: recordingSid('9'), state: 'stored' });
    await table().write({ ...row, startTime: NOON - 90 * DAY, stored: { ...stored('k'), versionId: 'v1' } }, undefined);
    const { body } = await call(callSid('9'));
    expect(new URL(body.recordings[0].playback.url).searchParams.get('versionId')).toBe('v1');
  });

  test('whose recording is only at Twilio: a link that plays it from there, for 15 minutes', async () => {
    const { body } = await ask({ routeKey: LOOK_UP_ROUTES.call, pathParameters: { callSid: callSid('2') } }, playing());
    const [{ audio, playback, howToFetch }] = body.recordings;
    expect([audio.where, howToFetch, playback.expiresAt]).toEqual(['twilio', undefined, toIso(NOON + 15 * MINUTE)]);
    const { origin, pathname, searchParams } = new URL(playback.url);
    expect([origin, pathname]).toEqual(['https://play.test', `/${callSid('2')}/${recordingSid('2')}`]);
    expect(Object.fromEntries(searchParams)).toMatchObject({ 'X-Amz-Expires': '900', 'X-Amz-SignedHeaders': 'host' });
    const listed = await list(LAST_DAYS, playing());
    expect(listed.body.recordings[1]).toMatchObject({ state: 'fallback', playback: { url: playback.url } });
  });

  test('whose recording is only at Twilio, encrypted, and too long to be played from there: how to fetch it', async () => {
    const encryption = { publicKeySid: 'CR1', encryptedCek: 'cek', iv: 'iv' };
    const row = recordingRow({ callSid: callSid('a'), recordingSid: recordingSid('a'), durationSeconds: 20_000 });
    await table().write({ ...row, startTime: NOON - 90 * DAY, encryption }, undefined);
    const asked = { routeKey: LOOK_UP_ROUTES.call, pathParameters: { callSid: callSid('a') } };
    const { body } = await ask(asked, playing());
    expect(body.recordings).toMatchObject([{ howToFetch: expect.stringMatching(/recordings download REa+/) }]);
    expect(body.recordings[0]).not.toHaveProperty('playback');
  });

  test('whose recording is only at Twilio, where nothing is played from there: how to fetch it', async () => {
    const { body } = await call(callSid('2'));
    expect(body).not.toHaveProperty('call');
    expect(body.recordings).toMatchObject([
      {
        audio: { where: 'twilio', url: twilioUrl(recordingSid('2')) },
        howToFetch: expect.stringMatching(
          /^GET https:.*\.wav with Twilio's credentials, or: .* recordings download RE2+ --call CA2+$/,
        ),
      },
    ]);
    expect(body.recordings[0]).not.toHaveProperty('playback');
  });

  test('without audio: why', async () => {
    const { body } = await call(callSid('3'));
    expect(body.recordings).toMatchObject([{ audio: { where: 'nowhere', why: expect.stringMatching(/16101/) } }]);
    expect(body.recordings[0]).not.toHaveProperty('howToFetch');
  });

  test('that is unknown, or none', async () => {
    expect(await call(callSid('f'))).toEqual({
      status: 404,
      body: { error: `No call ${callSid('f')} is known here.` },
    });
    for (const sid of ['CA1', `ca${'1'.repeat(32)}`, '../x', 'SERVICE']) {
      expect(await call(sid)).toMatchObject({
        status: 400,
        body: { error: expect.stringMatching(/^A call SID is CA/) },
      });
    }
  });

  test('is noted with who asked', async () => {
    await call(callSid('1'));
    await list(LAST_DAYS);
    expect(log.line('call_looked_up')).toMatchObject({ callSid: callSid('1'), caller: CALLER, count: 2 });
    expect(log.line('recordings_listed')).toMatchObject({ caller: CALLER, count: 7 });
  });
});

test('another route is none', async () => {
  expect(await ask({ routeKey: 'GET /secrets' })).toMatchObject({ status: 404 });
});

describe('a list', () => {
  test('has the newest first, and by default those of the last 24 hours', async () => {
    const answer = await list({});
    expect(answer).toMatchObject({ status: 200, body: { from: toIso(NOON - DAY), to: toIso(NOON) } });
    expect(sids(answer)).toEqual(['1', '2', '3']);
    expect(answer.body).not.toHaveProperty('next');
    expect(answer.body.recordings[0]).toMatchObject({ state: 'stored', playback: { url: expect.any(String) } });
  });

  test.each([
    ['of a range', { from: '2026-02-27', to: '2026-02-28T00:00:00Z' }, ['7', '6', '5', '4']],
    [
      'that ends before what begins with it',
      { ...LAST_DAYS, to: toIso(NOON - MINUTE) },
      ['2', '3', '7', '6', '5', '4'],
    ],
    ['that begins with its first', { ...LAST_DAYS, from: toIso(NOON - 2 * MINUTE) }, ['1', '2']],
    ['of a state', { ...LAST_DAYS, state: 'stored' }, ['1', '7', '6', '5', '4']],
    ['of a state that none has', { ...LAST_DAYS, state: 'deleted' }, []],
    ['of times with an offset', { from: '2026-03-01T13:58:00+02:00', to: '2026-03-01T13:59:00+02:00' }, ['2']],
    ['of what was only noted', { from: toIso(NOON - 41 * DAY), to: toIso(NOON - 39 * DAY) }, ['8']],
  ])('%s', async (_, query, expected) => {
    expect(sids(await list(query))).toEqual(expected);
  });

  test.each([1, 2, 3, 7, 8])('in pages of %i has each once', async (limit) => {
    const pages: string[][] = [];
    let next: string | undefined;
    do {
      const answer = await list({ ...LAST_DAYS, limit: String(limit), ...(next && { next }) });
      pages.push(sids(answer));
      ({ next } = answer.body);
    } while (next !== undefined);
    expect(pages.flat()).toEqual(['1', '2', '3', '7', '6', '5', '4']);
    for (const page of pages.slice(0, -1)) expect(page).toHaveLength(limit);
  });

  test('in pages of a state has each of that state once', async () => {
    const first = await list({ ...LAST_DAYS, state: 'stored', limit: '3' });
    const second = await list({ ...LAST_DAYS, state: 'stored', limit: '3', next: first.body.next });
    expect([sids(first), sids(second)]).toEqual([
      ['1', '7', '6'],
      ['5', '4'],
    ]);
    expect(second.body).not.toHaveProperty('next');
  });

  test('follows the rows where the index is behind', async () => {
    const behind = {
      ...dynamoDbByDay(aws.clients.dynamodb, TABLE_NAME),
      ofDay: async ({ shard }: OfDay) =>
        shard === '2026-03-01#1'
          ? ['1', '2', 'e'].map((digit) => ({
              ...{ callSid: callSid(digit), recordingSid: recordingSid(digit), place: toIso(NOON - MINUTE) },
            }))
          : [],
    };
    expect(sids(await list({ ...LAST_DAYS, state: 'fallback' }, { index: behind }))).toEqual(['2']);
  });

  test('that takes too long ends with a day, and goes on from there', async () => {
    const slow = {
      ...dynamoDbByDay(aws.clients.dynamodb, TABLE_NAME),
      ofDay: async (asked: OfDay) => {
        clock.advance(4_000);
        return dynamoDbByDay(aws.clients.dynamodb, TABLE_NAME).ofDay(asked);
      },
    };
    const first = await list(LAST_DAYS, { index: slow });
    expect([sids(first), first.body.next]).toEqual([['1', '2'], cursorOf('2026-03-01T00:00:00.000Z')]);
    expect(sids(await list({ ...LAST_DAYS, next: first.body.next }))).toEqual(['3', '7', '6', '5', '4']);
  });

  test.each([
    ['in its middle', NOON - HOUR],
    ['at midnight', Date.parse('2026-03-01')],
  ])('that runs out of time on its last day, which begins %s, is at its end', async (_, from) => {
    const slow = {
      ...dynamoDbByDay(aws.clients.dynamodb, TABLE_NAME),
      ofDay: async (asked: OfDay) => {
        clock.advance(16_000);
        return dynamoDbByDay(aws.clients.dynamodb, TABLE_NAME).ofDay(asked);
      },
    };
    const { status, body } = await list({ from: toIso(from), to: toIso(NOON) }, { index: slow });
    expect([status, body.recordings.length]).toEqual([200, 2]);
    expect(body).not.toHaveProperty('next');
  });

  test.each([
    ['a time that is none', { from: 'yesterday' }, /^from must be a time such as/],
    ['a day that there is not', { to: '2026-02-30' }, /to must be a time/],
    ['a time without its zone', { from: '2026-02-01T10:00:00' }, /from must be a time/],
    ['two values of one name', { from: '2026-02-01,2026-02-02' }, /from must be a time/],
    ['a range that ends before it begins', { from: '2026-02-02', to: '2026-02-01' }, /from must be before to/],
    ['a range in the future only', { from: '2027-01-01' }, /from must be before to/],
    ['more than 31 days', { from: '2026-01-01', to: '2026-02-02' }, /31 days apart at most/],
    ['a state that there is not', { state: 'gone' }, /state must be one of in-progress, absent, .*deleted/],
    ['a limit of 0', { limit: '0' }, /limit must be a number from 1 to 200/],
    ['a limit that is too high', { limit: '201' }, /limit must be/],
    ['a limit that is none', { limit: '1e2' }, /limit must be/],
    ['a cursor of its own making', { next: 'abc' }, /next must be what the previous reply gave/],
    ['a cursor of no day', { next: cursorOf('2026-02-45T00:00:00.000Z') }, /next must be/],
    ['a cursor of another range', { ...LAST_DAYS, next: cursorOf(toIso(NOON - 9 * DAY)) }, /next must be/],
    ['a cursor of a later range', { ...LAST_DAYS, next: cursorOf(toIso(NOON + 1)) }, /next must be/],
    [
      'a parameter that there is not',
      { form: '1' },
      /^Unknown parameter form\. Valid parameters: from, to, limit, next, state, links\.$/,
    ],
    ['a name that is none', { '<script>': '1' }, /^Unknown parameter\. Valid parameters: from/],
  ])('refuses %s', async (_, query, message) => {
    const { status, body } = await list(query);
    expect([status, body]).toEqual([400, { error: expect.stringMatching(message) }]);
  });

  test('names all that is wrong at once', async () => {
    const { body } = await list({ from: 'x', state: 'y', limit: 'z', next: 'n' });
    expect(body.error).toMatch(/from must.*limit must.*next must.*state must/);
  });
});
