/**
 * The one beat that all calls share: a frame of 20 ms. Frames are counted against the time of the first one, so a late
 * timer is made up for and calls do not drift, however many there are.
 */
import type { Clock } from '../server/clock.ts';

/** Milliseconds of audio in a frame. */
export const FRAME_MILLISECONDS = 20;

/** After a longer gap the machine was asleep: the time is gone, nobody wants it made up for. */
const LONGEST_GAP_MILLISECONDS = 10_000;

export type Ticker = ReturnType<typeof makeTicker>;

export function makeTicker(clock: Clock) {
  const listeners = new Set<() => void>();
  let began = 0;
  let frames = 0;
  let cancel = (): void => undefined;

  function tick(): void {
    if (listeners.size === 0) return;
    const behind = clock.now() - began - frames * FRAME_MILLISECONDS;
    if (behind > LONGEST_GAP_MILLISECONDS) began += behind;
    const due = Math.floor((clock.now() - began) / FRAME_MILLISECONDS);
    while (frames < due) {
      frames += 1;
      for (const listener of listeners) listener();
    }
    cancel = clock.after(began + (frames + 1) * FRAME_MILLISECONDS - clock.now(), tick);
  }

  return {
    /** Calls `onFrame` for every frame from now on, until the result is called. */
    add(onFrame: () => void): () => void {
      listeners.add(onFrame);
      if (listeners.size === 1) {
        began = clock.now();
        frames = 0;
        cancel();
        cancel = clock.after(FRAME_MILLISECONDS, tick);
      }
      return () => listeners.delete(onFrame);
    },
  };
}
