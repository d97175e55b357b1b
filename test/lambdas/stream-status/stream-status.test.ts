import type { CallRow } from '../../../lambdas/shared/rules/table/rows.ts';
import { streamStatus } from '../../../lambdas/stream-status/stream-status.ts';
import { breakPort, killedEverywhere, killer, withAround } from '../support/faults.ts';
import { ACCOUNT, CALL, callRow, OTHER_ACCOUNT, STREAM } from '../support/fixtures.ts';
import { NOON } from '../support/time.ts';
import { type Form, type WebhookOptions, webhook } from '../support/webhook.ts';
import { makeWorld, type World } from '../support/world.ts';

let world: World;
beforeEach(() => {
  world = makeWorld();
});

const form = { AccountSid: ACCOUNT, CallSid: CALL, StreamSid: STREAM, StreamName: STREAM };
const Timestamp = '2026-03-01T12:00:00.000Z';
const tell = (StreamEvent: string, over: Form = {}, options?: WebhookOptions, of: World = world) =>
  streamStatus(of, webhook('/stream-status', { ...form, StreamEvent, Timestamp, ...over }, options));
const failed = (of: World = world) => tell('stream-error', { StreamError: '31920 handshake error' }, undefined, of);

function waitingCall(over: Partial<CallRow> = {}): CallRow {
  const { startedAt: _none, streamSid: _no, ...row } = callRow({ state: 'answered', answeredAt: NOON - 1000, ...over });
  return { ...row, waiting: { next: 'stream', due: NOON + 29_000 } };
}
const LOOK_UP = { message: { callSid: CALL, lookUp: true }, visibleAt: NOON };

describe('stream-error', () => {
  test.each(['answered', 'unstreamed'] as const)('has a call that is %s looked up at once', async (state) => {
    await world.given(waitingCall({ state }));
    expect(await failed()).toEqual({ statusCode: 204 });
    expect(await world.call()).toMatchObject({
      state,
      answeredAt: NOON - 1000,
      waiting: { next: 'stream', due: NOON },
    });
    expect(world.startQueue.contents()).toEqual([LOOK_UP]);
    expect(world.log.counts).toEqual({ StreamFailed: 1 });
    expect(world.log.line('stream_failed')).toMatchObject({
      level: 'error',
      callSid: CALL,
      streamSid: STREAM,
      reason: '31920 handshake error',
    });
  });

  test('notes a call that is not in the table', async () => {
    await failed();
    expect(await world.call()).toMatchObject({ state: 'answered', answeredAt: NOON, waiting: { due: NOON } });
    expect(world.startQueue.contents()).toEqual([LOOK_UP]);
  });

  test.each(['noted', 'posting', 'recording', 'unrecordable'] as const)(
    'of a stream that had started alarms nobody and changes nothing: the call is %s',
    async (state) => {
      await world.given(callRow({ state }));
      expect(await failed()).toEqual({ statusCode: 204 });
      expect(await world.call()).toEqual(callRow({ state }));
      expect(world.startQueue.size).toBe(0);
      expect(world.log.counts).toEqual({});
    },
  );

  test('a queue that is out: the row is due, and the sweep queues it', async () => {
    await world.given(waitingCall());
    breakPort(world.startQueue, 'send');
    expect(await failed()).toEqual({ statusCode: 204 });
    expect((await world.call()).waiting).toEqual({ next: 'stream', due: NOON });
    expect(world.log.line('look_up_not_queued')).toMatchObject({ level: 'warn', callSid: CALL });
  });

  test('a table that is out: the message alone has the call looked up', async () => {
    breakPort(world.table, 'read');
    expect(await failed()).toEqual({ statusCode: 204 });
    expect(world.startQueue.contents()).toEqual([LOOK_UP]);
    expect(world.log.counts).toEqual({ StreamFailed: 1 });
  });

  test('both out: it fails, which raises the alarm', async () => {
    breakPort(world.table, 'read');
    breakPort(world.startQueue, 'send');
    await expect(failed()).rejects.toThrow();
  });

  test.each(['https://user:secret@host/x', 'a\nb', 'x'.repeat(201), ''])(
    'logs no words that are not a sentence: %j',
    async (StreamError) => {
      await tell('stream-error', { StreamError });
      expect(world.log.line('stream_failed').reason).toBeUndefined();
    },
  );

  test('killed at any request, a repetition has the call looked up', async () => {
    const histories = await killedEverywhere(async (kill) => {
      const one = makeWorld();
      await one.given(waitingCall());
      const { around, killed } = killer(kill);
      await failed(withAround(one, around)).catch(() => undefined);
      await failed(one);
      expect((await one.call()).waiting).toEqual({ next: 'stream', due: NOON });
      expect(one.startQueue.size).toBeGreaterThanOrEqual(1);
      return killed();
    });
    expect(histories).toBeGreaterThan(6);
  });
});

describe('stream-started', () => {
  test('notes a call whose note was not confirmed, with a due date for its start', async () => {
    await tell('stream-started');
    expect(await world.call()).toMatchObject({ state: 'answered', waiting: { next: 'stream', due: NOON + 30_000 } });
    expect(world.startQueue.size).toBe(0);
  });

  test.each(['answered', 'noted', 'recording'] as const)('leaves a call that is %s as it is', async (state) => {
    await world.given(callRow({ state }));
    await tell('stream-started');
    expect(await world.call()).toEqual(callRow({ state }));
  });
});

test.each(['stream-stopped', 'stream-paused'])('%s changes nothing', async (event) => {
  await world.given(waitingCall());
  expect(await tell(event)).toEqual({ statusCode: 204 });
  expect(await world.call()).toEqual(waitingCall());
  expect([world.startQueue.size, world.log.counts]).toEqual([0, {}]);
});

test.each([
  ['unsigned', {}, { signature: '' }, 403],
  ['forged', {}, { token: 'forged' }, 403],
  ['of another account', { AccountSid: OTHER_ACCOUNT }, {}, 400],
  ['without a call', { CallSid: 'CA../x' }, {}, 400],
])('a request that is %s changes nothing', async (_what, over, options, statusCode) => {
  expect((await tell('stream-error', over, options)).statusCode).toBe(statusCode);
  expect(world.table.rows()).toEqual([]);
  expect(world.startQueue.size).toBe(0);
});

test('a request without an event is refused', async () => {
  expect((await streamStatus(world, webhook('/stream-status', form))).statusCode).toBe(400);
  expect(world.log.counts).toEqual({ RequestRefused: 1 });
});
