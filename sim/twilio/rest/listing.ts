/** Lists of calls and recordings: filters, order and paging. */
import { invalidParameter, type Reply } from '../errors.ts';
import type { TwilioSettings } from '../state.ts';

/** What a list needs to know of an item. Times are milliseconds since 1970. */
export interface Listed {
  readonly sid: string;
  readonly createdAt: number;
}

const PAGE_SIZE_DEFAULT = 50;
const PAGE_SIZE_MAXIMUM = 1000;
const DATE = /^\d{4}-\d{2}-\d{2}$/;
const DATE_TIME = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}:?\d{2})$/;
const DAY_MILLISECONDS = 86_400_000;

/**
 * A time filter such as `DateCreated`, `DateCreated<` and `DateCreated>`: a date, or a date and time.
 *
 * Twilio's page takes dates, and says that an inequality means that day's midnight; whether a time of day counts it does not say.
 */
export function timeFilter(
  name: string,
  query: URLSearchParams,
  filtersBy: TwilioSettings['filtersBy'],
): ((time: number) => boolean) | Reply {
  const tests: ((second: number) => boolean)[] = [];
  for (const sign of ['', '<', '>']) {
    const text = query.get(name + sign);
    if (text === null) continue;
    const given = parseTime(text);
    if (given === null) return invalidParameter(name + sign, 'YYYY-MM-DD or YYYY-MM-DDThh:mm:ssZ');
    const dateAlone = DATE.test(text) || filtersBy === 'day';
    const bound = dateAlone ? Math.floor(given / DAY_MILLISECONDS) * DAY_MILLISECONDS : given;
    // A date alone means its midnight in an inequality, and the whole day by itself.
    const end = dateAlone ? bound + DAY_MILLISECONDS - 1 : bound;
    if (sign === '<') tests.push((second) => second <= bound);
    else if (sign === '>') tests.push((second) => second >= bound);
    else tests.push((second) => second >= bound && second <= end);
  }
  // Twilio keeps whole seconds, and its dates in replies carry no more.
  return (time) => tests.every((test) => test(Math.floor(time / 1000) * 1000));
}

function parseTime(text: string): number | null {
  if (!DATE.test(text) && !DATE_TIME.test(text)) return null;
  const time = Date.parse(text);
  return Number.isNaN(time) ? null : time;
}

/**
 * One page, in the account's order of lists. The page token names the last item of the page before, so that neither a new nor a deleted
 * item shifts the pages.
 *
 * @param every all items, those that the filters leave out too, for the place of the page token
 */
export function page<T extends Listed>(
  { listOrder, largestPage }: Pick<TwilioSettings, 'listOrder' | 'largestPage'>,
  path: string,
  query: URLSearchParams,
  name: 'calls' | 'recordings' | 'incoming_phone_numbers',
  every: Iterable<T>,
  matches: (item: T) => boolean,
  render: (item: T) => object,
): Reply {
  const asked = wholeNumber(query.get('PageSize'), PAGE_SIZE_DEFAULT);
  const pageNumber = wholeNumber(query.get('Page'), 0);
  if (asked === null || asked < 1 || asked > PAGE_SIZE_MAXIMUM) {
    return invalidParameter('PageSize', `a whole number from 1 to ${PAGE_SIZE_MAXIMUM}`);
  }
  if (pageNumber === null) return invalidParameter('Page', 'a whole number from 0');
  const pageSize = Math.min(asked, largestPage);
  const inOrder = listOrder === 'newest-first' ? newestFirst : (one: T, other: T) => newestFirst(other, one);
  const ordered = [...every].sort(inOrder);
  const token = query.get('PageToken');
  const place = token === null ? null : ordered.find((item) => `PA${item.sid}` === token);
  if (place === undefined) return invalidParameter('PageToken', 'a token from next_page_uri');
  const matching = ordered.filter(matches);
  const from = place
    ? matching.findIndex((item) => inOrder(item, place) > 0)
    : Math.min(pageNumber * pageSize, matching.length);
  const items = from < 0 ? [] : matching.slice(from, from + pageSize);
  const last = items.at(-1);
  const more = last !== undefined && from + pageSize < matching.length;
  const start = pageNumber * pageSize;
  return {
    status: 200,
    body: {
      first_page_uri: pageUri(path, query, pageSize, 0, null),
      // Without items there is no end to tell; Twilio then repeats the start.
      end: start + Math.max(0, items.length - 1),
      previous_page_uri: pageNumber === 0 ? null : pageUri(path, query, pageSize, pageNumber - 1, null),
      [name]: items.map(render),
      uri: pageUri(path, query, pageSize, pageNumber, token),
      page_size: pageSize,
      start,
      next_page_uri: more ? pageUri(path, query, pageSize, pageNumber + 1, `PA${last.sid}`) : null,
      page: pageNumber,
    },
  };
}

function newestFirst(one: Listed, other: Listed): number {
  return other.createdAt - one.createdAt || (one.sid < other.sid ? -1 : one.sid > other.sid ? 1 : 0);
}

function pageUri(path: string, query: URLSearchParams, size: number, number: number, token: string | null): string {
  const parameters = new URLSearchParams(query);
  parameters.set('PageSize', String(size));
  parameters.set('Page', String(number));
  parameters.delete('PageToken');
  if (token !== null) parameters.set('PageToken', token);
  return `${path}?${parameters}`;
}

function wholeNumber(text: string | null, fallback: number): number | null {
  if (text === null) return fallback;
  return /^\d{1,9}$/.test(text) ? Number(text) : null;
}
