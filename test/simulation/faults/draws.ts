/**
 * Draws of a history: every one is a function of the seed, a label and how often that label was drawn.
 *
 * So a draw stays the same when other draws are left out, which is what lets a failing history be shrunk.
 */
export class Draws {
  readonly #seed: number;
  readonly #counts = new Map<string, number>();

  constructor(seed: number) {
    this.#seed = mix(seed);
  }

  /** From 0 up to, not including, 1. */
  fraction(label: string): number {
    const count = this.#counts.get(label) ?? 0;
    this.#counts.set(label, count + 1);
    return mix(this.#seed ^ mix(textHash(label) + count * 0x9e3779b1)) / 2 ** 32;
  }

  chance(label: string, probability: number): boolean {
    return this.fraction(label) < probability;
  }

  /** A whole number from `least` up to, not including, `end`. */
  whole(label: string, least: number, end: number): number {
    return least + Math.floor(this.fraction(label) * (end - least));
  }

  pick<Value>(label: string, values: readonly Value[]): Value {
    const value = values[this.whole(label, 0, values.length)];
    if (value === undefined) throw new RangeError(`There is nothing to pick for ${label}.`);
    return value;
  }
}

const hashes = new Map<string, number>();

/** FNV-1a of a label; there are few labels, so each is computed once. */
export function textHash(text: string): number {
  const known = hashes.get(text);
  if (known !== undefined) return known;
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index++) hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  if (hashes.size < 10_000) hashes.set(text, hash >>> 0);
  return hash >>> 0;
}

/** A finaliser of 32 bits (lowbias32): each bit of the input flips half of the output. */
export function mix(value: number): number {
  let bits = value >>> 0;
  bits = Math.imul(bits ^ (bits >>> 16), 0x7feb352d);
  bits = Math.imul(bits ^ (bits >>> 15), 0x846ca68b);
  return (bits ^ (bits >>> 16)) >>> 0;
}
