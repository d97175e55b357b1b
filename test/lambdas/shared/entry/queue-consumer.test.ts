import { readRecordingMessage } from '../../../../lambdas/shared/entry/messages.ts';
import { again, consume, DONE, type Outcome } from '../../../../lambdas/shared/entry/queue-consumer.ts';
import type { RecordingMessage } from '../../../../lambdas/shared/ports/queues.ts';
import { pollOnce } from '../../../../sim/aws/event-source.ts';
import { breakPort } from '../../support/faults.ts';
import { CALL, RECORDING, recordingSid } from '../../support/fixtures.ts';
import { NOON } from '../../support/time.ts';
import { makeWorld, type World } from '../../support/world.ts';

let world: World;
beforeEach(() => {
  world = makeWorld();
});

type Step = (message: RecordingMessage, receives: number) => Promise<Outcome>;
const message = (digit: string) => ({ callSid: CALL, recordingSid: recordingSid(digit) });
const poll = (step: Step, batchSize = 10) =>
  pollOnce(
    world.copyQueue,
    (event) => consume({ log: world.log, visibility: world.copyQueue, read: readRecordingMessage, step }, event),
    batchSize,
  );
const secondsUntilVisible = () =>
  world.copyQueue.contents().map(({ visibleAt }) => (visibleAt - world.clock.now()) / 1000);

test('what is done is gone', async () => {
  await world.copyQueue.sendAll([message('1'), message('2')]);
  await poll(async () => DONE);
  expect(world.copyQueue.size).toBe(0);
});

test('only what is not done is delivered again, after the pause it asked for', async () => {
  await world.copyQueue.sendAll(['1', '2', '3'].map(message));
  const seen: string[] = [];
  await poll(async (one) => {
    seen.push(one.recordingSid);
    return one.recordingSid === recordingSid('2') ? again(30) : DONE;
  });
  expect(seen).toEqual(['1', '2', '3'].map(recordingSid));
  expect(world.copyQueue.contents()).toEqual([{ message: message('2'), visibleAt: NOON + 30_000 }]);
});

test('one that fails does not keep the others from being done', async () => {
  await world.copyQueue.sendAll(['1', '2', '3'].map(message));
  const done: string[] = [];
  await poll(async (one) => {
    if (one.recordingSid === recordingSid('1')) throw new Error('unforeseen');
    done.push(one.recordingSid);
    return DONE;
  });
  expect(done).toEqual(['2', '3'].map(recordingSid));
  expect(world.copyQueue.contents().map((one) => one.message)).toEqual([message('1')]);
  expect(world.log.line('step_failed')).toMatchObject({ level: 'error', attempt: 1, retryInSeconds: 1 });
  // Lambda counts no error of an invocation that reports its failures one by one.
  expect(world.log.counts).toEqual({ StepFailed: 1 });
});

test('one that keeps failing comes back after growing pauses, then goes to the dead letters', async () => {
  await world.copyQueue.send(message('1'));
  const pauses: number[] = [];
  const receives: number[] = [];
  while (world.copyQueue.size > 0) {
    await poll(async (_one, count) => {
      receives.push(count);
      throw new Error('unforeseen');
    });
    const [seconds = 0] = secondsUntilVisible();
    if (world.copyQueue.size > 0) pauses.push(seconds);
    world.clock.advance(seconds * 1000);
  }
  expect(receives).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
  expect(pauses.slice(0, 10)).toEqual([1, 2, 4, 8, 16, 32, 64, 128, 256, 300]);
  expect(world.copyQueue.deadLetters).toEqual([JSON.stringify(message('1'))]);
});

test.each(['no JSON', '', 'null', '{}', '{"callSid":"CA1","recordingSid":"RE1"}', '"text"', '[1]'])(
  'a message of another kind never reaches the step, and ends in the dead letters: %j',
  async (body) => {
    world.copyQueue.sendBody(body);
    while (world.copyQueue.size > 0) {
      await poll(async () => {
        throw new Error('The step was called.');
      });
      world.clock.advance(1000);
    }
    expect(world.copyQueue.deadLetters).toEqual([body]);
    expect(world.log.events()).toEqual(Array(10).fill('message_unreadable'));
  },
);

test('without a changed visibility the message still comes back, by the timeout of its queue', async () => {
  await world.copyQueue.send(message('1'));
  breakPort(world.copyQueue, 'change');
  await poll(async () => again(5));
  expect(secondsUntilVisible()).toEqual([5400]);
  expect(world.log.line('visibility_unchanged').level).toBe('warn');
});

test.each([
  [0, 0],
  [0.25, 1],
  [2.0001, 3],
  [43_200, 43_200],
  [1_000_000, 43_200],
  [-3, 0],
])('a pause of %d s becomes one of %d s, which SQS takes', async (asked, taken) => {
  await world.copyQueue.send(message('1'));
  await poll(async () => again(asked));
  expect(secondsUntilVisible()).toEqual([taken]);
});

test('log lines quote neither the body nor the error’s message', async () => {
  world.copyQueue.sendBody('{"From":"+4930123456"}');
  await world.copyQueue.send({ callSid: CALL, recordingSid: RECORDING });
  await poll(async () => DONE);
  const said = world.log.lines.map(({ error: _named, ...line }) => line);
  expect(JSON.stringify(said)).not.toContain('+49');
});
