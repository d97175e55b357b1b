/** What a page of calls tells somebody who does not see all of them. */
import type { FoundCalls } from '../shared/rows/search-calls.ts';
import { placeInDay } from '../shared/rules/table/by-day.ts';
import { SECOND, toIso } from '../shared/rules/values/instant.ts';

/**
 * The page, with a `next` that names nobody else's call. Where a search pauses among calls that are not shown, its place holds the SID of one:
 * the end of that second takes its place, and what was found within the second is left to the next page.
 *
 * @param before where the search began: a pause cannot lie before it
 */
export function pageOfTeams({ found, next }: FoundCalls, { before }: { readonly before: string }): FoundCalls {
  const last = found.at(-1);
  if (next === undefined || (last && next === placeInDay(Date.parse(last.at), last.callSid))) return page(found, next);
  const [time = '', sid] = next.split('#', 2);
  const end = sid === undefined ? next : toIso((Math.floor(Date.parse(time) / SECOND) + 1) * SECOND);
  const place = end < before ? end : before;
  return page(
    found.filter(({ at }) => at >= place),
    place,
  );
}

const page = (found: FoundCalls['found'], next: string | undefined): FoundCalls => ({
  found,
  ...(next !== undefined && { next }),
});
