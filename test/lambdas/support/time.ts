/** Time and identifiers of the tests: nothing is waited for, nothing is drawn. */
import type { Clock, Randomness } from '../../../lambdas/shared/ports/clock.ts';
import type { Instant } from '../../../lambdas/shared/rules/values/instant.ts';

/** When the tests begin. */
export const NOON: Instant = Date.parse('2026-03-01T12:00:00.000Z');

/** Stands still, except that sleeping moves it on at once. */
export class VirtualClock implements Clock {
  readonly sleeps: number[] = [];
  #now: Instant;

  constructor(now: Instant = NOON) {
    this.#now = now;
  }

  now(): Instant {
    return this.#now;
  }

  async sleep(milliseconds: number): Promise<void> {
    this.sleeps.push(milliseconds);
    this.advance(milliseconds);
  }

  advance(milliseconds: number): void {
    this.#now += milliseconds;
  }

  /** Moves on to `instant`, never back. */
  advanceTo(instant: Instant): void {
    this.#now = Math.max(this.#now, instant);
  }
}

/** Identifiers `id-1`, `id-2`, …, and always the same fraction. */
export function countingRandomness(fraction = 0.5): Randomness {
  let last = 0;
  return {
    id: () => {
      last += 1;
      return `id-${last}`;
    },
    fraction: () => fraction,
  };
}
