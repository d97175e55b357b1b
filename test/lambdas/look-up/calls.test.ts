/** Lists of calls over the table and index of the emulator. */
import { PutItemCommand } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import { listCalls } from '../../../lambdas/look-up/calls.ts';
import { cursorOf } from '../../../lambdas/look-up/request.ts';
import { dynamoDbByDay } from '../../../lambdas/shared/adapters/aws/dynamodb-by-day.ts';
import { dynamoDbTable } from '../../../lambdas/shared/adapters/aws/dynamodb-table.ts';
import { dynamoDbAudit } from '../../../lambdas/shared/adapters/aws/look-ups/dynamodb-audit.ts';
import { dynamoDbParties } from '../../../lambdas/shared/adapters/aws/look-ups/dynamodb-parties.ts';
import { toItem } from '../../../lambdas/shared/adapters/aws/table-items.ts';
import { LOOK_UP_ROUTES } from '../../../lambdas/shared/contract/http.ts';
import type { CallIndex } from '../../../lambdas/shared/ports/table.ts';
import { DAY, HOUR, MINUTE, toIso } from '../../../lambdas/shared/rules/values/instant.ts';
import { startAws, TABLE_NAME } from '../shared/adapters/aws.ts';
import { callRow, callSid, PARTY_KEY, recordingRow, recordingSid } from '../support/fixtures.ts';
import { KeptLog } from '../support/log.ts';
import { countingRandomness, NOON, VirtualClock } from '../support/time.ts';

const CALLER = 'arn:aws:iam::123456789012:user/auditor';
const NUMBER = '+14155550123';
const OF = (digit: string) => ({ callSid: callSid(digit), recordingSid: recordingSid(digit) });

const ROWS = [
  callRow({ ...OF('1'), state: 'recording', answeredAt: NOON - MINUTE, number: NUMBER, policy: { team: 'sales' } }),
  recordingRow({ ...OF('1'), startTime: NOON - MINUTE + 2000, state: 'stored', durationSeconds: 30 }),
  callRow({ ...OF('2'), state: 'unrecordable', answeredAt: NOON - 2 * MINUTE, reason: 'not-wanted' }),
  recordingRow({ ...OF('3'), startTime: NOON - HOUR, state: 'fallback', reason: 'audio: status 404' }),
  callRow({ ...OF('5'), state: 'recording', answeredAt: NOON - 2 * DAY, number: NUMBER }),
  recordingRow({ ...OF('5'), startTime: NOON - 2 * DAY + 2000, state: 'stored', durationSeconds: 300 }),
];
/** Noted by a version that gave calls no entries. */
const OLD = [
  callRow({ ...OF('4'), state: 'recording', startedAt: NOON - 2 * HOUR }),
  recordingRow({ ...OF('4'), startTime: NOON - 2 * HOUR + 2000, state: 'completed' }),
];

let aws: Awaited<ReturnType<typeof startAws>>;
let index: CallIndex;
let clock: VirtualClock;
let log: KeptLog;

beforeAll(async () => {
  aws = await startAws();
  const table = dynamoDbTable(aws.clients.dynamodb, TABLE_NAME);
  for (const row of ROWS) await table.write(row, undefined);
  for (const row of OLD) {
    const { day, place, ...item } = toItem(row);
    await put(row.kind === 'call' ? item : { ...item, day, place });
  }
  index = dynamoDbByDay(aws.clients.dynamodb, TABLE_NAME);
});
afterAll(() => aws.close());
beforeEach(() => {
  clock = new VirtualClock();
  log = new KeptLog();
});

const put = (item: object) =>
  aws.clients.dynamodb.send(
    new PutItemCommand({ TableName: TABLE_NAME, Item: marshall(item, { removeUndefinedValues: true }) }),
  );

async function list(queryStringParameters: object, over: Partial<CallIndex> = {}) {
  const requestContext = { authorizer: { iam: { userArn: CALLER } } };
  const request = {
    routeKey: LOOK_UP_ROUTES.calls,
    requestContext,
    queryStringParameters: { ...queryStringParameters },
  };
  const audit = dynamoDbAudit(aws.clients.dynamodb, TABLE_NAME);
  const deps = {
    ...{ audit, clock, log, randomness: countingRandomness(), index: { ...index, ...over } },
    ...{ parties: dynamoDbParties(aws.clients.dynamodb, TABLE_NAME), partyKey: { current: async () => PARTY_KEY } },
  };
  const reply = await listCalls(deps, request);
  expect(reply.headers).toEqual({ 'content-type': 'application/json', 'cache-control': 'no-store' });
  return { status: reply.statusCode, body: JSON.parse(reply.body ?? '') };
}
const digits = ({ body }: Awaited<ReturnType<typeof list>>): string =>
  body.calls.map(({ callSid }: { callSid: string }) => callSid.slice(-1)).join('');
const LAST_DAYS = { from: toIso(NOON - 3 * DAY), to: toIso(NOON) };

