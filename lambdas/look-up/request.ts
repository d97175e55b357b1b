/** What is asked of the look-ups, read and checked. */
import type { IamRequest } from '../shared/entry/iam-request.ts';
import type { CallFilter } from '../shared/rules/call/call-entry.ts';
import { OUTCOMES } from '../shared/rules/call/outcome.ts';
import { isPolicyName } from '../shared/rules/call/policy.ts';
import { RECORDING_STATES } from '../shared/rules/recording/recording.ts';
import type { RecordingState } from '../shared/rules/table/row-parts.ts';
import { HOUR, type Instant, toIso } from '../shared/rules/values/instant.ts';
import { isPhoneNumber } from '../shared/rules/values/phone-number.ts';
import { isCallSid } from '../shared/rules/values/sids.ts';
import { readTime } from '../shared/rules/values/time-text.ts';

/** API Gateway's event, as far as it is used. */
export interface LookUpRequest extends IamRequest {
  /** One of the routes, such as `GET /recordings`. */
  readonly routeKey: string;
  readonly queryStringParameters?: Given;
}

type Given = { readonly [name: string]: string | undefined };

/** A page of a list by day. */
export interface PageRequest {
  /** What began from `from` on … */
  readonly from: Instant;
  /** … before this place in the index by day. */
  readonly before: string;
  readonly to: Instant;
  readonly limit: number;
}

/** What is asked of `GET /recordings`. */
export interface ListRequest extends PageRequest, WithLinks {
  readonly state: RecordingState | undefined;
}

export interface WithLinks {
  /** Whether links are issued, which the audit counts as plays. */
  readonly withLinks: boolean;
}

/** What is asked of `GET /calls`. */
export interface CallsRequest extends PageRequest {
  readonly filter: CallFilter;
  /** The other party's number. No log line, and no entry of the audit, has it. */
  readonly party: string | undefined;
}

/** What is asked of `GET /audit`. */
export interface AuditRequest extends PageRequest {
  readonly callSid: string | undefined;
}

/** All that is wrong with a request. */
export interface Refused {
  readonly problems: readonly string[];
}

export const LIMIT_DEFAULT = 50;
export const LIMIT_MAX = 200;
/** A request looks at no more days: each is a partition, or several, to be asked. */
export const RANGE_MAX_MS = 31 * 24 * HOUR;
const RANGE_DEFAULT_MS = 24 * HOUR;

const OF_PAGE = ['from', 'to', 'limit', 'next'] as const;
const OF_RECORDINGS = [...OF_PAGE, 'state', 'links'] as const;
const OF_AUDIT = [...OF_PAGE, 'callSid'] as const;
const OF_CALL = ['links'] as const;
const OF_CALLS = [...OF_PAGE, 'number', 'party', 'team', 'state', 'minSeconds', 'maxSeconds'] as const;
const NUMBER = 'a number such as %2B14155550123: + is written as %2B';
const TIME = 'a time such as 2026-01-31 or 2026-01-31T08:00:00Z, with + written as %2B';

/** All problems together, or the request. */
export function readListRequest(given: Given, now: Instant): ListRequest | Refused {
  const parameters = new Parameters(given, OF_RECORDINGS);
  const page = readPage(parameters, now);
  const state = parameters.oneOf('state', RECORDING_STATES);
  return parameters.refusedOr({ ...page, state, withLinks: readLinks(parameters) });
}

/** All problems together, or the request. */
export function readCallsRequest(given: Given, now: Instant): CallsRequest | Refused {
  const parameters = new Parameters(given, OF_CALLS);
  const party = parameters.fitting('party', isPhoneNumber, NUMBER);
  // What is known of one party is one partition, however long ago it was.
  const page = readPage(parameters, now, party === undefined ? undefined : 0);
  const filter = {
    number: parameters.fitting('number', isPhoneNumber, NUMBER),
    team: parameters.fitting('team', isPolicyName, 'a name of lowercase letters, digits and hyphens'),
    state: parameters.oneOf('state', OUTCOMES),
    minSeconds: parameters.wholeNumber('minSeconds', 0, SECONDS_MAX),
    maxSeconds: parameters.wholeNumber('maxSeconds', 0, SECONDS_MAX),
  };
  const { minSeconds = 0, maxSeconds = SECONDS_MAX } = filter;
  if (minSeconds > maxSeconds) parameters.problems.push('minSeconds must be at most maxSeconds.');
  return parameters.refusedOr({ ...page, filter, party });
}

