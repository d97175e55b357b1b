/**
 * Checks of single configuration values. Each returns the checked value or throws an {@link Unacceptable} that says what would
 * be acceptable; none stops the others, so that all problems of a file are reported together.
 */

import { Token } from 'aws-cdk-lib';

/** A value that cannot be used; the message says what to put there instead. */
export class Unacceptable extends Error {
  override readonly name = 'Unacceptable';
}

/** Returns the value in its checked type, or throws {@link Unacceptable}. */
export type Check<T> = (value: unknown) => T;

/** JSON of a value for a message, cut so that a wrong paste does not fill the terminal. */
export function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}

/** Throws with the wording that every check shares: what was expected, and what was found. */
export function refuse(expected: string, value: unknown): never {
  throw new Unacceptable(`must be ${expected}, but ${value === undefined ? 'is missing' : `is ${shown(value)}`}`);
}

export function oneOf<T extends string>(allowed: readonly T[]): Check<T> {
  return (value) =>
    allowed.find((candidate) => candidate === value) ?? refuse(`one of ${allowed.map(shown).join(', ')}`, value);
}

export function wholeNumber(minimum: number, maximum: number, unit: string, why = ''): Check<number> {
  return (value) =>
    typeof value === 'number' && Number.isInteger(value) && value >= minimum && value <= maximum
      ? value
      : refuse(`a whole number of ${unit} from ${minimum} to ${maximum}${why && ` (${why})`}`, value);
}

export function oneOfNumbers(allowed: readonly number[], unit: string): Check<number> {
  return (value) =>
    allowed.find((candidate) => candidate === value) ??
    refuse(`a number of ${unit} among ${allowed.join(', ')}`, value);
}

export function matching(pattern: RegExp, expected: string): Check<string> {
  return (value) => (typeof value === 'string' && pattern.test(value) ? value : refuse(expected, value));
}

export function trueOrFalse(value: unknown): boolean {
  return typeof value === 'boolean' ? value : refuse('true or false', value);
}

/** A list, each element of which passes the check, and of which none comes twice. */
export function listOf<T>(check: Check<T>, elements: string): Check<readonly T[]> {
  return (value) => {
    if (!Array.isArray(value)) return refuse(`a list of ${elements}`, value);
    const repeated = value.find((element, index) => value.indexOf(element) !== index);
    if (repeated !== undefined) throw new Unacceptable(`has ${shown(repeated)} twice`);
    return value.map((element, index) => {
      try {
        return check(element);
      } catch (error) {
        if (!(error instanceof Unacceptable)) throw error;
        throw new Unacceptable(`element ${index + 1}: ${error.message}`);
      }
    });
  };
}

/** Lets a value pass that only the deployment knows, such as the name of a resource of the same CDK app. */
export function orToken(check: Check<string>): Check<string> {
  return (value) => (typeof value === 'string' && Token.isUnresolved(value) ? value : check(value));
}

/** An ARN of a service's resource in any partition, with region and account. */
export function arn(service: string, form: string, resource: RegExp): Check<string> {
  const expected = `an ARN such as "arn:aws:${service}:us-east-1:111122223333:${form}"`;
  return orToken((value) => {
    if (typeof value !== 'string') return refuse(expected, value);
    const [prefix, partition, named, region, account, ...rest] = value.split(':');
    const acceptable =
      prefix === 'arn' &&
      /^aws(-[a-z]+)*$/.test(partition ?? '') &&
      named === service &&
      /^[a-z]{2}(-[a-z]+)+-\d$/.test(region ?? '') &&
      /^\d{12}$/.test(account ?? '') &&
      resource.test(rest.join(':'));
    return acceptable ? value : refuse(expected, value);
  });
}

/** Text with something in it, at most `maximum` characters. */
export function text(maximum: number): Check<string> {
  return (value) =>
    typeof value === 'string' && value.trim() !== '' && value.length <= maximum
      ? value
      : refuse(`a text of 1 to ${maximum} characters`, value);
}

/** A telephone number in E.164, the only form that Twilio dials in every country. */
export const telephoneNumber = matching(
  /^\+[1-9]\d{6,14}$/,
  'a telephone number in E.164, that is + and country code and digits only, such as "+14155550123"',
);

/** A BCP 47 language tag such as `en-US`. */
export function languageTag(value: unknown): string {
  const expected = 'a language tag such as "en-US"';
  if (typeof value !== 'string' || value === '') return refuse(expected, value);
  try {
    new Intl.Locale(value);
    return value;
  } catch (error) {
    if (error instanceof RangeError) return refuse(expected, value);
    throw error;
  }
}

