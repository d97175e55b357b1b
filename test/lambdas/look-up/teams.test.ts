/** Users of the hosted console see the calls of their teams, and of no other call that it exists. In memory. */
import { type LookUpDependencies, lookUp } from '../../../lambdas/look-up/look-up.ts';
import { pageOfTeams } from '../../../lambdas/look-up/team-page.ts';
import { ALL_TEAMS, AUDIT_ROUTE, CONSOLE_ROUTES, LOOK_UP_ROUTES } from '../../../lambdas/shared/contract/http.ts';
import { viewerOf } from '../../../lambdas/shared/entry/viewer.ts';
import type { CallIndex, DayEntry } from '../../../lambdas/shared/ports/table.ts';
import type { AuditEntry } from '../../../lambdas/shared/rules/table/audit.ts';
import { callAt, dayShard, dayShardOfCall, placeInDay } from '../../../lambdas/shared/rules/table/by-day.ts';
import { MINUTE, SECOND, toIso } from '../../../lambdas/shared/rules/values/instant.ts';
import { TableModel } from '../../../sim/aws/table.ts';
import { BUCKET, callRow, callSid, recordingRow, recordingSid } from '../support/fixtures.ts';
import { KeptLog } from '../support/log.ts';
import { countingRandomness, NOON, VirtualClock } from '../support/time.ts';

const SUB = '6a1b0c52-0000-4000-8000-000000000001';
const MARIA = { sub: SUB, username: 'maria@example.com', token_use: 'access', 'cognito:groups': '[sales]' };
const WHO = { who: 'user:maria@example.com', userId: SUB, from: '192.0.2.7' };
const ALL = { ...MARIA, 'cognito:groups': `[support ${ALL_TEAMS}]` };
const OF = (digit: string) => ({ callSid: callSid(digit), recordingSid: recordingSid(digit) });
const [OURS, OTHERS, NOBODYS, IMPORTED, UNKNOWN] = ['1', '2', '3', '4', '9'] as const;
const CURSOR = (place: string): string => Buffer.from(place).toString('base64url');

let clock: VirtualClock;
let log: KeptLog;
let entries: AuditEntry[];
let deps: LookUpDependencies;

beforeEach(async () => {
  clock = new VirtualClock();
  log = new KeptLog();
  entries = [];
  const table = new TableModel({ clock });
  const stored = { bucket: BUCKET, key: 'k', bytes: 5, checksum: 'c', contentType: 'audio/x-wav', storedAt: NOON };
  const call = (digit: string, minutes: number, team?: string) => [
    callRow({
      ...OF(digit),
      state: 'recording',
      answeredAt: NOON - minutes * MINUTE,
      ...(team && { policy: { team } }),
    }),
    recordingRow({ ...OF(digit), startTime: NOON - minutes * MINUTE, state: 'stored', stored, peaks: true }),
  ];
  const imported = recordingRow({ ...OF(IMPORTED), startTime: NOON - 4 * MINUTE, state: 'stored', stored });
  for (const row of [...call(OURS, 1, 'sales'), ...call(OTHERS, 2, 'support'), ...call(NOBODYS, 3), imported]) {
    await table.write(row, undefined);
  }
  deps = {
    ...{ table, index: indexOf(table), clock, log, randomness: countingRandomness(), fromTwilio: undefined },
    audit: { write: async (entry) => void entries.push(entry), entries: async () => [] },
    playback: { link: async () => ({ url: 'https://s3.test/audio', expiresAt: toIso(NOON) }) },
    parties: { entriesOfParty: async () => [] },
    partyKey: { current: async () => 'key' },
    peaks: { read: async () => '{"channels":[]}' },
  };
});

/** As DynamoDB's, by the same rules of shards and places. */
function indexOf(table: TableModel): CallIndex & LookUpDependencies['index'] {
  const all = (): readonly (DayEntry & { readonly shard: string })[] =>
    table.rows().flatMap((row) => {
      if (row.kind === 'call') {
        const at = callAt(row) ?? 0;
        return [{ callSid: row.callSid, place: placeInDay(at, row.callSid), shard: dayShardOfCall(at, row.callSid) }];
      }
      if (row.kind !== 'recording') return [];
      const at = row.startTime ?? row.notedAt;
      return [{ callSid: row.callSid, place: placeInDay(at, row.recordingSid), shard: dayShard(at, row.recordingSid) }];
    });
  return {
    entriesOfDay: async ({ shard, from, before, limit }) =>
      all()
        .filter((one) => one.shard === shard && one.place >= from && one.place < before)
        .sort((one, other) => (one.place < other.place ? 1 : -1))
        .slice(0, limit),
    async readListed(sid) {
      const rows = await table.readCall(sid);
      const call = rows.find((row) => row.kind === 'call');
      return { rows, place: call && placeInDay(callAt(call) ?? 0, sid), unreadable: [] };
    },
    ofDay: async () => [],
  };
}

