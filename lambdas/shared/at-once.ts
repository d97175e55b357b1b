/** Many requests, so many at a time: more would wait for the environment's share of a processor until their time is up. */

/** @returns what became of each item, in order; one that fails keeps no other from its turn */
export async function settledAtOnce<Item, Result>(
  atOnce: number,
  items: readonly Item[],
  work: (item: Item) => Promise<Result>,
): Promise<PromiseSettledResult<Result>[]> {
  const results: PromiseSettledResult<Result>[] = [];
  for (let start = 0; start < items.length; start += atOnce) {
    results.push(...(await Promise.allSettled(items.slice(start, start + atOnce).map(work))));
  }
  return results;
}
