/** When a day's calls begin. */

export const DAY = 86_400;

/** A generator of its own, so that a seed gives the same day anywhere (mulberry32). */
export function random(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** Calls by hour, as a call centre's working day has them; the busiest hour has two and a half times the mean. */
export const HOURS = [2, 1, 1, 1, 1, 3, 8, 20, 45, 62, 65, 60, 50, 58, 64, 60, 50, 34, 20, 13, 9, 6, 4, 3];

/** @param hours evenly over so many hours, in place of a working day's curve */
export function arrivals(calls: number, hours: number | undefined, next: () => number): Float64Array {
  const total = HOURS.reduce((sum, hour) => sum + hour, 0);
  const cumulative = HOURS.map((_, hour) => HOURS.slice(0, hour + 1).reduce((sum, one) => sum + one, 0) / total);
  const times = new Float64Array(calls);
  for (let index = 0; index < calls; index += 1) {
    const drawn = next();
    if (hours !== undefined) {
      times[index] = drawn * hours * 3600;
      continue;
    }
    const hour = cumulative.findIndex((share) => drawn < share);
    times[index] = (Math.max(0, hour) + next()) * 3600;
  }
  return times.sort();
}
