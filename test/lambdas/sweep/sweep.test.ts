import { DELETIONS } from '../../../lambdas/shared/contract/settings.ts';
import type { RecordingMessage, StartMessage } from '../../../lambdas/shared/ports/queues.ts';
import { claimCopy } from '../../../lambdas/shared/rules/recording/recording.ts';
import type { CallRow, RecordingRow } from '../../../lambdas/shared/rules/table/rows.ts';
import { HOUR, MINUTE } from '../../../lambdas/shared/rules/values/instant.ts';
import { sweep } from '../../../lambdas/sweep/sweep.ts';
import type { QueueModel } from '../../../sim/aws/queue.ts';
import { breakPort, killedEverywhere, killer, nth, withAround } from '../support/faults.ts';
import { CALL, callRow, callSid, RECORDING, recordingRow, recordingSid, STREAM } from '../support/fixtures.ts';
import { fc } from '../support/properties.ts';
import { NOON } from '../support/time.ts';
import { makeWorld, type World } from '../support/world.ts';

let world: World;
beforeEach(() => {
  world = makeWorld();
  world.clock.advance(HOUR);
});
const NOW = NOON + HOUR;

const messagesOf = <Message extends StartMessage | RecordingMessage>(queue: QueueModel<Message>) =>
  queue.contents().map(({ message }) => message);
const counts = ({ startQueue, copyQueue, deleteQueue }: World) => [startQueue.size, copyQueue.size, deleteQueue.size];

const calls = (digits: string): CallRow[] => [...digits].map((digit) => callRow({ callSid: callSid(digit) }));
const recordings = (digits: string, over: Partial<RecordingRow> = {}): RecordingRow[] =>
  [...digits].map((digit) => recordingRow({ recordingSid: recordingSid(digit), ...over }));
const toDelete = { state: 'stored', waiting: { next: 'delete', due: NOON } } as const;

describe('what is due goes to its own queue', () => {
  test('a call whose start was lost', async () => {
    await world.given(callRow());
    await sweep(world);
    expect(messagesOf(world.startQueue)).toEqual([{ callSid: CALL, streamSid: STREAM, startedAt: NOON }]);
    expect(counts(world)).toEqual([1, 0, 0]);
  });

  test('a call that came without a stream', async () => {
    const { streamSid: _none, ...row } = callRow();
    await world.given(row);
    await sweep(world);
    expect(messagesOf(world.startQueue)).toEqual([{ callSid: CALL, startedAt: NOON }]);
  });

  test.each(['answered', 'unstreamed'] as const)('a call that is %s, to be looked up', async (state) => {
    const { startedAt: _none, streamSid: _no, ...row } = callRow({ state, answeredAt: NOON });
    await world.given({ ...row, waiting: { next: 'stream', due: NOW } });
    await sweep(world);
    expect(messagesOf(world.startQueue)).toEqual([{ callSid: CALL, lookUp: true }]);
    // The next sweep but one asks again, whatever became of the message.
    expect((await world.call()).waiting).toEqual({ next: 'stream', due: NOW + MINUTE, queuedSince: NOW });
  });

  test.each(['completed', 'fallback'] as const)('a recording that is %s', async (state) => {
    await world.given(recordingRow({ state }));
    await sweep(world);
    expect(messagesOf(world.copyQueue)).toEqual([{ callSid: CALL, recordingSid: RECORDING }]);
    expect(counts(world)).toEqual([0, 1, 0]);
  });

  test('a recording whose end was not reported', async () => {
    await world.given(recordingRow({ state: 'in-progress', waiting: { next: 'report', due: NOON } }));
    await sweep(world);
    expect(messagesOf(world.copyQueue)).toEqual([{ callSid: CALL, recordingSid: RECORDING }]);
    expect(counts(world)).toEqual([0, 1, 0]);
  });

  test.each(['stored', 'deleting'] as const)('the deletion of one that is %s', async (state) => {
    await world.given(recordingRow({ ...toDelete, state }));
    await sweep(world);
    expect(messagesOf(world.deleteQueue)).toEqual([{ callSid: CALL, recordingSid: RECORDING }]);
    expect(counts(world)).toEqual([0, 0, 1]);
  });

  test('all kinds, in all shards, over several pages', async () => {
    await world.given(...calls('0123456789abcdef'), ...recordings('0123456789abcdef'));
    const more = [...'0123456789abcdef'].flatMap((digit) =>
      recordings('0123456789abcdef', toDelete).map((row) => ({ ...row, callSid: callSid(digit) })),
    );
    await world.given(...more.filter((row) => row.callSid !== CALL));
    await sweep(world);
    expect(counts(world)).toEqual([16, 16, 240]);
    expect(world.log.counts).toEqual({ Swept: 272 });
    expect(world.log.lines.map(({ queue, count }) => [queue, count]).sort()).toEqual([
      ['copy', 16],
      ['delete', 240],
      ['start', 16],
    ]);
  });
});

