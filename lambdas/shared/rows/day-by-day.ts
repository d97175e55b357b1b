/** Pages through what stands under days, the newest first. */
import { daysBack, startOfDay } from '../rules/table/by-day.ts';
import { type Instant, toIso } from '../rules/values/instant.ts';

export interface Span {
  readonly from: Instant;
  /** ISO time, or a place; not included. */
  readonly before: string;
  readonly limit: number;
}

export interface Page<Entry> {
  readonly found: readonly Entry[];
  /** There may be more, before this place. */
  readonly next?: string;
}

/**
 * @param ofDay up to `wanted` entries of a day, the newest first
 * @param mayGoOn asked after each day; once it says no, what was found so far is the answer
 */
export async function dayByDay<Entry extends { readonly place: string }>(
  { from, before, limit }: Span,
  ofDay: (day: string, wanted: number) => Promise<readonly Entry[]>,
  mayGoOn: (found: number) => boolean,
): Promise<Page<Entry>> {
  const found: Entry[] = [];
  for (const day of daysBack(from, before)) {
    // One more than is asked for tells whether there is more.
    found.push(...(await ofDay(day, limit + 1 - found.length)));
    if (found.length > limit) break;
    // Behind the first day there is nothing to go on with.
    if (startOfDay(day) > toIso(from) && !mayGoOn(found.length)) return { found, next: startOfDay(day) };
  }
  return cutPage(found, limit);
}

/** @param found one more than `limit`, where there are more */
export function cutPage<Entry extends { readonly place: string }>(found: readonly Entry[], limit: number): Page<Entry> {
  const last = found[limit - 1];
  return found.length > limit && last ? { found: found.slice(0, limit), next: last.place } : { found };
}
