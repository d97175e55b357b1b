/** The certificate: over a day on which all went well, then with omissions that are planted, each of which it must find. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DeleteItemCommand } from '@aws-sdk/client-dynamodb';
import { DeleteObjectCommand } from '@aws-sdk/client-s3';
import type { Certificate, NamedCall } from '../../../cli/report/certificate.ts';
import type { WatchRow } from '../../../lambdas/shared/rules/table/rows.ts';
import { DAY, HOUR, MINUTE, SECOND } from '../../../lambdas/shared/rules/values/instant.ts';
import { BUCKET, TABLE_NAME } from '../../lambdas/shared/adapters/aws.ts';
import { temporaryDirectory } from '../../local/support.ts';
import {
  day,
  ELSEWHERE,
  inOnePart,
  keyOf,
  NUMBER,
  OTHER_NUMBER,
  type Planted,
  sidOf,
  startPlanted,
  TODAY,
} from './planted.ts';

let planted: Planted;
beforeEach(async () => {
  // Pages of two, and filters that take the day of a time alone, which no source rules out.
  planted = await startPlanted({ largestPage: 2, filtersBy: 'day' });
});
afterEach(() => planted.close());

async function certificate(...args: string[]): Promise<Certificate & { readonly exit: number }> {
  const { exit, json } = await planted.report('--json', ...args);
  return { ...json, exit };
}
const sids = (calls: readonly NamedCall[]): string[] => calls.map(({ callSid }) => callSid);
const sidsOf = (...names: string[]): string[] => names.map((name) => sidOf('CA', name));

describe('a day on which all went well', () => {
  beforeEach(async () => {
    await planted.recorded('one');
    await planted.recorded('two', { createdAt: TODAY, answeredAt: TODAY });
    await planted.recorded('last', { createdAt: TODAY + DAY - SECOND, answeredAt: TODAY + DAY - SECOND });
    planted.call('the day before', { createdAt: TODAY - SECOND, answeredAt: TODAY - SECOND });
    planted.call('the day after', { createdAt: TODAY + DAY, answeredAt: TODAY + DAY });
    planted.call('dialled by one', { parentCallSid: sidOf('CA', 'one'), from: NUMBER, direction: 'outbound-dial' });
    planted.call('of another application', { to: ELSEWHERE });
    planted.call('nobody there', { status: 'no-answer', answeredAt: null });
    planted.call('at once', { endedAt: TODAY + HOUR });
    planted.call('hung up', { direction: 'outbound-api', from: NUMBER, to: '+14155550100' });
    await planted.row('hung up', { state: 'unrecordable', reason: 'no-stream: completed after 3 s' });
    planted.call('strange');
    await planted.row('strange', { state: 'unrecordable', reason: '<script>"&' });
    planted.call('not wanted');
    await planted.row('not wanted', { state: 'unrecordable', reason: 'not-wanted' });
    planted.call('canary');
    await planted.row('canary', { canary: true });
  });

  test('every call is counted once, by its number and its reason', async () => {
    const { exit, inOrder, calls, copies, deletions } = await certificate();
    expect([exit, inOrder]).toEqual([0, true]);
    const tally = {
      ...{ calls: 7, recorded: 3, onlyAtTwilio: 0, erased: 0, open: 0, unexplained: 0, notWanted: 1, canary: 1 },
      notRecorded: { 'no-stream: completed': 1, '<script>"&': 1 },
      notAnswered: { 'no-answer': 1, 'completed after 0 s': 1 },
    };
    expect(calls).toMatchObject({ total: tally, numbers: [{ number: NUMBER, ...tally }], elsewhere: 1 });
    expect(calls.notRecorded).toContainEqual(
      expect.objectContaining({ callSid: sidOf('CA', 'hung up'), number: NUMBER, reason: 'no-stream: completed' }),
    );
    expect(copies).toMatchObject({ stored: 3, asDescribed: 3, read: 3, problems: [] });
    expect(deletions).toMatchObject({ deleted: 3, proven: 3, problems: [] });
  });

  test('what was not read is said, and a seed draws the same sample again', async () => {
    const first = await certificate('--sample', '1');
    expect(first.copies).toMatchObject({ stored: 3, asDescribed: 3, read: 1, sample: 1 });
    expect(first.notChecked).toContainEqual(expect.stringMatching(/^The bytes of 2 of 3 copies/));
    const again = await certificate('--sample', '1', '--seed', first.copies.seed);
    expect(again.copies.bytesRead).toBe(first.copies.bytesRead);
    expect((await certificate('--all')).copies).toMatchObject({ read: 3, sample: 'all' });
  });

  test('on a terminal and as a page', async () => {
    const file = join(temporaryDirectory(), 'certificate.html');
    const { exit, out, err } = await planted.report('--html', file);
    expect([exit, err]).toEqual([0, '']);
    expect(out).toContain(`Certificate of recorded calls, ${day(TODAY)} (UTC)`);
    expect(out).toContain('In order: no call is unexplained');
    expect(out).toMatch(/\n {2}all +7 +3 +2 +2 +0 +0 +1 +1\n/);
    const page = readFileSync(file, 'utf8');
    expect(page).toContain('<p class="verdict in-order">In order');
    expect(page).toContain(sidOf('CA', 'hung up'));
    expect(page).toContain('<td>&lt;script&gt;&quot;&amp;</td>');
    expect(page).not.toMatch(/<script|src=|href=|url\(/);
    // The other party's number is nobody's business.
    for (const told of [out, page, JSON.stringify(await certificate())]) expect(told).not.toContain('14155550100');
    const again = await planted.report('--html', file);
    expect([again.exit, again.err]).toEqual([1, expect.stringMatching(/is there already/)]);
  });

  test('while Twilio is busy, it is asked again', async () => {
    planted.refuse(503, 1);
    expect((await certificate()).calls.total.calls).toBe(7);
  });
});

test('a call that came in and that the table never saw', async () => {
  await planted.recorded('one');
  planted.call('missed', { createdAt: TODAY + 2 * HOUR, answeredAt: TODAY + 2 * HOUR, endedAt: TODAY + 3 * HOUR });
  const { exit, out } = await planted.report();
  expect(exit).toBe(1);
  expect(out).toContain('Not in order: 1 unexplained call.');
  expect(out).toMatch(new RegExp(`Unexplained calls\n.*\n +${sidOf('CA', 'missed')} .*the table has no row of it`));
});

test('rows that were removed: of a call, and of a recording', async () => {
  await planted.recorded('one');
  for (const name of ['without rows', 'without its recording']) await planted.recorded(name);
  const removed = [
    [sidOf('CA', 'without rows'), 'CALL'],
    [sidOf('CA', 'without rows'), `RECORDING#${sidOf('RE', 'without rows')}`],
    [sidOf('CA', 'without its recording'), `RECORDING#${sidOf('RE', 'without its recording')}`],
  ];
  for (const [callSid = '', item = ''] of removed) {
    const Key = { callSid: { S: callSid }, item: { S: item } };
    await planted.system.clients.dynamodb.send(new DeleteItemCommand({ TableName: TABLE_NAME, Key }));
  }
  const { exit, calls } = await certificate();
  expect([exit, calls.total]).toMatchObject([1, { calls: 3, recorded: 1, unexplained: 2 }]);
  expect(sids(calls.unexplained).sort()).toEqual(sidsOf('without rows', 'without its recording').sort());
  expect(calls.unexplained).toContainEqual(
    expect.objectContaining({
      reason: `its recording ${sidOf('RE', 'without its recording')} has no row, and Twilio does not have its audio`,
    }),
  );
});

test('objects that are gone, that are others, and whose bytes alone are others', async () => {
  for (const name of ['whole', 'gone', 'replaced', 'altered']) await planted.recorded(name);
  const { clients } = planted.system;
  await clients.s3.send(new DeleteObjectCommand({ Bucket: BUCKET, Key: keyOf('gone') }));
  await planted.object('replaced', 'something else');
  // The emulator believes the checksum that comes with an upload, as if the bytes had changed on the disk.
  const { checksum } = await planted.object('altered');
  await planted.put(keyOf('altered'), Buffer.from('ALTERED'), checksum);
  for (const name of ['in parts', 'altered in parts']) await planted.recorded(name, {}, inOnePart);
  await planted.put(
    keyOf('altered in parts'),
    Buffer.from('ALTERED IN PARTS'),
    inOnePart(Buffer.from('altered in parts')),
  );
  const found = await certificate('--all');
  expect([found.exit, found.copies]).toMatchObject([1, { stored: 6, asDescribed: 4, read: 2 }]);
  const problemOf = (name: string) =>
    found.copies.problems
      .filter(({ recordingSid }) => recordingSid === sidOf('RE', name))
      .map(({ problem }) => problem);
  for (const name of ['whole', 'in parts']) expect(problemOf(name)).toEqual([]);
  expect(problemOf('gone')).toEqual([expect.stringMatching(/it is gone$/)]);
  expect(problemOf('replaced')[0]).toMatch(/S3's record of its bytes or its SHA-256 is not what its row says/);
  // Of a whole object the SDK compares the checksum itself.
  expect(problemOf('altered')).toEqual([expect.stringMatching(/could not be read to its end: .*Checksum mismatch/)]);
  expect(problemOf('altered in parts')).toEqual([expect.stringMatching(/another SHA-256 than its row says/)]);
  expect(found.deletions).toMatchObject({ deleted: 6, proven: 4 });
});

test('a recording that was deleted at Twilio too early, or that was not ours to delete', async () => {
  await planted.recorded('in time');
  planted.call('early');
  await planted.row('early', { recordingSid: sidOf('RE', 'early') });
  // Later than S3's date of the object, whatever the time of day.
  const stored = { ...(await planted.object('early')), storedAt: TODAY + DAY };
  await planted.recording('early', { state: 'deleted', stored, deletedAt: stored.storedAt + 24 * HOUR - SECOND });
  planted.call('of others');
  await planted.row('of others', { state: 'unrecordable', reason: 'no-stream: completed after 60 s' });
  const theirs = { stored: await planted.object('of others'), deletedAt: TODAY + 4 * DAY, madeBy: 'other' } as const;
  await planted.recording('of others', { state: 'deleted', ...theirs });
  planted.call('without a copy');
  await planted.row('without a copy', { recordingSid: sidOf('RE', 'without a copy') });
  await planted.recording('without a copy', { state: 'deleted', deletedAt: TODAY + 4 * DAY });
  const { exit, deletions, calls } = await certificate();
  expect([exit, deletions]).toMatchObject([1, { deleted: 4, proven: 1 }]);
  const problems = Object.fromEntries(deletions.problems.map(({ recordingSid, problem }) => [recordingSid, problem]));
  expect(problems).toEqual({
    [sidOf('RE', 'early')]: expect.stringMatching(/too early/),
    [sidOf('RE', 'of others')]: expect.stringMatching(/nothing proves that this recorder made it/),
    [sidOf('RE', 'without a copy')]: expect.stringMatching(/its row names no copy/),
  });
  expect(sids(calls.unexplained)).toEqual(sidsOf('without a copy'));
  expect((await certificate('--kept', '23')).deletions).toMatchObject({ proven: 2 });
});

describe('rows that wait', () => {
  test('are open for a day and more after the call, then they are unexplained', async () => {
    planted.call('noted');
    await planted.row('noted', { state: 'noted', reason: '20404' });
    planted.call('recording');
    await planted.row('recording');
    planted.call('in progress');
    await planted.row('in progress', { recordingSid: sidOf('RE', 'in progress') });
    await planted.recording('in progress', { state: 'in-progress' });
    planted.call('missed');
    const soon = await planted.reportAt(TODAY + 4 * HOUR, '--json');
    expect([soon.exit, soon.json.calls.total]).toMatchObject([0, { open: 4, unexplained: 0 }]);
    expect(soon.json.notChecked).toContainEqual(expect.stringMatching(/^4 calls too recent to judge/));
    const { exit, calls } = await certificate();
    expect([exit, calls.total]).toMatchObject([1, { open: 0, unexplained: 4 }]);
    const reasons = calls.unexplained.map(({ reason }) => reason).sort();
    expect(reasons).toEqual(
      [
        'its row is still noted, 20404',
        `its recording ${sidOf('RE', 'in progress')} is in-progress in the table, but neither S3 nor Twilio has it`,
        'its row says that it is recorded, but no recording of it is known',
        'the table has no row of it',
      ].sort(),
    );
  });

  test('are recorded where Twilio has the audio, and say that there is none', async () => {
    planted.call('not copied');
    await planted.row('not copied', { recordingSid: sidOf('RE', 'not copied') });
    await planted.recording('not copied', { state: 'fallback', reason: 'error: AccessDenied' });
    planted.atTwilio('not copied');
    planted.call('silent');
    await planted.row('silent', { recordingSid: sidOf('RE', 'silent') });
    await planted.recording('silent', { state: 'absent', errorCode: 16102 });
    const { exit, calls } = await certificate();
    expect([exit, calls.total]).toMatchObject([
      0,
      { calls: 2, recorded: 1, onlyAtTwilio: 1, erased: 0, notRecorded: { 'recording-absent: 16102': 1 } },
    ]);
  });
});

describe('the recorder itself', () => {
  const kept = (hours: number, state: string, over: Partial<WatchRow> = {}) => {
    const [at, name] = [TODAY + hours * HOUR, 'call-recorder-prod-sweep-silent'];
    const row = { kind: 'watch', id: `${hours}`, at, what: 'alarm', name, state, version: 1, writer: 'me' } as const;
    return planted.write({ ...row, ...over });
  };

  test('when it was down: alarms and deployments of these days, as far as they were kept', async () => {
    await kept(-40, 'ALARM');
    await kept(-30, 'OK');
    await kept(-2, 'ALARM');
    await kept(1, 'OK');
    const stack = { what: 'deployment', name: 'arn:aws:cloudformation:x:1:stack/call-recorder-prod/1' } as const;
    await kept(2, 'UPDATE_IN_PROGRESS', stack);
    await kept(3, 'UPDATE_COMPLETE', stack);
    await kept(4, 'ALARM', { name: 'call-recorder-prod-voice-unanswered' });
    await kept(25, 'ALARM', { name: 'call-recorder-prod-sweep-errors' });
    const { exit, recorder, notChecked } = await certificate();
    const at = (hours: number) => new Date(TODAY + hours * HOUR).toISOString();
    expect([exit, recorder.gaps]).toEqual([
      0,
      [
        { what: 'alarm', name: 'call-recorder-prod-sweep-silent', state: 'ALARM', from: at(-2), to: at(1) },
        { what: 'deployment', name: 'call-recorder-prod', state: 'UPDATE_IN_PROGRESS', from: at(2), to: at(3) },
        { what: 'alarm', name: 'call-recorder-prod-voice-unanswered', state: 'ALARM', from: at(4) },
      ],
    ]);
    expect(notChecked.join()).not.toContain('When the recorder was down');
    expect((await planted.report()).out).toMatch(/Alarms and deployments\n.*\n.*sweep-silent +ALARM\n/);
  });

  test('is not known before the first change that was kept', async () => {
    expect((await certificate()).notChecked).toContainEqual(expect.stringMatching(/no change of its alarms/));
    await kept(2, 'OK');
    expect((await certificate()).notChecked).toContainEqual(
      expect.stringMatching(/^When the recorder was down before/),
    );
  });
});

describe('numbers', () => {
  test('that do not point here now, but did: between their calls with a row, all must have one', async () => {
    const at = (hours: number) => ({
      to: OTHER_NUMBER,
      createdAt: TODAY + hours * HOUR,
      answeredAt: TODAY + hours * HOUR,
    });
    const over = (hours: number) => ({ ...at(hours), endedAt: TODAY + hours * HOUR + MINUTE });
    planted.call('before', over(1));
    await planted.recorded('first', over(2));
    planted.call('missed', over(3));
    await planted.recorded('last', over(4));
    planted.call('after', over(5));
    const { exit, calls, notChecked } = await certificate();
    expect([exit, sids(calls.unexplained), sids(calls.undecided)]).toEqual([
      1,
      sidsOf('missed'),
      sidsOf('before', 'after'),
    ]);
    expect(notChecked).toContainEqual(expect.stringMatching(/^2 calls without a row/));
  });

  test('that the account does not have now are named', async () => {
    await planted.recorded('one', { to: ELSEWHERE });
    const { calls, notChecked } = await certificate();
    expect(calls.numbers).toMatchObject([{ number: ELSEWHERE, recorded: 1 }]);
    expect(notChecked).toContainEqual(expect.stringMatching(/does not have them now: \+15005550099/));
  });
});

test('calls that Twilio does not list any more are counted by their rows', async () => {
  await planted.recorded('forgotten');
  planted.change((state) => ({ ...state, calls: new Map() }));
  const { exit, calls, copies, notChecked } = await certificate();
  expect([exit, calls.total, copies.read]).toMatchObject([0, { calls: 1, recorded: 1 }, 1]);
  expect(sids(calls.unlisted)).toEqual(sidsOf('forgotten'));
  expect(notChecked).toContainEqual(expect.stringMatching(/1 call that Twilio does not list any more/));
});

test('a month is all of its days', async () => {
  const month = day(TODAY).slice(0, 7);
  await planted.recorded('one');
  const found = await planted.report('--month', month, '--json');
  expect([found.json.from, found.json.calls.total.recorded]).toEqual([`${month}-01T00:00:00.000Z`, 1]);
  expect(Date.parse(found.json.to)).toBe(Date.UTC(Number(month.slice(0, 4)), Number(month.slice(5)), 1));
});