describe('what is not due is left alone', () => {
  test.each([
    ['by one millisecond', { waiting: { next: 'copy', due: NOW + 1 } as const }],
    ['because it waits for nothing', { waiting: undefined }],
  ])('%s', async (_what, over) => {
    const { waiting, ...row } = { ...recordingRow(), ...over };
    await world.given({ ...row, ...(waiting && { waiting }) });
    await sweep(world);
    expect(counts(world)).toEqual([0, 0, 0]);
    expect((await world.recording()).version).toBe(1);
    expect(world.log.lines).toEqual([]);
  });

  test('and is taken to the millisecond', async () => {
    await world.given(recordingRow({ waiting: { next: 'copy', due: NOW } }));
    await sweep(world);
    expect(world.copyQueue.size).toBe(1);
  });

  test('because the index is stale, and the row says otherwise', async () => {
    const [done, later, other] = recordings('123');
    if (!done || !later || !other) throw new Error('three rows');
    await world.given(done, later, other);
    // From here on the index shows all three as due for a copy.
    await world.table.due('copy#1', NOW);
    world.table.indexDelayMs = Number.POSITIVE_INFINITY;
    const { waiting: _none, ...settled } = done;
    await world.table.write({ ...settled, version: 2 }, 1);
    await world.table.write({ ...later, waiting: { next: 'copy', due: NOW + 1 }, version: 2 }, 1);
    await world.table.write({ ...other, waiting: { next: 'delete', due: NOON }, version: 2 }, 1);
    await sweep(world);
    expect(counts(world)).toEqual([0, 0, 0]);
  });

  test('whatever the index shows: only what the row says is sent, and once the index has caught up, all of it, once', async () => {
    const due = fc.integer({ min: -HOUR, max: HOUR });
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(due, due), { maxLength: 10 }), async (dues) => {
        const one = makeWorld();
        one.clock.advance(HOUR);
        const rows = dues.map(([shown, said], index) => ({ shown, said, sid: recordingSid(String(index)) }));
        const row = (sid: string, delay: number, version: number) =>
          recordingRow({ recordingSid: sid, waiting: { next: 'copy', due: NOW + delay }, version });
        await one.given(...rows.map(({ sid, shown }) => row(sid, shown, 1)));
        await one.table.due('copy#0', NOW);
        one.table.indexDelayMs = Number.POSITIVE_INFINITY;
        for (const { sid, said } of rows) await one.table.write(row(sid, said, 2), 1);
        const sent = () =>
          messagesOf(one.copyQueue)
            .map((message) => message.recordingSid)
            .sort();

        await sweep(one);
        expect(sent()).toEqual(rows.filter(({ shown, said }) => shown <= 0 && said <= 0).map(({ sid }) => sid));
        one.table.indexDelayMs = 0;
        await sweep(one);
        expect(sent()).toEqual(rows.filter(({ said }) => said <= 0).map(({ sid }) => sid));
      }),
      { numRuns: 50 },
    );
  });
});

describe('deletions', () => {
  test.each(DELETIONS.filter((deletions) => deletions !== 'on'))('are not even queued while %s', async (deletions) => {
    await world.given(recordingRow(toDelete), ...calls('1'), ...recordings('2'));
    await sweep({ ...world, deletions });
    expect(counts(world)).toEqual([1, 1, 0]);
    expect((await world.recording()).version).toBe(1);
    // Once they are on again, all that has come due meanwhile is taken up.
    await sweep(world);
    expect(world.deleteQueue.size).toBe(1);
  });
});

