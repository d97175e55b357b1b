import { announce } from '../../../lambdas/announce/announce.ts';
import { changeRow } from '../../../lambdas/shared/rows/change-row.ts';
import { startImpossible } from '../../../lambdas/shared/rules/call/call.ts';
import type { RecorderEvent } from '../../../lambdas/shared/rules/table/recorder-event.ts';
import { isOfService, type RecordingRow } from '../../../lambdas/shared/rules/table/rows.ts';
import { HOUR } from '../../../lambdas/shared/rules/values/instant.ts';
import { always, breakPort, killedEverywhere, killer, nth, Outage, withAround } from '../support/faults.ts';
import { CALL, callRow, callSid, RECORDING, recordingRow, recordingSid } from '../support/fixtures.ts';
import { NOON } from '../support/time.ts';
import { makeWorld, type World } from '../support/world.ts';

let world: World;
beforeEach(() => {
  world = makeWorld();
});

const event = (kind: RecorderEvent['kind'], at = NOON): RecorderEvent => ({ id: `${kind} ${at}`, kind, at, facts: {} });
const pending = (digit: string, ...events: RecorderEvent[]): RecordingRow =>
  recordingRow({ recordingSid: recordingSid(digit), pendingEvents: events });
const left = async (digit = '1') => (await world.recording(recordingSid(digit))).pendingEvents?.map(({ kind }) => kind);

test('tells what was noted, in the order in which it happened, and takes it out of the row', async () => {
  await world.given(pending('1', event('recording-started'), event('recording-stored', NOON + 1)));
  await announce(world);
  expect(world.bus.events).toEqual([
    {
      detailType: 'Recording Started',
      at: NOON,
      detail: {
        version: 1,
        id: `recording-started ${NOON}`,
        at: '2026-03-01T12:00:00.000Z',
        stage: 'test',
        callSid: CALL,
        recordingSid: RECORDING,
      },
    },
    expect.objectContaining({ detailType: 'Recording Stored', at: NOON + 1 }),
  ]);
  expect(await world.recording()).toEqual({ ...recordingRow(), version: 2, writer: 'id-1' });
  expect(world.log.counts).toEqual({ EventAnnounced: 2 });
  expect(world.log.line('announced')).toMatchObject({ count: 2 });
});

test('tells what became of a call, too', async () => {
  await world.given(callRow());
  await changeRow(world, { kind: 'call', callSid: CALL }, (row) => row && startImpossible(row, 2, 'call-over'));
  await announce(world);
  const [event] = world.bus.events;
  expect(event).toMatchObject({ detailType: 'Call Not Recordable', detail: { attempts: 2, reason: 'call-over' } });
  expect(event?.detail).not.toHaveProperty('recordingSid');
  expect(await world.call()).not.toHaveProperty('pendingEvents');
});

test('has nothing to say where nothing has happened', async () => {
  await world.given(callRow(), recordingRow());
  await announce(world);
  expect([world.bus.requests, world.log.lines]).toEqual([[], []]);
});

test('tells all, in all shards and over several pages', async () => {
  const digits = [...'0123456789abcdef'];
  const rows = digits.flatMap((call) =>
    digits.slice(0, 3).map((digit) => ({
      ...pending(digit, event('recording-started'), event('recording-absent')),
      callSid: callSid(call),
    })),
  );
  await world.given(...rows);
  await announce(world);
  expect(world.bus.events).toHaveLength(96);
  expect(world.table.rows().filter((row) => row.kind === 'recording' && row.pendingEvents)).toEqual([]);
});

test('tells ten events a request at most', async () => {
  await world.given(
    pending('1', ...Array.from({ length: 23 }, (_, index) => event('recording-started', NOON + index))),
  );
  await announce(world);
  expect(world.bus.requests).toEqual([10, 10, 3]);
  expect(world.bus.events.map(({ at }) => at - NOON)).toEqual(Array.from({ length: 23 }, (_, index) => index));
});

