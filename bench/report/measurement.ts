/** What a row of the benchmark measures, and how numbers become a judgement. */

/** Several values of one measure: the median, and how far they lie apart. */
export interface Spread {
  readonly median: number;
  readonly minimum: number;
  readonly maximum: number;
  readonly samples: number;
}

/** A goal for a ratio, or for a figure that has no baseline but its own goal. */
export interface Goal {
  readonly compare: 'at least' | 'at most';
  readonly value: number;
}
export const atLeast = (value: number): Goal => ({ compare: 'at least', value });
export const atMost = (value: number): Goal => ({ compare: 'at most', value });

export interface Measurement {
  /** Number of the row in docs/performance.md. */
  readonly row: number;
  /** The part of the row, such as a step's name. */
  readonly of: string;
  /** As text with a unit. */
  readonly baseline: string;
  readonly ours: string;
  /** What the goal is about: paired ratios, or the figure itself. */
  readonly ratio: Spread;
  readonly goal: Goal;
  readonly met: boolean;
  /** What a reader has to know beside the figures. */
  readonly note?: string;
}

/** @throws Error without any value */
export function spread(values: readonly number[]): Spread {
  const sorted = [...values].sort((a, b) => a - b);
  const [minimum, maximum] = [sorted[0], sorted.at(-1)];
  if (minimum === undefined || maximum === undefined) throw new Error('There is nothing to take a median of.');
  return { median: percentile(sorted, 0.5), minimum, maximum, samples: sorted.length };
}

/** The value below which `share` (0 to 1) of the values lie, between two values in proportion. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  const position = (sorted.length - 1) * share;
  const below = sorted[Math.floor(position)];
  const above = sorted[Math.ceil(position)];
  if (below === undefined || above === undefined) throw new Error('There is nothing to take a percentile of.');
  return below + (above - below) * (position - Math.floor(position));
}

/** Each value over its partner of the same round, so that what disturbs the machine for a while disturbs both. */
export function pairedRatios(over: readonly number[], under: readonly number[]): Spread {
  if (over.length !== under.length) throw new Error(`${over.length} values cannot be paired with ${under.length}.`);
  return spread(over.map((value, index) => value / (under[index] ?? Number.NaN)));
}

export const isMet = ({ compare, value }: Goal, figure: number): boolean =>
  compare === 'at least' ? figure >= value : figure <= value;

/** A measurement whose ratio is judged by its median. */
export function measured(parts: Omit<Measurement, 'met'>): Measurement {
  return { ...parts, met: isMet(parts.goal, parts.ratio.median) };
}

/**
 * Runs each variant once a round. Every other round goes backwards, so that none is always the one that finds the
 * machine warm.
 */
export async function interleave<Name extends string, Value>(
  rounds: number,
  variants: { readonly [name in Name]: (round: number) => Promise<Value> },
): Promise<{ readonly [name in Name]: readonly Value[] }> {
  const names = Object.keys(variants) as Name[];
  const values = Object.fromEntries(names.map((name) => [name, [] as Value[]])) as { [name in Name]: Value[] };
  for (let round = 0; round < rounds; round += 1) {
    for (const name of round % 2 === 0 ? names : names.toReversed()) values[name].push(await variants[name](round));
  }
  return values;
}
