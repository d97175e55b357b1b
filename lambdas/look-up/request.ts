/** What is asked of the look-ups, read and checked. */
import type { IamRequest } from '../shared/entry/iam-request.ts';
import { RECORDING_STATES } from '../shared/rules/recording/recording.ts';
import type { RecordingState } from '../shared/rules/table/rows.ts';
import { HOUR, type Instant, toIso } from '../shared/rules/values/instant.ts';
import { readTime } from '../shared/rules/values/time-text.ts';

/** API Gateway's event, as far as it is used. */
export interface LookUpRequest extends IamRequest {
  /** `GET /calls/{callSid}` or `GET /recordings`. */
  readonly routeKey: string;
  readonly queryStringParameters?: { readonly [name: string]: string | undefined };
}

/** What is asked of `GET /recordings`. */
export interface ListRequest {
  /** Recordings that began from `from` on … */
  readonly from: Instant;
  /** … before this place in the index by day. */
  readonly before: string;
  readonly to: Instant;
  readonly state: RecordingState | undefined;
  readonly limit: number;
}

export const LIMIT_DEFAULT = 50;
export const LIMIT_MAX = 200;
/** A request looks at no more days: each is a partition, or several, to be asked. */
export const RANGE_MAX_MS = 31 * 24 * HOUR;
const RANGE_DEFAULT_MS = 24 * HOUR;

const PARAMETERS: readonly string[] = ['from', 'to', 'state', 'limit', 'next'];
const TIME = 'a time such as 2026-01-31 or 2026-01-31T08:00:00Z, with + written as %2B';

/** All problems together, or the request. */
export function readListRequest(
  given: { readonly [name: string]: string | undefined },
  now: Instant,
): ListRequest | { readonly problems: readonly string[] } {
  const problems = Object.keys(given)
    .filter((name) => !PARAMETERS.includes(name))
    .map((name) => `${shown(name)} is no parameter: there are ${PARAMETERS.join(', ')}.`);
  const time = (name: 'from' | 'to'): Instant | undefined => {
    const text = given[name];
    const read = text === undefined ? undefined : readTime(text);
    if (text !== undefined && read === undefined) problems.push(`${name} must be ${TIME}.`);
    return read;
  };
  const to = time('to') ?? now;
  const from = time('from') ?? to - RANGE_DEFAULT_MS;
  if (from >= to) problems.push('from must be before to (which is now, if it is not given).');
  if (to - from > RANGE_MAX_MS) problems.push('from and to may be 31 days apart at most: ask for the range in parts.');
  const state = RECORDING_STATES.find((one) => one === given.state);
  if (given.state !== undefined && !state) problems.push(`state must be one of ${RECORDING_STATES.join(', ')}.`);
  const limit = given.limit ?? String(LIMIT_DEFAULT);
  if (!/^\d{1,3}$/.test(limit) || Number(limit) < 1 || Number(limit) > LIMIT_MAX) {
    problems.push(`limit must be a number from 1 to ${LIMIT_MAX}.`);
  }
  const before = given.next === undefined ? toIso(to) : readCursor(given.next);
  if (before === undefined || before > toIso(to) || before < toIso(from)) {
    problems.push('next must be what the reply before gave, with the same from and to.');
  }
  if (problems.length > 0 || before === undefined) return { problems };
  return { from, to, before, state, limit: Number(limit) };
}

const PLACE = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z(#RE[0-9a-f]{32})?$/;

/** A place in the index by day, as a text that nobody should take apart. */
export const cursorOf = (place: string): string => Buffer.from(place).toString('base64url');

function readCursor(text: string): string | undefined {
  const place = Buffer.from(text, 'base64url').toString('latin1');
  return PLACE.test(place) && !Number.isNaN(Date.parse(place.slice(0, 24))) ? place : undefined;
}

/** A name from outside is quoted in the reply only as far as it is one. */
const shown = (name: string): string => (/^[\w-]{1,40}$/.test(name) ? name : 'One of the names');
