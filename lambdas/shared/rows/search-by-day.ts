/** Finds recordings by when they began, the newest first. */
import type { DayCandidate, RecordingIndex } from '../ports/table.ts';
import { shardsOfDay } from '../rules/table/by-day.ts';
import type { RecordingState } from '../rules/table/row-parts.ts';
import { toIso } from '../rules/values/instant.ts';
import { dayByDay, type Page, type Span } from './day-by-day.ts';

export interface SearchByDay extends Span {
  readonly state: RecordingState | undefined;
}

/**
 * The index may be behind: the rows themselves decide.
 *
 * @param mayGoOn asked after each day; once it says no, what was found so far is the answer
 */
export function searchByDay(
  index: RecordingIndex,
  { state, ...span }: SearchByDay,
  mayGoOn: (found: number) => boolean = () => true,
): Promise<Page<DayCandidate>> {
  const { from, before } = span;
  const ofDay = async (day: string, wanted: number) => {
    const ofShards = await Promise.all(
      shardsOfDay(day).map((shard) => index.ofDay({ shard, from: toIso(from), before, limit: wanted, state })),
    );
    return ofShards.flat().sort((one, other) => (one.place < other.place ? 1 : -1));
  };
  return dayByDay(span, ofDay, mayGoOn);
}