describe('the bus', () => {
  const two = () => pending('1', event('recording-started'), event('recording-stored'));

  test('refuses one event: it stays in its row, the others go, and the run fails so that somebody is told', async () => {
    await world.given(two(), pending('2', event('recording-started')));
    world.bus.refuse = ({ detailType }) => (detailType === 'Recording Stored' ? 'ThrottlingException' : undefined);
    await expect(announce(world)).rejects.toThrow('1 times events could not be told');
    expect(world.bus.detailTypes()).toEqual(['Recording Started', 'Recording Started']);
    expect([await left('1'), await left('2')]).toEqual([['recording-stored'], undefined]);
    expect(world.log.line('event_refused')).toMatchObject({
      level: 'warn',
      callSid: CALL,
      recordingSid: RECORDING,
      eventKind: 'recording-stored',
      reason: 'ThrottlingException',
    });

    world.bus.refuse = () => undefined;
    await announce(world);
    expect(world.bus.detailTypes()).toEqual(['Recording Started', 'Recording Started', 'Recording Stored']);
    expect(await left('1')).toBeUndefined();
  });

  test('answers for fewer events than it was sent: what it does not speak of was not accepted', async () => {
    await world.given(two());
    world.bus.put = async () => [undefined];
    await expect(announce(world)).rejects.toThrow();
    expect(await left()).toEqual(['recording-stored']);
  });

  test('is out for a week: nothing is lost, and all is told afterwards, once', async () => {
    await world.given(two());
    const recover = breakPort(world.bus, 'put', always);
    for (let hours = 0; hours < 7 * 24; hours++) {
      await expect(announce(world)).rejects.toThrow('could not be told');
      world.clock.advance(HOUR);
    }
    expect(await left()).toEqual(['recording-started', 'recording-stored']);
    recover();
    await announce(world);
    await announce(world);
    expect(world.bus.detailTypes()).toEqual(['Recording Started', 'Recording Stored']);
  });

  test('accepts, and its reply is lost: the event is told again, in the same words', async () => {
    await world.given(pending('1', event('recording-started')));
    breakPort(world.bus, 'put', nth(1), 'after');
    await expect(announce(world)).rejects.toThrow();
    await announce(world);
    expect(world.bus.events).toHaveLength(2);
    expect(world.bus.events[0]).toEqual(world.bus.events[1]);
  });
});

describe('the table', () => {
  test('fails for one shard: the others are announced, and the run fails', async () => {
    await world.given(pending('1', event('recording-started')), pending('2', event('recording-started')));
    breakPort(world.table, 'pendingEvents', (_call, shard: string) => shard === 'untold#1');
    await expect(announce(world)).rejects.toThrow(AggregateError);
    expect([await left('1'), await left('2')]).toEqual([['recording-started'], undefined]);
  });

  test('fails to read one row: the others of its shard are announced', async () => {
    await world.given(pending('1', event('recording-started')), pending('9', event('recording-started')));
    breakPort(world.table, 'read', (_call, key: { recordingSid: string }) => key.recordingSid === RECORDING);
    const error: AggregateError = await announce(world).catch((thrown) => thrown);
    expect(error.errors).toEqual([expect.any(Outage)]);
    expect(world.bus.events.map(({ detail }) => detail.recordingSid)).toEqual([recordingSid('9')]);
  });

  test('fails to take an event out: it is told again', async () => {
    await world.given(pending('1', event('recording-started')));
    breakPort(world.table, 'write', nth(1));
    await expect(announce(world)).rejects.toThrow();
    await announce(world);
    expect(world.bus.events).toHaveLength(2);
    expect(await left()).toBeUndefined();
  });

  test('shows in its index what was told already: the row decides', async () => {
    world.table.indexDelayMs = 1000;
    await world.given(pending('1', event('recording-started')));
    world.clock.advance(1000);
    await announce(world);
    await announce(world);
    expect(world.bus.events).toHaveLength(1);
  });
});

test('what happens while an event is under way is not taken out with it', async () => {
  await world.given(pending('1', event('recording-started')));
  const put = world.bus.put.bind(world.bus);
  world.bus.put = async (events) => {
    await changeRow(
      world,
      { kind: 'recording', callSid: CALL, recordingSid: RECORDING },
      (row) => row && { ...row, extra: true },
    );
    return put(events);
  };
  await announce(world);
  expect(await left()).toEqual(['recording-extra']);
  expect(await world.recording()).toMatchObject({ extra: true });
});

test('a backlog beyond the time that a run has is left to the next one', async () => {
  await world.given(
    ...[...'0123456789'].map((digit) => ({ ...pending('8', event('recording-started')), callSid: callSid(digit) })),
  );
  const put = world.bus.put.bind(world.bus);
  world.bus.put = async (events) => {
    world.clock.advance(15_000);
    return put(events);
  };
  await announce(world);
  // Three rows a page here: requests begun after 0, 15 and 30 s.
  expect(world.bus.events).toHaveLength(9);
  await announce(world);
  expect(world.bus.events).toHaveLength(10);
});

test('an environment that is killed at any of its requests: the next run tells what is left', async () => {
  const histories = await killedEverywhere(async (kill) => {
    const one = makeWorld();
    await one.given(
      callRow({ pendingEvents: [event('call-unrecordable')] }),
      pending('2', event('recording-started'), event('recording-absent')),
    );
    const { around, killed } = killer(kill);
    await announce(withAround(one, around)).catch(() => undefined);
    await announce(one);
    expect(new Set(one.bus.detailTypes())).toEqual(
      new Set(['Call Not Recordable', 'Recording Started', 'Recording Absent']),
    );
    expect(one.table.rows().filter((row) => !isOfService(row) && row.pendingEvents)).toEqual([]);
    return killed();
  });
  expect(histories).toBeGreaterThan(20);
});

test('of several runs that begin together each tells its own part, and together they tell all', async () => {
  await world.given(...[...'0123456789abcdef'].map((digit) => pending(digit, event('recording-started'))));
  await announce(world, { part: 0, of: 2 });
  expect(world.bus.events).toHaveLength(8);
  await announce(world, { part: 1, of: 2 });
  expect(world.bus.events).toHaveLength(16);
});
