import type { Draws } from './draws.ts';
import { killOf, type Rates } from './fault-schedule.ts';

/** Ends environments in the middle of their work, as a crash or a lost host would. */
export interface Killer {
  /** To be told of each invocation; answers what is to be called when it is through. */
  onInvoke(step: string, kill: () => void): (() => void) | undefined;
  /** Kills by step so far: only those that met an environment at work. */
  counts(): ReadonlyMap<string, number>;
  /** Kills no further. */
  calm(): void;
}

export function createKiller(draws: Draws, rates: Rates): Killer {
  const invocations = new Map<string, number>();
  const kills = new Map<string, number>();
  const pending = new Set<NodeJS.Timeout>();
  let calm = false;
  return {
    onInvoke(step, kill) {
      const n = (invocations.get(step) ?? 0) + 1;
      invocations.set(step, n);
      const milliseconds = calm ? undefined : killOf(draws, rates, step, n);
      if (milliseconds === undefined) return undefined;
      const timer = setTimeout(() => {
        pending.delete(timer);
        kills.set(step, (kills.get(step) ?? 0) + 1);
        kill();
      }, milliseconds);
      pending.add(timer);
      return () => {
        pending.delete(timer);
        clearTimeout(timer);
      };
    },
    counts: () => kills,
    calm() {
      calm = true;
      for (const timer of pending) clearTimeout(timer);
      pending.clear();
    },
  };
}
