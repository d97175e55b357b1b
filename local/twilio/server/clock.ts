/** Time for the server: what the clock says, and what is to happen later. */

export interface Clock {
  /** Milliseconds since 1970. */
  now(): number;
  /** Runs `action` once, so many milliseconds from now; the result cancels it. */
  after(milliseconds: number, action: () => void): () => void;
  /** Cancels everything that is still to happen. */
  stop(): void;
}

/** A clock over `now` that runs `speed` times as fast; tests use it to live through a call quickly. */
export function makeClock(now: () => number, speed: number): Clock {
  const began = now();
  const pending = new Set<NodeJS.Timeout>();
  return {
    now: () => began + (now() - began) * speed,
    after(milliseconds, action) {
      const timeout = setTimeout(
        () => {
          pending.delete(timeout);
          action();
        },
        Math.max(0, milliseconds / speed),
      );
      pending.add(timeout);
      return () => {
        pending.delete(timeout);
        clearTimeout(timeout);
      };
    },
    stop() {
      for (const timeout of pending) clearTimeout(timeout);
      pending.clear();
    },
  };
}