const SECONDS_MAX = 999_999;

/** All problems together, or the request. */
export function readAuditRequest(given: Given, now: Instant): AuditRequest | Refused {
  const parameters = new Parameters(given, OF_AUDIT);
  const callSid = parameters.fitting('callSid', isCallSid, 'CA and 32 hex digits in lowercase letters');
  // What is known of one call is one partition, however long ago it was.
  const page = readPage(parameters, now, callSid === undefined ? undefined : 0);
  return parameters.refusedOr({ ...page, callSid });
}

/** All problems together, or the request. */
export function readCallRequest(given: Given): WithLinks | Refused {
  const parameters = new Parameters(given, OF_CALL);
  return parameters.refusedOr({ withLinks: readLinks(parameters) });
}

const readLinks = (parameters: Parameters): boolean => parameters.oneOf('links', ['off']) !== 'off';

/** What a list was limited to, for the audit: the parameters, with the range that was taken. */
export const filterOf = (given: Given, { from, to }: Pick<PageRequest, 'from' | 'to'>): { [name: string]: string } => {
  const { next: _place, ...own } = given;
  const named = Object.entries(own).filter((one): one is [string, string] => one[1] !== undefined);
  return { ...Object.fromEntries(named), from: toIso(from), to: toIso(to) };
};

/** @param earliest the default of `from` where the range may have any length */
function readPage(parameters: Parameters, now: Instant, earliest?: Instant): PageRequest {
  const { given, problems } = parameters;
  const to = parameters.time('to') ?? now;
  const from = parameters.time('from') ?? earliest ?? to - RANGE_DEFAULT_MS;
  if (from >= to) problems.push('from must be before to (which is now, if it is not given).');
  if (earliest === undefined && to - from > RANGE_MAX_MS) {
    problems.push('from and to may be 31 days apart at most: ask for the range in parts.');
  }
  const limit = parameters.wholeNumber('limit', 1, LIMIT_MAX) ?? LIMIT_DEFAULT;
  const before = given.next === undefined ? toIso(to) : readCursor(given.next);
  if (before === undefined || before > toIso(to) || before < toIso(from)) {
    problems.push('next must be what the previous reply gave, with the same from and to.');
  }
  return { from, to, before: before ?? '', limit };
}

/** The parameters of one request; what is wrong with them is collected. */
class Parameters {
  readonly problems: string[];
  readonly given: Given;

  constructor(given: Given, names: readonly string[]) {
    this.given = given;
    this.problems = Object.keys(given)
      .filter((name) => !names.includes(name))
      .map((name) => `Unknown parameter${shown(name)}. Valid parameters: ${names.join(', ')}.`);
  }

  refusedOr<Request>(request: Request): Request | Refused {
    return this.problems.length > 0 ? { problems: this.problems } : request;
  }

  fitting(name: string, fits: (text: string) => boolean, mustBe: string): string | undefined {
    const text = this.given[name];
    if (text !== undefined && !fits(text)) this.problems.push(`${name} must be ${mustBe}.`);
    return text;
  }

  time(name: string): Instant | undefined {
    const text = this.fitting(name, (given) => readTime(given) !== undefined, TIME);
    return text === undefined ? undefined : readTime(text);
  }

  oneOf<Value extends string>(name: string, values: readonly Value[]): Value | undefined {
    const isValue = (text: string) => values.some((value) => value === text);
    const text = this.fitting(name, isValue, `one of ${values.join(', ')}`);
    return values.find((value) => value === text);
  }

  wholeNumber(name: string, min: number, max: number): number | undefined {
    const isOne = (text: string) => /^\d{1,6}$/.test(text) && Number(text) >= min && Number(text) <= max;
    const text = this.fitting(name, isOne, `a number from ${min} to ${max}`);
    return text === undefined ? undefined : Number(text);
  }
}

const PLACE = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z(#[\w-]{1,64})?$/;

/** A place in the index by day, as a text that nobody should take apart. */
export const cursorOf = (place: string): string => Buffer.from(place).toString('base64url');

function readCursor(text: string): string | undefined {
  const place = Buffer.from(text, 'base64url').toString('latin1');
  return PLACE.test(place) && !Number.isNaN(Date.parse(place.slice(0, 24))) ? place : undefined;
}

/** A name from outside is quoted in the reply only as far as it is one. */
const shown = (name: string): string => (/^[\w-]{1,40}$/.test(name) ? ` ${name}` : '');
