import { recordingStart } from '../../../lambdas/recording-start/recording-start.ts';
import type { Refusal } from '../../../lambdas/shared/ports/twilio.ts';
import { HOUR, MINUTE, SECOND } from '../../../lambdas/shared/rules/values/instant.ts';
import { CALL, CREDENTIALS, RECORDING, STREAM, TOKEN } from '../support/fixtures.ts';
import {
  BAD_REQUEST,
  LOST_REPLY,
  NOT_ELIGIBLE,
  NOT_FOUND,
  SERVER_ERROR,
  TOO_MANY,
  UNAUTHORIZED,
} from '../support/scripted-twilio.ts';
import { drainStartQueue, recordingTwilio, START } from '../support/start-queue.ts';
import { NOON } from '../support/time.ts';
import { makeWorld, type World } from '../support/world.ts';

let world: World;
let atTwilio: ReturnType<typeof recordingTwilio>;
beforeEach(() => {
  world = makeWorld();
  atTwilio = recordingTwilio(world);
});

const secondsOf = (method: Parameters<World['twilio']['timesOf']>[0]) =>
  world.twilio.timesOf(method).map((at) => (at - NOON) / SECOND);

/** Queues the start as `stream-connect` does, and lets it run until the queue is empty. */
async function run(until?: number): Promise<void> {
  await world.startQueue.send(START, 1);
  await drainStartQueue(world, until);
}

describe('a healthy call', () => {
  test('is recorded by one request, and both rows say so', async () => {
    await run();
    expect(world.twilio.methods()).toEqual(['startRecording']);
    expect(world.startQueue.size).toBe(0);
    expect(await world.call()).toMatchObject({ state: 'recording', recordingSid: RECORDING, streamSid: STREAM });
    expect(await world.call()).not.toHaveProperty('waiting');
    expect(await world.recording()).toMatchObject({ state: 'in-progress', madeBy: 'recorder', channels: 2 });
  });

  test('is logged in the stable words', async () => {
    await run();
    expect(world.log.messages()).toEqual([
      'Starting call recording (after 1s delay)',
      'Call recording started successfully',
    ]);
    expect(world.log.line('recording_success')).toMatchObject({
      callSid: CALL,
      recordingSid: RECORDING,
      attempt: 1,
      secondsSinceStreamStart: 1,
    });
    expect(world.log.counts).toEqual({ RecordingStarted: 1 });
  });

  test('needs no row beforehand: the message alone suffices', async () => {
    await recordingStart(world, START, 1);
    expect((await world.call()).startedAt).toBe(NOON);
  });
});

describe('the floor of one second', () => {
  test.each([0, 1, 400, 999])('is waited out by a message that comes after %d ms', async (after) => {
    world.clock.advance(after);
    await recordingStart(world, START, 1);
    expect(secondsOf('startRecording')).toEqual([1]);
  });

  test.each([1000, 1001, 5000])('is not waited for by one that comes after %d ms', async (after) => {
    world.clock.advance(after);
    await recordingStart(world, START, 1);
    expect(secondsOf('startRecording')).toEqual([after / SECOND]);
    expect(world.clock.sleeps).toEqual([]);
  });

  test('does not hold a message whose clock is far ahead', async () => {
    await recordingStart(world, { ...START, startedAt: NOON + HOUR }, 1);
    expect(world.clock.sleeps).toEqual([1000]);
  });
});