describe('looking again', () => {
  test.each([
    ['a start', callRow(), 1],
    ['a copy', recordingRow(), 10],
    ['a report', recordingRow({ state: 'in-progress', waiting: { next: 'report', due: NOON } }), 360],
    ['a deletion', recordingRow(toDelete), 30],
  ])('%s that was queued is not queued anew by the next sweep, but after a pause', async (_what, row, minutes) => {
    await world.given(row);
    const total = () => counts(world).reduce((sum, count) => sum + count, 0);
    await sweep(world);
    await sweep(world);
    world.clock.advance(minutes * MINUTE - 1);
    await sweep(world);
    expect(total()).toBe(1);
    world.clock.advance(1);
    await sweep(world);
    expect(total()).toBe(2);
  });

  test('changes nothing about the row but when it is looked at', async () => {
    const row = recordingRow({ state: 'fallback', attempts: 3, reason: 'truncated' });
    await world.given(row);
    await sweep(world);
    const { waiting, version: _version, writer: _writer, ...rest } = await world.recording();
    const { waiting: _before, version: _first, writer: _fixture, ...same } = row;
    expect(rest).toEqual(same);
    expect(waiting).toEqual({ next: 'copy', due: NOW + 10 * MINUTE, queuedSince: NOW });
  });
});

describe('two sweeps at once', () => {
  test('however they interleave: each row is sent once', async () => {
    await fc.assert(
      fc.asyncProperty(fc.scheduler(), async (scheduler) => {
        const one = makeWorld();
        one.clock.advance(HOUR);
        await one.given(...calls('19'), ...recordings('2a'), ...recordings('3b', toDelete));
        const interleaved = withAround(one, async (name, request) => {
          await scheduler.schedule(Promise.resolve(name));
          return request();
        });
        await scheduler.waitFor(Promise.all([sweep(interleaved), sweep(interleaved)]));
        expect(counts(one)).toEqual([2, 2, 2]);
      }),
      { numRuns: 30 },
    );
  });
});

describe('the backlog is measured', () => {
  test('copies that are outstanding, due or not, and for how long the oldest has been', async () => {
    await world.given(
      ...recordings('123', { completedAt: NOON - HOUR, waiting: { next: 'copy', due: NOW + 6 * HOUR } }),
      ...recordings('45', { completedAt: NOW - 1500, waiting: { next: 'copy', due: NOON } }),
      ...recordings('678', toDelete),
    );
    await sweep(world);
    expect(world.log.measures).toMatchObject({ CopiesOutstanding: [5], OldestCopySeconds: [7200], DeletionsDue: [3] });
  });

  test('as nothing where there is nothing, so that the dashboard shows it', async () => {
    await sweep(world);
    expect(world.log.measures).toMatchObject({ CopiesOutstanding: [0], OldestCopySeconds: [0], DeletionsDue: [0] });
  });

  test.each(DELETIONS.filter((one) => one !== 'on'))('deletions that wait while they are %s', async (deletions) => {
    const later = { ...toDelete, waiting: { next: 'delete', due: NOW + 1 } } as const;
    await world.given(...recordings('1234', toDelete), ...recordings('5', later));
    await sweep({ ...world, deletions });
    expect(world.log.measures.DeletionsDue).toEqual([4]);
  });

  test('a row of an older shape counts, though its age is not known', async () => {
    const { completedAt: _unknown, ...row } = recordingRow({ waiting: { next: 'copy', due: NOW + HOUR } });
    await world.given(row);
    await sweep(world);
    expect(world.log.measures).toMatchObject({ CopiesOutstanding: [1], OldestCopySeconds: [0] });
  });

  test('up to where it is large enough to be seen', async () => {
    const due = { waiting: { next: 'copy', due: NOW + HOUR } } as const;
    await world.given(
      ...Array.from({ length: 100 }, (_, index) =>
        recordingRow({ ...due, callSid: `CA${String(index).padStart(32, '0')}` }),
      ),
    );
    await sweep(world);
    // Twenty pages of three rows each.
    expect(world.log.measures.CopiesOutstanding).toEqual([60]);
  });
});

