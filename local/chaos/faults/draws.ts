import { createHash } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';

/**
 * A number from 0 up to, not including, 1, for a list of names. The same seed and names give the same number, in
 * whatever order they are asked for: so what happens at one place changes no draw of another.
 */
export type Draws = (...names: readonly (string | number)[]) => number;

export function createDraws(seed: number): Draws {
  return (...names) =>
    createHash('sha256')
      .update([seed, ...names].join('\n'))
      .digest()
      .readUInt32BE(0) /
    2 ** 32;
}

/** Spreads a fraction evenly from `least` to `most`. */
export function between(fraction: number, least: number, most: number): number {
  return least + fraction * (most - least);
}

/** Spreads a fraction so that each order of magnitude from `least` to `most` gets the same share. */
export function betweenMagnitudes(fraction: number, least: number, most: number): number {
  return least * (most / least) ** fraction;
}

/** The pause until the next of events that come by chance, `mean` apart; at most five times as long. */
export function pauseByChance(fraction: number, mean: number): number {
  return Math.min(5, -Math.log(1 - fraction)) * mean;
}

/** Pauses for so long, or until the signal aborts. */
export async function pauseUnless(signal: AbortSignal, milliseconds: number): Promise<void> {
  await pause(milliseconds, undefined, { signal }).catch((error: unknown) => {
    if (!signal.aborted) throw error;
  });
}

/** A name by its weight. */
export function pickByWeight<Name extends string>(
  fraction: number,
  weights: { readonly [name in Name]?: number },
): Name {
  const entries = Object.entries(weights) as [Name, number][];
  const total = entries.reduce((sum, [, weight]) => sum + weight, 0);
  let left = fraction * total;
  for (const [name, weight] of entries) {
    left -= weight;
    if (left < 0) return name;
  }
  throw new RangeError('There is nothing to pick from.');
}
