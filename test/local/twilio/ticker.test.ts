/** The beat that all calls share, on a clock that the test turns. */

import { makeTicker } from '../../../local/twilio/call/ticker.ts';
import { makeClock } from '../../../local/twilio/server/clock.ts';

let now = 0;

beforeEach(() => {
  jest.useFakeTimers({ doNotFake: ['Date', 'performance'] });
  now = 1_000_000;
});
afterEach(() => jest.useRealTimers());

/** Lets time pass in steps as irregular as those of a busy machine. */
function pass(milliseconds: number, step: number): void {
  for (let left = milliseconds; left > 0; left -= step) {
    now += Math.min(step, left);
    jest.advanceTimersByTime(Math.min(step, left));
  }
}

test.each([1, 7, 33, 150])('frames do not drift when timers are up to %d ms late', (step) => {
  const ticker = makeTicker(makeClock(() => now, 1));
  let frames = 0;
  const leave = ticker.add(() => {
    frames += 1;
  });
  pass(60_000, step);
  expect(Math.abs(frames - 3000)).toBeLessThanOrEqual(Math.ceil(step / 20));
  leave();
  const before = frames;
  pass(1000, step);
  expect(frames).toBe(before);
  expect(jest.getTimerCount()).toBe(0);
});

test('a machine that slept does not make up for the night', () => {
  const ticker = makeTicker(makeClock(() => now, 1));
  let frames = 0;
  ticker.add(() => {
    frames += 1;
  });
  pass(1000, 20);
  now += 8 * 3_600_000;
  pass(1000, 20);
  expect(frames).toBeGreaterThanOrEqual(98);
  expect(frames).toBeLessThanOrEqual(102);
});

test('all calls share one timer, also those that come when the last has left', () => {
  const ticker = makeTicker(makeClock(() => now, 1));
  const counts = [0, 0, 0];
  const join = (index: number) => ticker.add(() => (counts[index] = (counts[index] ?? 0) + 1));
  const leave = [join(0), join(1)];
  expect(jest.getTimerCount()).toBe(1);
  pass(200, 20);
  for (const each of leave) each();
  join(2);
  expect(jest.getTimerCount()).toBe(1);
  pass(200, 20);
  expect(counts).toEqual([10, 10, 10]);
});

test('a fast clock has more frames in the same time, and cancels what is cancelled', () => {
  const clock = makeClock(() => now, 10);
  let fired = 0;
  clock.after(1000, () => {
    fired += 1;
  });
  clock.after(1000, () => {
    fired += 100;
  })();
  pass(99, 1);
  expect(fired).toBe(0);
  pass(1, 1);
  expect(fired).toBe(1);
  expect(clock.now()).toBe(1_001_000);
  clock.after(10, () => {
    fired += 1;
  });
  clock.stop();
  pass(100, 10);
  expect(fired).toBe(1);
});
