/** What the steps expect of the table, held against the model and against DynamoDB's emulator. */
import { dynamoDbTable } from '../../../../lambdas/shared/adapters/aws/dynamodb-table.ts';
import type { DueCandidate, DueCursor, EventRowKey, Table } from '../../../../lambdas/shared/ports/table.ts';
import { dueShard, pendingEventsShard } from '../../../../lambdas/shared/rules/table/due-shard.ts';
import { TableModel } from '../../../../sim/aws/table.ts';
import { callRow, callSid, recordingRow, recordingSid } from '../../support/fixtures.ts';
import { NOON, VirtualClock } from '../../support/time.ts';
import { startAws, TABLE_NAME } from '../adapters/aws.ts';

let aws: Awaited<ReturnType<typeof startAws>>;
beforeAll(async () => {
  aws = await startAws();
});
afterAll(() => aws.close());

const TABLES: readonly [string, () => Table][] = [
  ['the model', () => new TableModel({ clock: new VirtualClock(), pageSize: 2 })],
  ['DynamoDB', () => dynamoDbTable(aws.clients.dynamodb, TABLE_NAME)],
];

describe.each(TABLES)('%s', (_name, make) => {
  let table: Table;
  beforeAll(() => {
    table = make();
  });

  test('has nothing that was not written', async () => {
    expect(await table.read({ kind: 'call', callSid: callSid('0') })).toBeUndefined();
    expect(await table.read({ kind: 'reconcile' })).toBeUndefined();
    expect(await table.readCall(callSid('0'))).toEqual([]);
  });

  test('gives back each kind of row, and takes it only if there is none', async () => {
    const rows = [
      callRow({ callSid: callSid('1'), claim: { owner: 'me', until: NOON + 1 }, reason: 'status 404' }),
      recordingRow({ callSid: callSid('1'), state: 'absent', errorCode: 16_101, startTime: NOON - 5 }),
      { kind: 'reconcile', checkedUntil: NOON, version: 1, writer: 'me' },
      {
        kind: 'watch',
        id: 'one',
        at: NOON,
        what: 'alarm',
        name: 'sweep-silent',
        state: 'ALARM',
        version: 1,
        writer: 'me',
      },
    ] as const;
    for (const row of rows) {
      expect(await table.write(row, undefined)).toBe('written');
      expect(await table.write({ ...row, writer: 'other' }, undefined)).toBe('conflict');
      expect(await table.read(row)).toEqual(row);
    }
    expect(await table.readCall(callSid('1'))).toEqual(rows.slice(0, 2));
  });

  test('replaces a row only in the version that was expected, and as a whole', async () => {
    const row = callRow({ callSid: callSid('2'), reason: 'gone with the next version' });
    await table.write(row, undefined);
    const { reason: _gone, waiting: _done, ...next } = { ...row, version: 2, state: 'recording' as const };
    expect(await table.write(next, 2)).toBe('conflict');
    expect(await table.write(next, 1)).toBe('written');
    expect(await table.write(next, 1)).toBe('conflict');
    expect(await table.read(row)).toEqual(next);
  });

  test('does not replace what is not there', async () => {
    const row = callRow({ callSid: callSid('3') });
    expect(await table.write({ ...row, version: 2 }, 1)).toBe('conflict');
    expect(await table.read(row)).toBeUndefined();
  });

  test('keeps since when a row is put on its queue in vain', async () => {
    const row = recordingRow({ waiting: { next: 'copy', due: NOON + 1, queuedSince: NOON } });
    await table.write(row, undefined);
    expect(await table.read(row)).toEqual(row);
  });

  test('shows what is due, oldest first, to the millisecond, whichever way the pages are cut', async () => {
    const due = (digit: string, delay: number) =>
      recordingRow({
        callSid: callSid(digit),
        recordingSid: recordingSid('d'),
        waiting: { next: 'delete', due: NOON + delay },
      });
    const rows = [due('5', 3), due('6', -1), due('7', 0), due('8', -5000), due('9', 1), due('a', -2)];
    for (const row of rows) await table.write(row, undefined);
    // Settled meanwhile: it is no longer due.
    const { waiting: _done, ...settled } = { ...due('a', -2), version: 2 };
    await table.write(settled, 1);

    const shard = dueShard('delete', recordingSid('d'));
    expect(await allDue(shard)).toEqual(
      ['8', '6', '7'].map((digit) => ({
        next: 'delete',
        callSid: callSid(digit),
        recordingSid: recordingSid('d'),
        completedAt: NOON,
      })),
    );
    expect(await allDue(dueShard('copy', recordingSid('d')))).toEqual([]);
  });

  test('shows the rows with pending events, the longest pending first, whichever way the pages are cut, until they are announced', async () => {
    const pending = (digit: string, delay: number) =>
      recordingRow({
        callSid: callSid(digit),
        recordingSid: recordingSid('e'),
        pendingEvents: [
          { id: digit, kind: 'recording-started', at: NOON + delay, facts: { madeBy: 'other', channels: 2 } },
        ],
      });
    const rows = [pending('1', 5), pending('2', -5), pending('3', 0), pending('4', 2 ** 33), pending('5', 1)];
    for (const row of rows) await table.write(row, undefined);
    expect(await table.read(pending('1', 5))).toEqual(pending('1', 5));
    const { pendingEvents: _announced, ...announced } = { ...pending('5', 1), version: 2 };
    await table.write(announced, 1);

    const key = (digit: string) => ({ kind: 'recording', callSid: callSid(digit), recordingSid: recordingSid('e') });
    expect(await allPendingEvents(pendingEventsShard(recordingSid('e')))).toEqual(['2', '3', '1', '4'].map(key));
    expect(await allPendingEvents(pendingEventsShard(recordingSid('f')))).toEqual([]);
  });

  test('shows a call with pending events without a recording', async () => {
    const pendingEvents = [{ id: 'x', kind: 'call-unrecordable' as const, at: NOON, facts: { attempts: 1 } }];
    await table.write(callRow({ callSid: callSid('d'), pendingEvents }), undefined);
    expect(await allPendingEvents(pendingEventsShard(callSid('d')))).toEqual([{ kind: 'call', callSid: callSid('d') }]);
  });

  async function allPendingEvents(shard: string): Promise<EventRowKey[]> {
    const keys: EventRowKey[] = [];
    let cursor: DueCursor | undefined;
    do {
      const page = await table.pendingEvents(shard, cursor);
      keys.push(...page.keys);
      cursor = page.next;
    } while (cursor !== undefined);
    return keys;
  }

  test('shows a call as due without a recording', async () => {
    await table.write(callRow({ callSid: callSid('c'), waiting: { next: 'start', due: NOON } }), undefined);
    expect(await allDue(dueShard('start', callSid('c')))).toEqual([{ next: 'start', callSid: callSid('c') }]);
  });

  async function allDue(shard: string): Promise<DueCandidate[]> {
    const candidates: DueCandidate[] = [];
    let cursor: DueCursor | undefined;
    do {
      const page = await table.due(shard, NOON, cursor);
      candidates.push(...page.candidates);
      cursor = page.next;
    } while (cursor !== undefined);
    return candidates;
  }
});

describe('the model’s index', () => {
  test('lags behind as it is told to, and catches up', async () => {
    const clock = new VirtualClock();
    const table = new TableModel({ clock });
    const row = callRow({ waiting: { next: 'start', due: NOON } });
    const shown = async () => (await table.due(dueShard('start', row.callSid), NOON)).candidates.length;
    table.indexDelayMs = 1000;
    await table.write(row, undefined);
    clock.advance(999);
    expect(await shown()).toBe(0);
    clock.advance(1);
    expect(await shown()).toBe(1);

    const { waiting: _done, ...settled } = { ...row, version: 2 };
    await table.write(settled, 1);
    expect(await shown()).toBe(1);
    clock.advance(1000);
    expect(await shown()).toBe(0);
  });
});
