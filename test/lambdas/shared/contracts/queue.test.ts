/** The model of a queue, held against what SQS documents: delay, visibility, receive count, redrive. */
import { pollOnce } from '../../../../sim/aws/event-source.ts';
import { QueueModel } from '../../../../sim/aws/queue.ts';
import { countingRandomness, NOON, VirtualClock } from '../../support/time.ts';

let clock: VirtualClock;
let queue: QueueModel<string>;
beforeEach(() => {
  clock = new VirtualClock();
  queue = new QueueModel({ clock, randomness: countingRandomness(), visibilitySeconds: 30, maxReceiveCount: 3 });
});
const bodies = (count = 10) => queue.receive(count).map(({ body }) => JSON.parse(body));

test('delivers at once, or after the delay', async () => {
  await queue.send('now');
  await queue.send('later', 1);
  expect(bodies()).toEqual(['now']);
  clock.advance(999);
  expect(bodies()).toEqual([]);
  clock.advance(1);
  expect(bodies()).toEqual(['later']);
});

test('delivers no more than is asked for', async () => {
  await queue.sendAll(['1', '2', '3']);
  expect(bodies(2)).toEqual(['1', '2']);
  expect(bodies(2)).toEqual(['3']);
});

test.each([0.5, -1, 901, Number.NaN])('refuses a delay of %d seconds', async (seconds) => {
  await expect(queue.send('x', seconds)).rejects.toThrow(RangeError);
});

test('hides what was received, counts, and delivers it again', async () => {
  await queue.send('x');
  const [first] = queue.receive(1);
  clock.advance(29_999);
  expect(queue.receive(1)).toEqual([]);
  clock.advance(1);
  const [second] = queue.receive(1);
  expect([first?.receives, second?.receives]).toEqual([1, 2]);
  expect(first?.messageId).toBe(second?.messageId);
  expect(first?.receiptHandle).not.toBe(second?.receiptHandle);
});

test('changes the visibility of a message in flight, from now on', async () => {
  await queue.send('x');
  const [received] = queue.receive(1);
  clock.advance(10_000);
  await queue.change(received?.receiptHandle ?? '', 5);
  expect(queue.nextVisibleAt()).toBe(NOON + 15_000);
  await queue.change(received?.receiptHandle ?? '', 0);
  expect(queue.nextVisibleAt()).toBe(NOON + 10_000);
});

test('refuses a visibility beyond 12 hours, and one of a message that is not in flight', async () => {
  await queue.send('x');
  const [received] = queue.receive(1);
  await expect(queue.change(received?.receiptHandle ?? '', 43_201)).rejects.toThrow(RangeError);
  await expect(queue.change('another', 1)).rejects.toThrow('MessageNotInflight');
  clock.advance(30_000);
  await expect(queue.change(received?.receiptHandle ?? '', 1)).rejects.toThrow('MessageNotInflight');
});

test('removes by the last receipt only', async () => {
  await queue.send('x');
  const [first] = queue.receive(1);
  clock.advance(30_000);
  const [second] = queue.receive(1);
  queue.remove(first?.receiptHandle ?? '');
  expect(queue.size).toBe(1);
  queue.remove(second?.receiptHandle ?? '');
  expect(queue.size).toBe(0);
});

test('moves to the dead letters what was received too often', async () => {
  await queue.send('x');
  for (let receive = 1; receive <= 3; receive++) {
    expect(queue.receive(1)[0]?.receives).toBe(receive);
    clock.advance(30_000);
  }
  expect(queue.receive(1)).toEqual([]);
  expect(queue.deadLetters).toEqual(['"x"']);
  expect(queue.size).toBe(0);
});

describe('the event source', () => {
  test('deletes what is not reported as failed', async () => {
    await queue.sendAll(['1', '2', '3']);
    const received = await pollOnce(
      queue,
      async ({ Records }) => ({
        batchItemFailures: Records.filter(({ body }) => body === '"2"').map(({ messageId }) => ({
          itemIdentifier: messageId,
        })),
      }),
      10,
    );
    expect(received).toBe(3);
    expect(queue.contents().map(({ message }) => message)).toEqual(['2']);
  });

  test('deletes nothing where the invocation fails', async () => {
    await queue.sendAll(['1', '2']);
    await pollOnce(queue, () => Promise.reject(new Error('killed')), 10);
    expect(queue.size).toBe(2);
    expect(queue.nextVisibleAt()).toBe(NOON + 30_000);
  });

  test('invokes nobody for an empty queue', async () => {
    expect(await pollOnce(queue, () => Promise.reject(new Error('invoked')))).toBe(0);
  });
});