describe.each<[string, Refusal]>([
  ['404', NOT_FOUND],
  ['21220', NOT_ELIGIBLE],
])('%s while Twilio has not registered the call', (_name, refusal) => {
  const registersAfter = (ms: number) =>
    world.twilio.answer('startRecording', () => (world.clock.now() - NOON < ms ? refusal : atTwilio.start()));

  test.each([
    [1.5, 0.25],
    [3, 0.25],
    [4.7, 0.25],
    [4.8, 1],
    [20, 4],
    [120, 24],
    [600, 95],
  ])('for %d s: recorded once, at most %d s later', async (seconds, late) => {
    registersAfter(seconds * SECOND);
    await run();
    expect(atTwilio.recordings).toHaveLength(1);
    const started = secondsOf('startRecording').at(-1) ?? 0;
    expect(started).toBeGreaterThanOrEqual(seconds);
    expect(started).toBeLessThanOrEqual(seconds + late);
    expect(await world.call()).toMatchObject({ state: 'recording' });
  });

  test('asks every quarter of a second at first', async () => {
    registersAfter(3 * SECOND);
    await run();
    expect(secondsOf('startRecording')).toEqual([1, 1.25, 1.5, 1.75, 2, 2.25, 2.5, 2.75, 3]);
  });

  test('says of each failed attempt what Twilio answered, and whether it is tried again', async () => {
    registersAfter(1.5 * SECOND);
    await run();
    const failures = world.log.lines.filter(({ event }) => event === 'recording_start_error');
    expect(failures).toHaveLength(2);
    expect(failures[0]).toMatchObject({
      level: 'warn',
      message: 'Failed to start call recording',
      callSid: CALL,
      attempt: 1,
      status: refusal.status,
      code: refusal.code,
      willRetry: true,
      retryInSeconds: 0.25,
    });
    expect(world.log.messages().filter((message) => message.startsWith('Starting'))).toHaveLength(1);
  });

  test('between two receives the call is nobody’s, and waits', async () => {
    registersAfter(20 * SECOND);
    await run(NOON + 2 * SECOND);
    const call = await world.call();
    expect(call).toMatchObject({ state: 'noted', reason: refusal.reason });
    expect(call).not.toHaveProperty('claim');
    expect(call.waiting?.due).toBeGreaterThan(world.startQueue.nextVisibleAt() ?? Number.POSITIVE_INFINITY);
    expect(call.attempts).toBe(world.twilio.requests.filter(({ method }) => method === 'startRecording').length);
  });
});

describe('for ever', () => {
  test('404: the sweep takes over after 40 receives, nothing lands in the dead letters', async () => {
    world.twilio.answer('startRecording', NOT_FOUND);
    await run();
    expect(world.startQueue.deadLetters).toEqual([]);
    expect(await world.call()).toMatchObject({ state: 'noted', waiting: { next: 'start' } });
    expect(world.clock.now() - NOON).toBeGreaterThan(10 * MINUTE);
  });

  test('404: no call lasts longer than 24 hours, then it is settled with its reason', async () => {
    world.twilio.answer('startRecording', NOT_FOUND);
    world.clock.advance(24 * HOUR + 1);
    expect(await recordingStart(world, START, 1)).toEqual({ outcome: 'done' });
    expect(await world.call()).toMatchObject({ state: 'unrecordable', reason: 'past-any-call: status 404 code 20404' });
    expect(world.log.counts.CallUnrecordable).toBe(1);
  });

  test('404 after exactly 24 hours is tried again', async () => {
    world.twilio.answer('startRecording', NOT_FOUND);
    world.clock.advance(24 * HOUR - 5 * SECOND);
    expect(await recordingStart(world, START, 1)).toMatchObject({ outcome: 'again' });
  });
});

describe('21220', () => {
  test('of a call that is over settles it, with the reason', async () => {
    world.twilio.answer('startRecording', NOT_ELIGIBLE);
    world.twilio.answer('callProgress', { kind: 'live' }, { kind: 'live' }, { kind: 'over' });
    await run();
    expect(await world.call()).toMatchObject({
      state: 'unrecordable',
      attempts: 3,
      reason: 'call-over: status 400 code 21220',
    });
    expect(world.log.line('call_unrecordable').level).toBe('error');
    expect(world.log.lines.filter(({ event }) => event === 'recording_start_error').at(-1)).toMatchObject({
      willRetry: false,
    });
    expect(world.log.counts).toEqual({ CallTooShort: 1 });
    expect(world.startQueue.size).toBe(0);
  });

  test.each([
    [4.9, 'CallTooShort'],
    [5, 'CallUnrecordable'],
  ])('of a call that was over after %d s counts as %s', async (seconds, metric) => {
    world.twilio.answer('startRecording', NOT_ELIGIBLE);
    world.twilio.answer('callProgress', { kind: 'over' });
    world.clock.advance(seconds * SECOND);
    await recordingStart(world, START, 1);
    expect(world.log.counts).toEqual({ [metric]: 1 });
  });

  test.each<[string, { kind: 'early' } | { kind: 'live' } | Refusal]>([
    ['early', { kind: 'early' }],
    ['live', { kind: 'live' }],
    ['unknown for now', SERVER_ERROR],
    ['not registered', NOT_FOUND],
  ])('of a call that is %s is tried again', async (_what, progress) => {
    world.twilio.answer('startRecording', NOT_ELIGIBLE, () => atTwilio.start());
    world.twilio.answer('callProgress', progress);
    await run();
    expect(await world.call()).toMatchObject({ state: 'recording', attempts: 0 });
    expect(atTwilio.recordings).toHaveLength(1);
  });
});

