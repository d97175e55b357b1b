/** Finds recordings by when they began, the newest first. */
import type { DayCandidate, RecordingIndex } from '../ports/table.ts';
import { daysBack, shardsOfDay, startOfDay } from '../rules/table/by-day.ts';
import type { RecordingState } from '../rules/table/rows.ts';
import { type Instant, toIso } from '../rules/values/instant.ts';

export interface SearchByDay {
  readonly from: Instant;
  /** ISO time, or a place in the index; not included. */
  readonly before: string;
  readonly state: RecordingState | undefined;
  readonly limit: number;
}

export interface FoundByDay {
  /** The index may be behind: the rows themselves decide. */
  readonly found: readonly DayCandidate[];
  /** There may be more, before this place. */
  readonly next?: string;
}

/** @param mayGoOn asked after each day; once it says no, what was found so far is the answer */
export async function searchByDay(
  index: RecordingIndex,
  { from, before, state, limit }: SearchByDay,
  mayGoOn: (found: number) => boolean = () => true,
): Promise<FoundByDay> {
  const found: DayCandidate[] = [];
  for (const day of daysBack(from, before)) {
    // One more than is asked for tells whether there is more.
    const wanted = limit + 1 - found.length;
    const ofShards = await Promise.all(
      shardsOfDay(day).map((shard) => index.ofDay({ shard, from: toIso(from), before, limit: wanted, state })),
    );
    found.push(...ofShards.flat().sort((one, other) => (one.place < other.place ? 1 : -1)));
    const last = found[limit - 1];
    if (found.length > limit && last) return { found: found.slice(0, limit), next: last.place };
    // Behind the first day there is nothing to go on with.
    if (startOfDay(day) > toIso(from) && !mayGoOn(found.length)) return { found, next: startOfDay(day) };
  }
  return { found };
}
