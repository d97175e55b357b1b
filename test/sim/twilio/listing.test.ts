/** Lists: order, filters, and pages that neither repeat nor skip anything. */
import { type Account, BASE, openAccount, START } from './account.ts';

const MINUTE = 60_000;

/** Recordings a minute apart, the oldest first. */
function withRecordings(count: number): { account: Account; callSid: string; sids: string[] } {
  const account = openAccount();
  const callSid = account.call();
  const sids = Array.from({ length: count }, () => {
    const sid = account.record(callSid);
    account.now += MINUTE;
    return sid;
  });
  return { account, callSid, sids };
}

function sidsOf(account: Account, path: string): string[] {
  return account.rest('GET', path).body.recordings.map(({ sid }: { sid: string }) => sid);
}

test('the newest comes first, and the page says where it stands', () => {
  const { account, sids } = withRecordings(3);
  const { body } = account.rest('GET', '/Recordings.json?PageSize=2');
  expect(body.recordings.map(({ sid }: { sid: string }) => sid)).toEqual([sids[2], sids[1]]);
  expect(body).toMatchObject({ page: 0, page_size: 2, start: 0, end: 1, previous_page_uri: null });
  expect(body.first_page_uri).toBe(`${BASE}/Recordings.json?PageSize=2&Page=0`);
  expect(body.next_page_uri).toBe(`${BASE}/Recordings.json?PageSize=2&Page=1&PageToken=PA${sids[1]}`);
});

test('following next_page_uri finds everything once, though recordings come and go meanwhile', () => {
  const { account, callSid, sids } = withRecordings(7);
  account.act({ kind: 'call-ended', callSid, status: 'completed' });
  for (const recordingSid of sids) account.act({ kind: 'recording-processed', recordingSid });
  const found: string[] = [];
  let path: string | null = '/Recordings.json?PageSize=2';
  while (path) {
    const { body } = account.rest('GET', path);
    found.push(...body.recordings.map(({ sid }: { sid: string }) => sid));
    path = body.next_page_uri;
    // What was listed last is deleted, and a new recording appears in front.
    account.rest('DELETE', `/Recordings/${found.at(-1)}.json`);
    account.record(account.call());
  }
  expect(found).toEqual(sids.toReversed());
});

test('filters stay with the pages', () => {
  const { account, callSid, sids } = withRecordings(3);
  account.record(account.call());
  const { body } = account.rest('GET', `/Recordings.json?PageSize=2&CallSid=${callSid}`);
  expect(body.next_page_uri).toContain(`CallSid=${callSid}`);
  expect(sidsOf(account, body.next_page_uri)).toEqual([sids[0]]);
});

test.each([
  ['DateCreated>', '2026-07-04T12:01:00Z', [2, 1]],
  ['DateCreated<', '2026-07-04T12:01:00Z', [1, 0]],
  ['DateCreated', '2026-07-04T12:01:00Z', [1]],
  ['DateCreated>', '2026-07-04', [2, 1, 0]],
  ['DateCreated>', '2026-07-05', []],
  ['DateCreated<', '2026-07-04', []],
  ['DateCreated<', '2026-07-05', [2, 1, 0]],
  ['DateCreated', '2026-07-04', [2, 1, 0]],
  ['DateCreated', '2026-07-03', []],
  ['DateCreated>', '2026-07-04T14:02:00+02:00', [2]],
])('%s %s', (name, value, expected) => {
  const { account, sids, callSid } = withRecordings(3);
  const query = new URLSearchParams({ [name]: value });
  const wanted = expected.map((index) => sids[index]);
  expect(sidsOf(account, `/Recordings.json?${query}`)).toEqual(wanted);
  expect(sidsOf(account, `/Calls/${callSid}/Recordings.json?${query}`)).toEqual(wanted);
  // As the date is written by hand in a URL: the sign belongs to the name.
  const encoded = encodeURIComponent(value);
  expect(sidsOf(account, `/Recordings.json?${name}=${encoded}`)).toEqual(wanted);
});

test('a time between two whole seconds counts as the second that the reply shows', () => {
  const account = openAccount();
  account.now = START + 700;
  const sid = account.record(account.call());
  expect(sidsOf(account, '/Recordings.json?DateCreated%3C=2026-07-04T12:00:00Z')).toEqual([sid]);
});

test.each([
  'PageSize=0',
  'PageSize=1001',
  'PageSize=x',
  'Page=-1',
  'PageToken=PAnothing',
  'DateCreated=yesterday',
  'DateCreated%3E=2026-13-45',
])('%s is refused', (query) => {
  expect(openAccount().rest('GET', `/Recordings.json?${query}`).status).toBe(400);
});

test('calls are filtered by status, parent and number', () => {
  const account = openAccount();
  const [one, other] = [account.call(), account.call()];
  account.act({ kind: 'call-ended', callSid: one, status: 'completed' });
  const child = account.act({ kind: 'call-dialled', parentCallSid: other, from: '+1', to: '+2' });
  const find = (query: string): string[] =>
    account.rest('GET', `/Calls.json?${query}`).body.calls.map(({ sid }: { sid: string }) => sid);
  expect(find('Status=completed')).toEqual([one]);
  expect(find(`ParentCallSid=${other}`)).toEqual([child]);
  expect(find('To=%2B2')).toEqual([child]);
  expect(find('StartTime%3E=2026-07-05')).toEqual([]);
  expect(find('').length).toBe(3);
});