describe('429', () => {
  test('goes back to the queue at once, and needs no proof', async () => {
    world.twilio.answer('startRecording', TOO_MANY, TOO_MANY, () => atTwilio.start());
    await run();
    expect(world.twilio.methods()).toEqual(['startRecording', 'startRecording', 'startRecording']);
    expect(secondsOf('startRecording')).toEqual([1, 2, 3]);
    expect(world.log.counts).toEqual({ RecordingStartRetried: 2, RecordingStarted: 1 });
  });
});

describe('a refusal of another kind', () => {
  test('is tried again while the call is live, and alarms', async () => {
    world.twilio.answer('startRecording', BAD_REQUEST, BAD_REQUEST, () => atTwilio.start());
    await run();
    expect(await world.call()).toMatchObject({ state: 'recording' });
    expect(world.log.counts).toMatchObject({ RecordingStartRefused: 2 });
  });

  test('settles the call once that is over', async () => {
    world.twilio.answer('startRecording', BAD_REQUEST);
    world.twilio.answer('callProgress', { kind: 'live' }, { kind: 'over' });
    await run();
    expect(await world.call()).toMatchObject({ state: 'unrecordable', reason: 'call-over: status 400 code 20001' });
  });
});

describe('401 after a rotation', () => {
  test('has the secret read again, and the next attempt succeeds within the invocation', async () => {
    world.credentials.secret = { ...CREDENTIALS, rest: { username: 'SK1', password: 'new' } };
    world.twilio.answer('startRecording', UNAUTHORIZED, () => atTwilio.start());
    world.twilio.answer('callProgress', UNAUTHORIZED);
    await run();
    expect(secondsOf('startRecording')).toEqual([1, 1.25]);
    expect(await world.credentials.current()).toBe(world.credentials.secret);
    expect(await world.call()).toMatchObject({ state: 'recording' });
    expect(world.log.counts).toMatchObject({ CredentialsInvalid: 1 });
  });

  test('is tried again with pauses while the secret stays wrong, which is read once a minute at most', async () => {
    world.twilio.answer('startRecording', UNAUTHORIZED);
    world.twilio.answer('callProgress', UNAUTHORIZED);
    await run(NOON + 2 * MINUTE);
    expect(world.credentials.refreshes).toBeGreaterThanOrEqual(2);
    expect(world.credentials.refreshes).toBeLessThanOrEqual(3);
    expect(await world.call()).toMatchObject({ state: 'noted', reason: UNAUTHORIZED.reason });
  });
});

describe('a call that is settled', () => {
  test.each(['recording', 'unrecordable'] as const)('%s: another message asks Twilio for nothing', async (state) => {
    await run();
    const settled = await world.call();
    await world.table.write({ ...settled, state, version: settled.version + 1 }, settled.version);
    const before = await world.call();
    await run();
    expect(world.twilio.methods()).toEqual(['startRecording']);
    expect(await world.call()).toEqual(before);
  });
});

test('log lines say nothing of the credentials', async () => {
  world.twilio.answer('startRecording', UNAUTHORIZED, LOST_REPLY, () => atTwilio.start());
  world.twilio.answer('callProgress', UNAUTHORIZED);
  await run();
  const said = JSON.stringify(world.log.lines);
  for (const secret of [TOKEN, CREDENTIALS.rest.password, CREDENTIALS.rest.username])
    expect(said).not.toContain(secret);
});