async function ask(route: string, claims: object | undefined, request: object = {}) {
  const authorizer = claims && { jwt: { claims: { ...claims } } };
  const requestContext = { ...(authorizer && { authorizer }), http: { sourceIp: WHO.from } };
  const routeKey = CONSOLE_ROUTES[route] ?? '';
  const { statusCode, body = '' } = await lookUp(deps, { routeKey, requestContext, ...request });
  return { status: statusCode, body: JSON.parse(body) };
}
const POST = JSON.stringify({ for: 'play' });
/** What is asked of one call, by its digit. */
const OF_A_CALL = [
  ['the call', (digit: string) => [LOOK_UP_ROUTES.call, { pathParameters: { callSid: callSid(digit) } }]],
  ['a link', (digit: string) => [LOOK_UP_ROUTES.link, { pathParameters: OF(digit), body: POST }]],
  ['the peaks', (digit: string) => [LOOK_UP_ROUTES.peaks, { pathParameters: OF(digit) }]],
] as const satisfies readonly (readonly [string, (digit: string) => readonly [string, object]])[];

describe.each(OF_A_CALL)('%s', (_, of) => {
  const get = (digit: string, claims: object) => {
    const [route, request] = of(digit);
    return ask(route, claims, request);
  };

  test("of one's own team is answered", async () => {
    expect((await get(OURS, MARIA)).status).toBe(200);
    for (const entry of entries) expect(entry).toMatchObject(WHO);
  });

  test.each([
    ['another team', OTHERS],
    ['no team', NOBODYS],
    ['which only a recording is known', IMPORTED],
  ])('of %s is answered as one that nobody knows, and is a refused line of the audit', async (_name, digit) => {
    const refused = await get(digit, MARIA);
    const unknown = await get(UNKNOWN, MARIA);
    const withoutSids = (body: object) => JSON.stringify(body).replaceAll(/(CA|RE)[0-9a-f]{32}/g, '$1…');
    expect(refused.status).toBe(404);
    expect([refused.status, withoutSids(refused.body)]).toEqual([unknown.status, withoutSids(unknown.body)]);
    expect(entries).toEqual([
      expect.objectContaining({ ...WHO, what: 'call-looked-up', callSid: callSid(digit), refused: true }),
      expect.objectContaining({ ...WHO, what: 'call-looked-up', callSid: callSid(UNKNOWN) }),
    ]);
    expect(entries[1]).not.toHaveProperty('refused');
  });

  test.each([OTHERS, NOBODYS])('of any team is answered to a member of all (%s)', async (digit) => {
    expect((await get(digit, ALL)).status).toBe(200);
  });

  test('is answered to nobody without a team', async () => {
    for (const digit of [OURS, OTHERS, NOBODYS]) {
      expect((await get(digit, { ...MARIA, 'cognito:groups': undefined })).status).toBe(404);
    }
  });
});

describe('the list', () => {
  const listed = async (claims: object, queryStringParameters: object = {}) => {
    const { status, body } = await ask(LOOK_UP_ROUTES.calls, claims, { queryStringParameters });
    return { status, digits: body.calls?.map(({ callSid }: { callSid: string }) => callSid.at(-1)).join(''), ...body };
  };

  test("holds one's teams' calls, and as many pages as those take", async () => {
    expect(await listed(MARIA)).toMatchObject({ status: 200, digits: OURS });
    expect(await listed({ ...MARIA, 'cognito:groups': '[support sales]' })).toMatchObject({ digits: OURS + OTHERS });
    expect(await listed(ALL)).toMatchObject({ digits: OURS + OTHERS + NOBODYS + IMPORTED });
    expect(await listed(MARIA, { limit: '2' })).not.toHaveProperty('next');
  });

  test("holds nothing of another team's, asked for by its name", async () => {
    expect(await listed(MARIA, { team: 'support' })).toMatchObject({ status: 200, calls: [] });
  });

  test('is refused to who has no team, with a line in the audit', async () => {
    for (const groups of [undefined, '', '[]', '[Okta_Users eu-west-1_Ab1_Okta]', 'sales', '["sales"]', '[*]']) {
      entries = [];
      const answer = await listed({ ...MARIA, 'cognito:groups': groups });
      expect([groups, answer.status]).toEqual([groups, 403]);
      expect(entries).toEqual([expect.objectContaining({ ...WHO, what: 'calls-listed', refused: true })]);
    }
  });

  test("names no other team's call where a search pauses", async () => {
    const before = { next: CURSOR(toIso(NOON)), from: toIso(NOON - 60 * MINUTE), to: toIso(NOON) };
    const slow = deps.index;
    // Each read takes longer than a request may search.
    deps = {
      ...deps,
      index: {
        ...slow,
        readListed: (sid) => {
          clock.advance(16 * SECOND);
          return slow.readListed(sid);
        },
      },
    };
    const first = await listed({ ...MARIA, 'cognito:groups': '[nobody]' }, { ...before, limit: '1' });
    const place = Buffer.from(first.next, 'base64url').toString();
    expect([first.digits, place]).toEqual(['', expect.stringMatching(/^[\d-]+T[\d:]+\.000Z$/)]);
    // It goes on behind what was seen, to the end.
    expect((await listed(MARIA, { ...before, next: first.next })).status).toBe(200);
  });
});

