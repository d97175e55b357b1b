import {
  doubtPauseSeconds,
  isPastAnyCall,
  isRetriedQuickly,
  QUICK_RETRY_PAUSE_MS,
  RECEIVES_BEFORE_SWEEP,
  startPauseSeconds,
} from '../../../../../lambdas/shared/rules/call/start-retry.ts';
import { HOUR, MINUTE, SECOND } from '../../../../../lambdas/shared/rules/values/instant.ts';
import { fc } from '../../../support/properties.ts';

const ages = fc.integer({ min: 0, max: 25 * HOUR });
const fractions = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });

test('pauses are whole seconds that a visibility timeout takes', () => {
  fc.assert(
    fc.property(ages, fractions, (age, fraction) => {
      const pause = startPauseSeconds(age, fraction);
      expect(Number.isInteger(pause)).toBe(true);
      expect(pause).toBeGreaterThanOrEqual(1);
      expect(pause).toBeLessThanOrEqual(10 * 60);
    }),
  );
});

test('pauses grow with the age of the call', () => {
  fc.assert(
    fc.property(ages, ages, fractions, (a, b, fraction) => {
      expect(startPauseSeconds(Math.min(a, b), fraction)).toBeLessThanOrEqual(
        startPauseSeconds(Math.max(a, b), fraction),
      );
    }),
  );
});

test.each([
  [0, 1],
  [5 * SECOND, 1],
  [20 * SECOND, 3],
  [MINUTE, 9],
  [3 * MINUTE, 27],
])('after %d ms the pause is %d s', (age, pause) => {
  expect(startPauseSeconds(age, 0.5)).toBe(pause);
});

test('chance spreads a pause by a fifth either way', () => {
  expect(startPauseSeconds(3 * MINUTE, 0)).toBe(22);
  expect(startPauseSeconds(3 * MINUTE, 0.999)).toBe(32);
});

test.each([
  ['not before a request that is still under way must have arrived', 5 * SECOND, 2],
  ['in proportion to what has been missed, as where nothing is in doubt', 3 * MINUTE, 27],
])('what became of a doubtful start is asked %s: after %d ms in %d s', (_why, age, pause) => {
  expect(doubtPauseSeconds(age, 0.5)).toBe(pause);
});

test('no more is missed by waiting than has been missed already, from the seventh second on', () => {
  fc.assert(
    fc.property(ages, fractions, (age, fraction) => {
      const pauseMs = startPauseSeconds(age, fraction) * SECOND;
      expect(pauseMs).toBeLessThanOrEqual(Math.max(SECOND, age * 0.2 + SECOND / 2));
    }),
  );
});

test('the quick attempts come several a second', () => {
  expect(QUICK_RETRY_PAUSE_MS).toBeLessThanOrEqual(SECOND / 2);
});

test.each([
  [1 * SECOND, 0, true],
  [4.7 * SECOND, 3.7 * SECOND, true],
  [4.75 * SECOND, 3.75 * SECOND, false],
  [7.9 * SECOND, 0, true],
  [8 * SECOND, 0, false],
  [MINUTE, 0, false],
])('a call of %d ms, in an invocation of %d ms, is tried again at once: %p', (age, invocation, quickly) => {
  expect(isRetriedQuickly(age, invocation)).toBe(quickly);
});

test('a call of 24 hours is still one, one millisecond later it is none', () => {
  expect(isPastAnyCall(24 * HOUR)).toBe(false);
  expect(isPastAnyCall(24 * HOUR + 1)).toBe(true);
});

test('the sweep takes over before the redrive policy does, which allows 50 receives', () => {
  expect(RECEIVES_BEFORE_SWEEP).toBeLessThan(50);
});
