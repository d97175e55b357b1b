/** Time for the server: what the clock says, and what is to happen later. */

export type Clock = ReturnType<typeof makeClock>;

/** A clock over `now` that runs `speed` times as fast; tests use it to live through a call quickly. */
export function makeClock(now: () => number, speed: number) {
  const began = now();
  const pending = new Set<NodeJS.Timeout>();
  return {
    /** Milliseconds since 1970. */
    now: () => began + (now() - began) * speed,
    /** Runs `action` once, so many milliseconds from now; the result cancels it. */
    after(milliseconds: number, action: () => void): () => void {
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
    /** Cancels everything that is still to happen. */
    stop() {
      for (const timeout of pending) clearTimeout(timeout);
      pending.clear();
    },
  };
}
