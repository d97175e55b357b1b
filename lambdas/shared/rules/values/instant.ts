/** Instants are milliseconds since 1970 in UTC; durations say their unit in their name. */
export type Instant = number;

export const SECOND = 1000;
export const MINUTE = 60 * SECOND;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

/** ISO 8601 in UTC with milliseconds: text order is time order. */
export const toIso = (instant: Instant): string => new Date(instant).toISOString();

/** The instant that an ISO 8601 or RFC 2822 text names, or `undefined` where it names none. */
export function parseInstant(text: unknown): Instant | undefined {
  if (typeof text !== 'string') return undefined;
  const instant = Date.parse(text);
  return Number.isNaN(instant) ? undefined : instant;
}