test.each([
  ['a pause at a foreign call', { found: [], next: '2026-03-01T11:00:00.250Z#CA1' }, [], '2026-03-01T11:00:01.000Z'],
  ['a pause at the end of a day', { found: [], next: '2026-03-01T00:00:00.000Z' }, [], '2026-03-01T00:00:00.000Z'],
  ['the end', { found: [] }, [], undefined],
])('a page with %s', (_, page, found, next) => {
  expect(pageOfTeams(page, { before: '2026-03-01T12:00:00.000Z' })).toEqual({ found, ...(next && { next }) });
});

test('a page leaves to the next what it would tell twice, and loses nothing', () => {
  const entry = (at: string, digit: string) =>
    ({ callSid: callSid(digit), at, outcome: 'stored', recordings: [] }) as const;
  const [newer, same] = [entry('2026-03-01T11:00:02.000Z', '1'), entry('2026-03-01T11:00:00.900Z', '2')];
  const page = { found: [newer, same], next: '2026-03-01T11:00:00.250Z#CA3' };
  expect(pageOfTeams(page, { before: '2026-03-01T12:00:00.000Z' })).toEqual({
    found: [newer],
    next: '2026-03-01T11:00:01.000Z',
  });
  // Its own last call may be named.
  const full = { found: [newer], next: `${newer.at}#${newer.callSid}` };
  expect(pageOfTeams(full, { before: '2026-03-01T12:00:00.000Z' })).toEqual(full);
  // A place behind the beginning would be refused.
  const { next } = pageOfTeams(
    { found: [], next: '2026-03-01T11:59:59.900Z#CA3' },
    { before: '2026-03-01T11:59:59.950Z' },
  );
  expect(next).toBe('2026-03-01T11:59:59.950Z');
});

test('the audit is for those who see all teams; others have a refused line in it', async () => {
  const queryStringParameters = { callSid: callSid(OURS) };
  expect((await ask(AUDIT_ROUTE, MARIA, { queryStringParameters })).status).toBe(403);
  expect(entries).toEqual([
    expect.objectContaining({ ...WHO, what: 'audit-read', callSid: callSid(OURS), refused: true }),
  ]);
  expect((await ask(AUDIT_ROUTE, ALL, { queryStringParameters })).status).toBe(200);
});

test('no name of a user is in the log: it may be a telephone number', async () => {
  const named = { ...ALL, username: '+14155550123' };
  for (const [, of] of OF_A_CALL) {
    const [route, request] = of(OURS);
    await ask(route, named, request);
  }
  await ask(LOOK_UP_ROUTES.calls, named);
  await ask(AUDIT_ROUTE, named);
  expect(JSON.stringify(log.lines)).not.toContain('+1415');
  expect(log.line('calls_listed').caller).toBe(`user:${SUB}`);
});

describe('who somebody is', () => {
  const viewer = (routeKey: string, authorizer: object) => viewerOf({ routeKey, requestContext: { authorizer } });
  const iam = { iam: { userArn: 'arn:aws:iam::123456789012:user/auditor' } };
  const ofConsole = CONSOLE_ROUTES[LOOK_UP_ROUTES.calls] ?? '';

  test('the route says, whatever else the event holds', () => {
    const jwt = { claims: ALL };
    expect(viewer(LOOK_UP_ROUTES.calls, { ...iam, jwt })).toMatchObject({ who: iam.iam.userArn, teams: 'all' });
    expect(viewer(ofConsole, iam)).toEqual({ who: 'unknown', caller: undefined, teams: new Set() });
  });

  test.each([
    ['an identity token', { ...ALL, token_use: 'id' }],
    ['a token without an id', { ...ALL, sub: '' }],
    ['no token', {}],
  ])('%s is nobody', (_, claims) => {
    expect(viewer(ofConsole, { jwt: { claims } })).toEqual({ who: 'unknown', caller: undefined, teams: new Set() });
  });

  test('the group of all is that one alone', () => {
    for (const groups of ['[all-teams]', '[ALL_TEAMS]', `[x${ALL_TEAMS}]`, `${ALL_TEAMS}`]) {
      expect(viewer(ofConsole, { jwt: { claims: { ...MARIA, 'cognito:groups': groups } } }).teams).not.toBe('all');
    }
  });
});
