/** A call whose stream has not started: what Twilio says of it decides what becomes of it. */
import { recordingStart } from '../../../lambdas/recording-start/recording-start.ts';
import type { CallRow } from '../../../lambdas/shared/rules/table/rows.ts';
import { HOUR, MINUTE, SECOND } from '../../../lambdas/shared/rules/values/instant.ts';
import { breakPort, killedEverywhere, killer, withAround } from '../support/faults.ts';
import { CALL, CREDENTIALS, callRow, STREAM } from '../support/fixtures.ts';
import { LOST_REPLY, NOT_FOUND, SERVER_ERROR, UNAUTHORIZED } from '../support/scripted-twilio.ts';
import { recordingTwilio, START } from '../support/start-queue.ts';
import { NOON } from '../support/time.ts';
import { makeWorld, type World } from '../support/world.ts';

let world: World;
beforeEach(() => {
  world = makeWorld();
  world.clock.advance(MINUTE);
});
const NOW = NOON + MINUTE;
const AGAIN = { next: 'stream', due: NOW + MINUTE };

function waitingCall(over: Partial<CallRow> = {}): CallRow {
  const { startedAt: _none, streamSid: _no, ...row } = callRow({ state: 'answered', answeredAt: NOON, ...over });
  return { ...row, waiting: { next: 'stream', due: NOON + 30_000 } };
}
const lookUp = (of: World = world) => recordingStart(of, { callSid: CALL, lookUp: true }, 1);
const kinds = async () => (await world.call()).pendingEvents?.map(({ kind }) => kind);

describe('a call that is over', () => {
  test.each([
    [0, 'CallTooShort'],
    [4, 'CallTooShort'],
    [5, 'CallUnrecordable'],
    [undefined, 'CallUnrecordable'],
  ])('after %s s is settled with its reason, and counts as %s', async (durationSeconds, metric) => {
    await world.given(waitingCall());
    world.twilio.answer('callProgress', { kind: 'over', ...(durationSeconds !== undefined && { durationSeconds }) });
    expect(await lookUp()).toEqual({ outcome: 'done' });
    const call = await world.call();
    expect(call).toMatchObject({ state: 'unrecordable', reason: 'no-stream: call-over' });
    expect(call).not.toHaveProperty('waiting');
    expect(await kinds()).toEqual(['call-unrecordable']);
    expect(world.log.counts).toEqual({ [metric]: 1 });
    expect(world.log.measures).toEqual({});
  });

  test('and was found without a stream before does not count again', async () => {
    await world.given(waitingCall({ state: 'unstreamed', reason: 'no-stream' }));
    world.twilio.answer('callProgress', { kind: 'over', durationSeconds: 600 });
    await lookUp();
    expect(await world.call()).toMatchObject({ state: 'unrecordable', reason: 'no-stream: call-over' });
    expect(world.log.counts).toEqual({});
  });
});

describe('a call that lives', () => {
  test('is noted as not recorded, told, counted once, and looked up again each minute', async () => {
    await world.given(waitingCall());
    world.twilio.answer('callProgress', { kind: 'live' });
    await lookUp();
    expect(await world.call()).toMatchObject({ state: 'unstreamed', reason: 'no-stream', waiting: AGAIN });
    expect(world.log.line('call_unstreamed')).toMatchObject({ level: 'error', callSid: CALL });
    expect(world.log.measures.OldestUnrecordedSeconds).toEqual([60]);

    world.clock.advance(MINUTE);
    await lookUp();
    expect((await world.call()).waiting).toEqual({ next: 'stream', due: NOW + 2 * MINUTE });
    expect(world.log.measures.OldestUnrecordedSeconds).toEqual([60, 120]);
    expect(world.log.counts).toEqual({ CallUnstreamed: 1 });
    expect(await kinds()).toEqual(['call-unstreamed']);
  });

  test('is recorded once its stream comes, however late', async () => {
    const { recordings } = recordingTwilio(world);
    await world.given(waitingCall());
    await lookUp();
    world.clock.advance(3 * MINUTE);
    await recordingStart(world, { ...START, startedAt: world.clock.now() }, 1);
    expect(await world.call()).toMatchObject({
      state: 'recording',
      streamSid: STREAM,
      answeredAt: NOON,
      startedAt: NOW + 3 * MINUTE,
    });
    expect(recordings).toHaveLength(1);
    expect(world.log.measures.SecondsToRecording).toEqual([1]);
  });
});