test('by default those of the last 24 hours, the newest first, each once', async () => {
  const answer = await list({});
  expect(answer).toMatchObject({ status: 200, body: { from: toIso(NOON - DAY), to: toIso(NOON) } });
  expect(digits(answer)).toBe('1234');
  expect(answer.body).not.toHaveProperty('next');
  expect(answer.body.calls.slice(0, 2)).toEqual([
    {
      ...{
        callSid: callSid('1'),
        at: toIso(NOON - MINUTE),
        number: NUMBER,
        team: 'sales',
        outcome: 'stored',
        seconds: 30,
      },
      recordings: [{ recordingSid: recordingSid('1'), state: 'stored', madeBy: 'recorder', durationSeconds: 30 }],
    },
    {
      ...{ callSid: callSid('2'), at: toIso(NOON - 2 * MINUTE), outcome: 'not-recorded', reason: 'not-wanted' },
      recordings: [],
    },
  ]);
});

test.each([
  ['of a range', { ...LAST_DAYS, from: toIso(NOON - 2 * HOUR), to: toIso(NOON - 2 * MINUTE) }, '34'],
  ['of a number', { ...LAST_DAYS, number: NUMBER }, '15'],
  ['of a team', { ...LAST_DAYS, team: 'sales' }, '1'],
  ['of an outcome', { ...LAST_DAYS, state: 'fallback' }, '3'],
  ['of what is copied at the moment, from before calls had entries', { ...LAST_DAYS, state: 'copying' }, '4'],
  ['of a length', { ...LAST_DAYS, minSeconds: '31' }, '5'],
  ['of another length', { ...LAST_DAYS, maxSeconds: '30' }, '1'],
  ['of an outcome that none has', { ...LAST_DAYS, state: 'waiting' }, ''],
])('%s', async (_, query, expected) => {
  expect(digits(await list(query))).toBe(expected);
});

test.each([1, 2, 4, 5])('in pages of %i has each once', async (limit) => {
  let [all, next] = ['', undefined as string | undefined];
  do {
    const answer = await list({ ...LAST_DAYS, limit: String(limit), ...(next && { next }) });
    all += digits(answer);
    ({ next } = answer.body);
  } while (next !== undefined);
  expect(all).toBe('12345');
});

test('what takes too long ends with what it has, and continues from there', async () => {
  const entriesOfDay: CallIndex['entriesOfDay'] = async (asked) => {
    clock.advance(1000);
    return index.entriesOfDay(asked);
  };
  const first = await list(LAST_DAYS, { entriesOfDay });
  expect(digits(first)).toBe('1234');
  expect(first.body.next).toBeDefined();
  expect(digits(await list({ ...LAST_DAYS, next: first.body.next }))).toBe('5');
});

test('a row that cannot be read hides neither its call nor the others', async () => {
  const item = { ...toItem(recordingRow({ ...OF('6'), startTime: NOON - 9 * DAY })), version: 'x' };
  await put(item);
  await put(toItem(callRow({ ...OF('6'), answeredAt: NOON - 9 * DAY - 2000, state: 'recording' })));
  const answer = await list({ from: toIso(NOON - 10 * DAY), to: toIso(NOON - 8 * DAY) });
  expect(answer.body.calls).toMatchObject([{ callSid: callSid('6'), outcome: 'being-recorded', recordings: [] }]);
  expect(log.line('row_unreadable')).toMatchObject({ callSid: callSid('6'), key: `RECORDING#${recordingSid('6')}` });
});

test('is noted with who asked', async () => {
  await list({});
  expect(log.line('calls_listed')).toMatchObject({ caller: CALLER, count: 4 });
});

test.each([
  ['a number that is none', { number: '4155550123' }, /^number must be a number such as %2B1/],
  ['a plus that became a space', { number: ' 14155550123' }, /^number must be .*written as %2B\.$/],
  ['a team that no number can have', { team: 'Sales!' }, /^team must be a name/],
  ['a state of recordings', { state: 'deleted' }, /^state must be one of waiting, being-recorded, .*not-recorded\.$/],
  ['a length that is none', { minSeconds: '-1' }, /^minSeconds must be a number from 0/],
  ['lengths that exclude each other', { minSeconds: '2', maxSeconds: '1' }, /^minSeconds must be at most maxSeconds/],
  ['a cursor of its own making', { next: cursorOf('2026-03-01T11:00:00.000Z#<x>') }, /^next must be/],
  ['a parameter of nobody', { form: '1' }, /^Unknown parameter form\. Valid parameters: from, .*maxSeconds\.$/],
  ['more than 31 days', { from: '2026-01-01', to: '2026-02-02' }, /31 days apart at most/],
])('refuses %s', async (_, query, message) => {
  const { status, body } = await list(query);
  expect([status, body]).toEqual([400, { error: expect.stringMatching(message) }]);
});

test('names all that is wrong at once', async () => {
  const { body } = await list({ from: 'x', state: 'y', limit: 'z', number: 'n', x: '1' });
  expect(body.error).toMatch(/parameter x.*from must.*limit must.*number must.*state must/);
});
