/** Times as people write them. */
import type { Instant } from './instant.ts';

const TIME = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?(Z|[+-]\d{2}:\d{2}))?$/;

/**
 * The instant that `2026-01-31` (its midnight in UTC) or `2026-01-31T08:00:00Z` names. Only forms whose meaning does not
 * depend on a machine's time zone; `undefined` for all others, and for days that there are not.
 */
export function readTime(text: string): Instant | undefined {
  if (!TIME.test(text)) return undefined;
  const instant = Date.parse(text);
  // Date.parse takes the 31st of February for the 3rd of March in some forms.
  const [, day = ''] = /^\d{4}-\d{2}-(\d{2})/.exec(text) ?? [];
  const midnight = Date.parse(text.slice(0, 10));
  if (Number.isNaN(instant) || Number.isNaN(midnight)) return undefined;
  return new Date(midnight).toISOString().slice(8, 10) === day ? instant : undefined;
}
