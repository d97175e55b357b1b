/** The real clock and real randomness. */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Clock, Randomness } from '../ports/clock.ts';

export const systemClock: Clock = {
  now: () => Date.now(),
  sleep: async (milliseconds) => {
    await sleep(milliseconds);
  },
};

export const systemRandomness: Randomness = { id: () => randomUUID(), fraction: () => Math.random() };
