import { recordCall } from '../../../lambdas/record-call/record-call.ts';
import { partyOf } from '../../../lambdas/shared/rules/table/party.ts';
import type { CallRow } from '../../../lambdas/shared/rules/table/rows.ts';
import { breakPort, killedEverywhere, killer, withAround } from '../support/faults.ts';
import { CALL, callRow, PARTY_KEY, RECORDING } from '../support/fixtures.ts';
import { NOT_FOUND, SERVER_ERROR, TOO_MANY, UNAUTHORIZED } from '../support/scripted-twilio.ts';
import { drainStartQueue, recordingTwilio } from '../support/start-queue.ts';
import { NOON } from '../support/time.ts';
import { makeWorld, type World } from '../support/world.ts';

const CALLER = 'arn:aws:iam::123456789012:user/supervisor';
/** An outbound call, as Twilio shows it. */
const shown = (progress: 'early' | 'live' | 'over') => {
  const status = { early: 'ringing', live: 'in-progress', over: 'completed' }[progress];
  const numbers = { from: '+14155550199', to: '+14155550100' };
  const call = { callSid: CALL, status, progress, isChild: false, direction: 'outbound-api', ...numbers };
  return { kind: 'found', call } as const;
};
const LIVE = shown('live');
let world: World;
beforeEach(() => {
  world = makeWorld();
  world.twilio.answer('call', LIVE);
});

async function request(callSid: string = CALL, of: World = world) {
  const requestContext = { authorizer: { iam: { userArn: CALLER } } };
  const { statusCode, body = '', headers } = await recordCall(of, { pathParameters: { callSid }, requestContext });
  return { status: statusCode, body: JSON.parse(body), headers };
}

const waitingFor = (state: 'answered' | 'unstreamed'): CallRow => {
  const { startedAt: _none, streamSid: _no, ...row } = callRow({ state, answeredAt: NOON - 40_000 });
  return { ...row, waiting: { next: 'stream', due: NOON } };
};

describe('a live call that nobody here has answered', () => {
  test.each(['live', 'early'] as const)('is noted before its start is queued: it is %s', async (kind) => {
    world.twilio.answer('call', shown(kind));
    const { status, body } = await request();
    expect([status, body]).toEqual([
      202,
      {
        callSid: CALL,
        call: expect.objectContaining({ state: 'noted', requestedBy: CALLER, startedAt: '2026-03-01T12:00:00.000Z' }),
      },
    ]);
    expect(await world.call()).toMatchObject({
      ...{ state: 'noted', startedAt: NOON, requestedBy: CALLER, attempts: 0 },
      ...{ number: '+14155550199', direction: 'outbound' },
      waiting: { next: 'start', due: NOON + 11_000 },
    });
    expect(world.startQueue.contents()).toEqual([{ message: { callSid: CALL, startedAt: NOON }, visibleAt: NOON }]);
    expect(world.log.counts).toEqual({ CallRequested: 1 });
    expect(world.log.line('call_requested')).toMatchObject({ callSid: CALL, caller: CALLER });
  });

  test('is recorded the way of every call, and keeps who has asked', async () => {
    recordingTwilio(world);
    await request();
    await drainStartQueue(world);
    expect(await world.call()).toMatchObject({ state: 'recording', requestedBy: CALLER });
    expect(world.twilio.methods().filter((method) => method === 'startRecording')).toHaveLength(1);
    expect((await request()).status).toBe(200);
    expect(world.startQueue.size).toBe(0);
  });

  test('is found by the number that it called, which stands nowhere', async () => {
    await request();
    const party = partyOf(PARTY_KEY, '+14155550100');
    expect(await world.call()).toMatchObject({ party });
    expect(world.table.rows()).toMatchObject([{ kind: 'call' }, { kind: 'party', party, at: NOON, call: CALL }]);
    expect(JSON.stringify([world.table.rows(), world.log.lines])).not.toContain('14155550100');
  });

  test('is recorded also where it cannot be found by that number', async () => {
    const partyKey = { current: () => Promise.reject(new Error('refused')) };
    expect((await request(CALL, { ...world, partyKey })).status).toBe(202);
    expect(world.startQueue.size).toBe(1);
    expect(world.log.line('party_not_noted')).toMatchObject({ level: 'warn', callSid: CALL });
  });

  test('is asked for twice at once, and noted once', async () => {
    const replies = await Promise.all([request(), request()]);
    expect(replies.map(({ status }) => status)).toEqual([202, 202]);
    expect(world.log.counts).toEqual({ CallRequested: 1 });
    expect(world.startQueue.size).toBe(1);
  });

  test('with a queue that is out: the row is due, and the sweep queues it', async () => {
    breakPort(world.startQueue, 'send');
    expect((await request()).status).toBe(202);
    expect((await world.call()).waiting).toEqual({ next: 'start', due: NOON + 11_000 });
    expect(world.log.line('start_not_queued')).toMatchObject({ level: 'warn', callSid: CALL });
  });

  test('with a table that is out: nothing is acknowledged, and nothing queued', async () => {
    breakPort(world.table, 'write');
    await expect(request()).rejects.toThrow();
    expect(world.startQueue.size).toBe(0);
  });
});