describe('what nothing takes off its queue', () => {
  const untaken = () => {
    const { OldestUntakenCopySeconds, OldestDueDeletionSeconds } = world.log.measures;
    return { copies: OldestUntakenCopySeconds, deletions: OldestDueDeletionSeconds };
  };

  test('is measured from the first time that it was put there', async () => {
    await world.given(...recordings('1'), ...recordings('2', toDelete));
    for (const minutes of [0, 10, 20]) {
      await sweep(world);
      world.clock.advance(minutes * MINUTE);
    }
    await sweep(world);
    expect(untaken()).toEqual({ copies: [0, 0, 600, 1800], deletions: [0, 0, 0, 1800] });
  });

  test('is measured anew once a worker has taken it up', async () => {
    await world.given(...recordings('1'));
    await sweep(world);
    const { version, ...row } = await world.recording(recordingSid('1'));
    await world.table.write({ ...claimCopy(row, 'worker', NOW), version: version + 1, writer: 'worker' }, version);
    world.clock.advance(HOUR);
    await sweep(world);
    expect(untaken().copies).toEqual([0, 0]);
  });

  test('deletions that are paused, from their day on; those that are never made are nobody’s concern', async () => {
    await world.given(
      ...recordings('12', toDelete),
      ...recordings('3', { ...toDelete, waiting: { next: 'delete', due: NOW - 2 * HOUR } }),
    );
    await sweep({ ...world, deletions: 'paused' });
    expect(untaken().deletions).toEqual([7200]);
    await sweep({ ...world, deletions: 'never' });
    expect(untaken().deletions).toEqual([7200]);
  });
});

describe('the oldest call that should be recorded and is not', () => {
  const at = (digit: string, minutes: number, over: Partial<CallRow> = {}) =>
    callRow({ callSid: callSid(digit), startedAt: NOW - minutes * MINUTE, ...over });
  const measured = () => world.log.measures.OldestUnrecordedSeconds;

  test.each<[string, Partial<CallRow>, number]>([
    ['answered', { answeredAt: NOW - 3 * MINUTE, waiting: { next: 'stream', due: NOW } }, 180],
    ['unstreamed', { answeredAt: NOW - 4 * MINUTE, waiting: { next: 'stream', due: NOW + MINUTE } }, 240],
    ['noted', {}, 120],
    ['noted', { answeredAt: NOW - 3 * MINUTE }, 180],
    ['noted', { adopted: true, recordingSid: RECORDING, reason: 'status 404' }, 120],
    ['posting', { waiting: { next: 'start', due: NOW + MINUTE } }, 120],
    ['posting', { adopted: true, recordingSid: RECORDING }, 0],
  ])('is measured: %s %j', async (state, over, seconds) => {
    await world.given(at('1', 2, { state: state as CallRow['state'], ...over }));
    await sweep(world);
    expect(measured()).toEqual([seconds]);
  });

  test('of several, due or not', async () => {
    const later = { waiting: { next: 'start', due: NOW + MINUTE } } as const;
    await world.given(at('1', 2), at('2', 5, later), at('3', 1), at('4', 4));
    await sweep(world);
    expect(measured()).toEqual([300]);
  });

  test('first, whatever else fails and however long it takes', async () => {
    await world.given(at('1', 2), ...recordings('2'));
    breakPort(world.startQueue, 'sendAll');
    breakPort(world.table, 'due', (_call, shard) => !/^st/.test(shard));
    await expect(sweep(world)).rejects.toThrow();
    expect(measured()).toEqual([120]);
  });

  test('is not said to be none where the index cannot be asked', async () => {
    await world.given(at('1', 2));
    breakPort(world.table, 'due', (_call, shard) => shard === 'start#1');
    await expect(sweep(world)).rejects.toThrow();
    expect(measured()).toBeUndefined();
  });

  test('is measured though another row cannot be read', async () => {
    await world.given(at('1', 2), at('9', 3));
    breakPort(world.table, 'read', nth(1));
    await expect(sweep(world)).rejects.toThrow();
    expect(measured()?.[0]).toBeGreaterThanOrEqual(120);
  });
});