interface UrlRules {
  readonly protocol: 'https:' | 'wss:';
  readonly example: string;
  /** Whether a path may follow the host. */
  readonly path: boolean;
  /** Whether a query may follow the path. */
  readonly query?: boolean;
  /** In characters. */
  readonly maximum?: number;
}

/** A URL without credentials or fragment. Where no query is allowed, a trailing slash is dropped, since paths are appended. */
export function url({ protocol, example, path, query = false, maximum = 512 }: UrlRules): Check<string> {
  const form = path ? (query ? '' : ' without a query') : ' without a path';
  const expected = `${protocol === 'https:' ? 'an' : 'a'} ${protocol}// URL${form}, such as "${example}"`;
  return (value) => {
    if (typeof value !== 'string' || !URL.canParse(value)) return refuse(expected, value);
    const parsed = new URL(value);
    const acceptable =
      parsed.protocol === protocol &&
      parsed.username === '' &&
      parsed.password === '' &&
      !value.includes('#') &&
      (query || !value.includes('?')) &&
      (path || parsed.pathname === '/');
    if (!acceptable) return refuse(expected, value);
    if (value.length > maximum) return refuse(`a URL of at most ${maximum} characters`, value);
    return query ? value : value.replace(/\/+$/, '');
  };
}

/** Whether the value is an object in the sense of JSON. */
export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The checks of an object's fields; a field may be left out where `undefined` passes its check. */
export type Fields<T> = { readonly [name in keyof T]-?: Check<T[name] | undefined> };

/**
 * Checks each of the given fields, and that no other is given; a field that is missing is not looked at.
 *
 * @returns the fields that passed, and what is wrong with the others
 */
export function collect<T extends object>(
  given: Record<string, unknown>,
  checks: Fields<T>,
): { readonly checked: Partial<T>; readonly problems: readonly string[] } {
  const known: { readonly [name: string]: Check<unknown> } = checks;
  const problems: string[] = [];
  const checked: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(given)) {
    const check = Object.hasOwn(known, name) ? known[name] : undefined;
    if (check === undefined) {
      problems.push(`unknown key ${unknownKey(name, Object.keys(known))}`);
      continue;
    }
    try {
      const accepted = check(value);
      if (accepted !== undefined) checked[name] = accepted;
    } catch (error) {
      if (!(error instanceof Unacceptable)) throw error;
      problems.push(`${name}: ${error.message}`);
    }
  }
  // Each field went through the check of its own name, so the types hold.
  return { checked: checked as Partial<T>, problems };
}

/** As {@link collect}, for an object that must be whole: what is missing is checked too, all problems are in one message. */
export function fields<T extends object>(given: Record<string, unknown>, checks: Fields<T>): T {
  const missing = Object.fromEntries(Object.keys(checks).map((name) => [name, undefined]));
  const { checked, problems } = collect<T>({ ...missing, ...given }, checks);
  if (problems.length > 0) throw new Unacceptable(problems.join('; '));
  return checked as T;
}

/** Lets a field be left out. */
export function optional<T>(check: Check<T>): Check<T | undefined> {
  return (value) => (value === undefined ? undefined : check(value));
}

/** `"stgae", did you mean "stage"?`, or the list of known keys where none is near. */
export function unknownKey(key: string, known: readonly string[]): string {
  const nearest = known
    .map((candidate) => ({ candidate, distance: distanceOf(key.toLowerCase(), candidate.toLowerCase()) }))
    .sort((a, b) => a.distance - b.distance)[0];
  return nearest !== undefined && nearest.distance <= Math.max(2, nearest.candidate.length / 3)
    ? `"${key}"; did you mean "${nearest.candidate}"?`
    : `"${key}"; known keys are ${known.join(', ')}`;
}

function distanceOf(key: string, candidate: string): number {
  const cutShort = key.length >= 3 && candidate.startsWith(key);
  return cutShort ? 1 : editDistance(key, candidate);
}

/** Levenshtein's distance: how many letters must be put in, taken out or exchanged to get from one text to the other. */
function editDistance(from: string, to: string): number {
  let previous = Array.from({ length: to.length + 1 }, (_, column) => column);
  for (let row = 1; row <= from.length; row++) {
    const current = [row];
    for (let column = 1; column <= to.length; column++) {
      const exchanged = (previous[column - 1] ?? 0) + (from[row - 1] === to[column - 1] ? 0 : 1);
      current.push(Math.min((previous[column] ?? 0) + 1, (current[column - 1] ?? 0) + 1, exchanged));
    }
    previous = current;
  }
  return previous[to.length] ?? 0;
}