describe('a call that stands in the table', () => {
  test.each([
    ['answered', 202],
    ['noted', 202],
    ['posting', 202],
    ['recording', 200],
  ] as const)('and is %s is left as it is, and said so', async (state, status) => {
    const row = state === 'answered' ? waitingFor(state) : callRow({ state });
    await world.given(row);
    expect(await request()).toMatchObject({ status, body: { callSid: CALL, call: { state } } });
    expect(await world.call()).toEqual(row);
    expect([world.startQueue.size, world.twilio.requests]).toEqual([0, []]);
  });

  test('and has no stream is recorded all the same', async () => {
    await world.given(waitingFor('unstreamed'));
    expect((await request()).status).toBe(202);
    expect(await world.call()).toMatchObject({ state: 'noted', answeredAt: NOON - 40_000, requestedBy: CALLER });
    expect(world.startQueue.size).toBe(1);
  });

  test('and is one of a number whose calls are not recorded by themselves is recorded', async () => {
    const policy = { team: 'sales' };
    await world.given(callRow({ state: 'unrecordable', reason: 'not-wanted', answeredAt: NOON - 1000, policy }));
    expect((await request()).status).toBe(202);
    expect(await world.call()).toMatchObject({ state: 'noted', policy, startedAt: NOON, requestedBy: CALLER });
    expect((await world.call()).reason).toBeUndefined();
  });

  test('and could not be recorded says why', async () => {
    await world.given(callRow({ state: 'unrecordable', reason: 'call-over: status 404' }));
    const { status, body } = await request();
    expect([status, body.error]).toEqual([409, expect.stringContaining('(call-over: status 404)')]);
  });
});

describe('what cannot be recorded leaves no row', () => {
  test.each([
    ['over', shown('over'), 409, /is over/],
    ['unknown to Twilio', NOT_FOUND, 404, /Twilio knows no call/],
    ['one that Twilio is too busy for', TOO_MANY, 503, /Ask again/],
    ['one that Twilio could not be asked for', SERVER_ERROR, 503, /Ask again/],
  ] as const)('a call that is %s', async (_what, reply, status, error) => {
    world.twilio.answer('call', reply);
    const answer = await request();
    expect([answer.status, answer.body.error]).toEqual([status, expect.stringMatching(error)]);
    expect(answer.headers?.['retry-after']).toBe(status === 503 ? '1' : undefined);
    expect(await world.table.readCall(CALL)).toEqual([]);
    expect(world.startQueue.size).toBe(0);
  });

  test.each(['CA1', RECORDING, ''])('what is no call SID: %j', async (sid) => {
    expect((await request(sid)).status).toBe(400);
    expect(world.twilio.requests).toEqual([]);
  });
});

test('credentials that were rotated are read again, and Twilio is asked once more', async () => {
  world.twilio.answer('call', UNAUTHORIZED, LIVE);
  expect((await request()).status).toBe(202);
  expect(world.credentials.refreshes).toBe(1);
});

test('killed anywhere, and asked for again, the call is noted and due', async () => {
  const histories = await killedEverywhere(async (kill) => {
    const one = makeWorld();
    one.twilio.answer('call', LIVE);
    const { around, killed } = killer(kill);
    await request(CALL, withAround(one, around)).catch(() => undefined);
    expect((await request(CALL, one)).status).toBe(202);
    expect(await one.call()).toMatchObject({ state: 'noted', waiting: { next: 'start', due: NOON + 11_000 } });
    return killed();
  });
  expect(histories).toBeGreaterThan(4);
});