describe('what fails', () => {
  test('one shard does not keep the others from being swept, and the run fails in the end', async () => {
    await world.given(...calls('12'), ...recordings('12'), ...recordings('34', toDelete));
    breakPort(world.table, 'due', (_call, shard) => shard === 'copy#1');
    // The sweep itself, and the count of what is left.
    await expect(sweep(world)).rejects.toThrow('2 requests failed');
    expect(counts(world)).toEqual([2, 1, 2]);
  });

  test('a queue that fails: its rows are looked at again, the other queues get theirs', async () => {
    await world.given(...calls('1'), ...recordings('2'), ...recordings('3', toDelete));
    const mend = breakPort(world.copyQueue, 'sendAll');
    await expect(sweep(world)).rejects.toThrow();
    expect(counts(world)).toEqual([1, 0, 1]);
    mend();
    world.clock.advance(10 * MINUTE);
    await sweep(world);
    expect(world.copyQueue.size).toBe(1);
  });

  test('one row does not keep the others of its page from their queue, and is taken by the next sweep', async () => {
    await world.given(...recordings('19'));
    // The first write begins the memory of reconcile.
    breakPort(world.table, 'write', nth(2));
    await expect(sweep(world)).rejects.toThrow('1 requests failed');
    expect(world.copyQueue.size).toBe(1);
    expect(world.log.counts).toEqual({ Swept: 1 });
    await sweep(world);
    expect(world.copyQueue.size).toBe(2);
  });

  test('an environment that is killed at any of its requests: the next sweeps send what is due', async () => {
    const histories = await killedEverywhere(async (kill) => {
      const one = makeWorld();
      one.clock.advance(HOUR);
      await one.given(...calls('1'), ...recordings('2'), ...recordings('3', toDelete));
      const { around, killed } = killer(kill);
      await sweep(withAround(one, around)).catch(() => undefined);
      one.clock.advance(30 * MINUTE);
      await sweep(one);
      for (const count of counts(one)) expect(count).toBeGreaterThanOrEqual(1);
      return killed();
    });
    expect(histories).toBeGreaterThan(50);
  });
});

describe('how old the oldest copy is', () => {
  const old = recordingRow({ completedAt: NOW - 2 * HOUR });

  test('is measured in a run whose time is used up by what is due', async () => {
    await world.given(old, ...calls('1'));
    const sendAll = world.startQueue.sendAll.bind(world.startQueue);
    world.startQueue.sendAll = async (messages) => {
      world.clock.advance(50_000);
      await sendAll(messages);
    };
    await sweep(world);
    expect(world.log.measures.OldestCopySeconds).toEqual([7200]);
  });

  test('leaves the run its time, where reading takes long', async () => {
    await world.given(
      ...[...'0123456789'].flatMap((digit) => recordings('8', { callSid: callSid(digit) })),
      ...calls('1'),
    );
    const due = world.table.due.bind(world.table);
    world.table.due = async (...request) => {
      if (request[1] > NOW + HOUR) world.clock.advance(11_000);
      return due(...request);
    };
    await sweep(world);
    expect(world.log.measures.OldestCopySeconds).toHaveLength(1);
    expect(world.startQueue.size).toBe(1);
  });

  test('is missing only in a run that fails, which alarms', async () => {
    await world.given(old);
    breakPort(world.table, 'due', (_call, shard) => shard === 'copy#1');
    await expect(sweep(world)).rejects.toThrow();
  });
});

test('a backlog beyond the time that a run has is left to the next one', async () => {
  await world.given(...[...'0123456789'].flatMap((digit) => recordings('8', { callSid: callSid(digit) })));
  const due = world.table.due.bind(world.table);
  world.table.due = async (...request) => {
    // Not where it is measured how much is left, without regard to when it is due.
    if (request[0] === 'copy#0' && request[1] < NOW + HOUR) world.clock.advance(20_000);
    return due(...request);
  };
  await sweep(world);
  // Three rows a page here: pages begun after 20, 40 and 60 s, the third ending the run.
  expect(world.copyQueue.size).toBe(9);
  await sweep(world);
  expect(world.copyQueue.size).toBe(10);
});
