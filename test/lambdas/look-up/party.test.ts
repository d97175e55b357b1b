/** Calls by the number of their other party, over the table of the emulator. */
import { listCalls } from '../../../lambdas/look-up/calls.ts';
import { dynamoDbByDay } from '../../../lambdas/shared/adapters/aws/dynamodb-by-day.ts';
import { dynamoDbTable } from '../../../lambdas/shared/adapters/aws/dynamodb-table.ts';
import { dynamoDbAudit } from '../../../lambdas/shared/adapters/aws/look-ups/dynamodb-audit.ts';
import { dynamoDbParties } from '../../../lambdas/shared/adapters/aws/look-ups/dynamodb-parties.ts';
import { LOOK_UP_ROUTES } from '../../../lambdas/shared/contract/http.ts';
import { auditOfDay } from '../../../lambdas/shared/rules/table/audit.ts';
import { partyOf } from '../../../lambdas/shared/rules/table/party.ts';
import type { CallRow, Row } from '../../../lambdas/shared/rules/table/rows.ts';
import { DAY, HOUR, MINUTE, toIso } from '../../../lambdas/shared/rules/values/instant.ts';
import { startAws, TABLE_NAME } from '../shared/adapters/aws.ts';
import { callRow, callSid, PARTY_KEY } from '../support/fixtures.ts';
import { KeptLog } from '../support/log.ts';
import { countingRandomness, NOON, VirtualClock } from '../support/time.ts';

const CALLER = '+14155550111';
const ANOTHER = '+14155550112';
const OURS = '+14155550123';
const PARTY = partyOf(PARTY_KEY, CALLER);

/** The row of a call, and the one that leads to it. */
const called = (digit: string, at: number, over: Partial<CallRow> = {}): Row[] => {
  const row = callRow({ callSid: callSid(digit), state: 'recording', answeredAt: at, party: PARTY, ...over });
  const { party = PARTY } = row;
  return [row, { kind: 'party', party, at, call: callSid(digit), version: 1, writer: 'fixture' }];
};

const ROWS = [
  ...called('1', NOON - MINUTE, { number: OURS }),
  ...called('2', NOON - 2 * MINUTE, { party: partyOf(PARTY_KEY, ANOTHER), number: OURS }),
  ...called('3', NOON - 2 * DAY),
  ...called('4', NOON - 300 * DAY, { number: OURS, policy: { team: 'sales' } }),
  // Answered once more, by a request that came again; the row of the call says when it was answered first.
  { kind: 'party', party: PARTY, at: NOON - 30_000, call: callSid('1'), version: 1, writer: 'fixture' } as const,
  // Its row is another's by now.
  { kind: 'party', party: PARTY, at: NOON - 2 * MINUTE, call: callSid('2'), version: 1, writer: 'fixture' } as const,
  // It has no row.
  { kind: 'party', party: PARTY, at: NOON - HOUR, call: callSid('9'), version: 1, writer: 'fixture' } as const,
  callRow({ callSid: callSid('5'), answeredAt: NOON - 3 * MINUTE }),
];

let aws: Awaited<ReturnType<typeof startAws>>;
let log: KeptLog;
let clock: VirtualClock;

beforeAll(async () => {
  aws = await startAws();
  const table = dynamoDbTable(aws.clients.dynamodb, TABLE_NAME);
  for (const row of ROWS) expect(await table.write(row, undefined)).toBe('written');
});
afterAll(() => aws.close());
beforeEach(() => {
  log = new KeptLog();
  clock = new VirtualClock();
});

async function list(queryStringParameters: { readonly [name: string]: string }) {
  const { dynamodb } = aws.clients;
  const reply = await listCalls(
    {
      index: dynamoDbByDay(dynamodb, TABLE_NAME),
      parties: dynamoDbParties(dynamodb, TABLE_NAME),
      partyKey: { current: async () => PARTY_KEY },
      audit: dynamoDbAudit(dynamodb, TABLE_NAME),
      ...{ clock, log, randomness: countingRandomness() },
    },
    { routeKey: LOOK_UP_ROUTES.calls, requestContext: {}, queryStringParameters },
  );
  const body = JSON.parse(reply.body ?? '');
  const digits = (body.calls ?? []).map(({ callSid }: { callSid: string }) => callSid.slice(-1)).join('');
  return { status: reply.statusCode, body, digits };
}

test('are all of that party, and of no other, the newest first, however long ago', async () => {
  expect(await list({ party: CALLER })).toMatchObject({ status: 200, digits: '134' });
  expect(await list({ party: ANOTHER })).toMatchObject({ status: 200, digits: '2' });
  expect(await list({ party: '+14155550119' })).toMatchObject({ status: 200, digits: '' });
});

test.each([
  ['a range', { from: toIso(NOON - 3 * DAY) }, '13'],
  ['a number of ours', { number: OURS }, '14'],
  ['a team', { team: 'sales' }, '4'],
  ['an outcome', { state: 'being-recorded' }, '134'],
  ['an outcome that none has', { state: 'stored' }, ''],
])('may be limited to %s', async (_, query: { readonly [name: string]: string }, digits) => {
  expect(await list({ party: CALLER, ...query })).toMatchObject({ status: 200, digits });
});

test('come in pages', async () => {
  const first = await list({ party: CALLER, limit: '2' });
  expect(first.digits).toBe('13');
  expect((await list({ party: CALLER, limit: '2', next: first.body.next })).digits).toBe('4');
});

test.each([
  ['a number without its plus', '14155550111'],
  ['a plus that became a space', ' 14155550111'],
  ['a SIP address', 'sip:desk@recorder.test'],
  ['a name', 'anonymous'],
])('are not asked for by %s', async (_, party) => {
  const { status, body } = await list({ party });
  expect(status).toBe(400);
  expect(body.error).toMatch(/^party must be a number such as %2B1\d+: \+ is written as %2B\.$/);
  expect(body.error).not.toContain(party);
});

test('the audit and the log say which party was asked for, and never by its number', async () => {
  clock.advance(7 * DAY);
  await list({ party: CALLER });
  const { dynamodb } = aws.clients;
  const partition = auditOfDay(toIso(clock.now()));
  const audited = await dynamoDbAudit(dynamodb, TABLE_NAME).entries({
    ...{ partition, from: toIso(clock.now() - HOUR), before: toIso(clock.now() + HOUR), limit: 10 },
  });
  expect(audited).toMatchObject([{ entry: { what: 'calls-listed', filter: { party: PARTY } } }]);
  expect(JSON.stringify([audited, log.lines])).not.toContain(CALLER.slice(1));
});