describe('a call of which nobody knows', () => {
  test.each([
    ['404', NOT_FOUND],
    ['503', SERVER_ERROR],
    ['no reply', LOST_REPLY],
    ['early', { kind: 'early' } as const],
  ])('%s: is looked up again, and goes unrecorded meanwhile', async (_what, progress) => {
    await world.given(waitingCall());
    world.twilio.answer('callProgress', progress);
    expect(await lookUp()).toEqual({ outcome: 'done' });
    expect(await world.call()).toMatchObject({ state: 'answered', waiting: AGAIN });
    expect(world.log.counts).toEqual({});
    expect(world.log.measures.OldestUnrecordedSeconds).toEqual([60]);
  });

  test('401: the secret is read again', async () => {
    await world.given(waitingCall());
    world.credentials.secret = { ...CREDENTIALS, rest: { username: 'SK1', password: 'new' } };
    world.twilio.answer('callProgress', UNAUTHORIZED);
    await lookUp();
    expect(await world.credentials.current()).toBe(world.credentials.secret);
    expect((await world.call()).waiting).toEqual(AGAIN);
  });

  test('is given up after the day that a call can last, not before', async () => {
    await world.given(waitingCall());
    world.twilio.answer('callProgress', NOT_FOUND);
    world.clock.advanceTo(NOON + 24 * HOUR);
    await lookUp();
    expect(await world.call()).toMatchObject({ state: 'answered' });
    world.clock.advance(1);
    await lookUp();
    expect(await world.call()).toMatchObject({ state: 'unrecordable', reason: 'no-stream: past-any-call' });
    expect(world.log.counts).toEqual({ CallUnrecordable: 1 });
  });
});

describe('a call that the table does not know', () => {
  test.each([
    ['over', 'unrecordable'],
    ['live', 'unstreamed'],
    ['early', 'answered'],
  ] as const)('and that is %s is noted as %s', async (kind, state) => {
    world.twilio.answer('callProgress', { kind });
    await lookUp();
    expect(await world.call()).toMatchObject({ state, answeredAt: NOW });
  });
});

describe('a stream that has started', () => {
  test.each(['noted', 'posting', 'recording', 'unrecordable'] as const)(
    'a call that is %s is not asked for, and stays as it is',
    async (state) => {
      await world.given(callRow({ state }));
      await lookUp();
      expect(world.twilio.requests).toEqual([]);
      expect(await world.call()).toEqual(callRow({ state }));
    },
  );

  test('while Twilio was asked outranks the answer', async () => {
    await world.given(waitingCall());
    world.twilio.answer('callProgress', async () => {
      await world.table.write({ ...callRow(), version: 2 }, 1);
      return { kind: 'over', durationSeconds: 600 };
    });
    await lookUp();
    expect(await world.call()).toMatchObject({ state: 'noted' });
    expect(world.log.counts).toEqual({});
  });
});

test('a table that is out has the message delivered again', async () => {
  await world.given(waitingCall());
  world.twilio.answer('callProgress', { kind: 'live' });
  breakPort(world.table, 'write');
  await expect(lookUp()).rejects.toThrow();
});

test('killed at any request, the call keeps a due date until it is settled', async () => {
  const histories = await killedEverywhere(async (kill) => {
    const one = makeWorld();
    one.clock.advance(MINUTE);
    await one.given(waitingCall());
    one.twilio.answer('callProgress', { kind: 'live' });
    const { around, killed } = killer(kill);
    await lookUp(withAround(one, around)).catch(() => undefined);
    expect((await one.call()).waiting?.next).toBe('stream');
    one.twilio.answer('callProgress', { kind: 'over', durationSeconds: 9 });
    one.clock.advance(10 * SECOND);
    await lookUp(one);
    expect(await one.call()).toMatchObject({ state: 'unrecordable' });
    return killed();
  });
  expect(histories).toBeGreaterThan(6);
});
