/** What the checks of options are made of. A message follows the option's name and says what would be acceptable. */
import { Token } from 'aws-cdk-lib';
import { distance } from 'fastest-levenshtein';
import * as v from 'valibot';

/** Returns a value in its type, changed where need be, or says what is wrong with it. */
export type Check<T> = v.GenericSchema<T>;

/** JSON of a value for a message, cut so that a wrong paste does not fill the terminal. */
export function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}

/** The wording that every check shares: what was expected, and what was found. */
export const mustBe =
  (expected: string) =>
  ({ input }: { readonly input: unknown }): string =>
    `must be ${expected}, but ${input === undefined ? 'is missing' : `is ${shown(input)}`}`;

export const mustBeOneOf = (allowed: readonly string[]) => mustBe(`one of ${allowed.map(shown).join(', ')}`);

export const oneOf = <const T extends string>(allowed: readonly T[]) => v.picklist(allowed, mustBeOneOf(allowed));

export function wholeNumber(minimum: number, maximum: number, unit: string, why = '') {
  const message = mustBe(`a whole number of ${unit} from ${minimum} to ${maximum}${why && ` (${why})`}`);
  return v.pipe(v.number(message), v.integer(message), v.minValue(minimum, message), v.maxValue(maximum, message));
}

export function matching(pattern: RegExp, expected: string) {
  const message = mustBe(expected);
  return v.pipe(v.string(message), v.regex(pattern, message));
}

/** Text with something in it, at most `maximum` characters. */
export function text(maximum: number) {
  const message = mustBe(`a text of 1 to ${maximum} characters`);
  return v.pipe(v.string(message), v.regex(/\S/, message), v.maxLength(maximum, message));
}

/** A list, each element of which passes the check, and of which none comes twice. */
export function listOf<T>(check: Check<T>, elements: string) {
  const repeatedIn = (list: readonly T[]) => list.find((element, index) => list.indexOf(element) !== index);
  return v.pipe(
    v.array(check, mustBe(`a list of ${elements}`)),
    v.check(
      (list) => repeatedIn(list) === undefined,
      ({ input }) => `has ${shown(repeatedIn(input))} twice`,
    ),
  );
}

/** Lets a value pass that only the deployment knows, such as the name of a resource of the same CDK app. */
export const orToken = (check: Check<string>): Check<string> =>
  v.lazy((value) => (typeof value === 'string' && Token.isUnresolved(value) ? v.string() : check));

/** An ARN of a service's resource in any partition, with region and account. `resource` is a regular expression. */
export function arn(service: string, form: string, resource: string): Check<string> {
  const pattern = `^arn:aws(-[a-z]+)*:${service}:[a-z]{2}(-[a-z]+)+-\\d:\\d{12}:${resource}$`;
  const example = `"arn:aws:${service}:us-east-1:111122223333:${form}"`;
  return orToken(matching(new RegExp(pattern), `an ARN such as ${example}`));
}

export const domainName = orToken(
  matching(/^([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)+[a-z]{2,}$/, 'a domain name in lowercase letters'),
);

/** A telephone number in E.164, the only form that Twilio dials in every country. */
export const telephoneNumber = matching(
  /^\+[1-9]\d{6,14}$/,
  'a telephone number in E.164, that is + and country code and digits only, such as "+14155550123"',
);

/** A BCP 47 language tag such as `en-US`. */
export const languageTag = v.custom<string>((value) => {
  try {
    return typeof value === 'string' && new Intl.Locale(value).baseName !== '';
  } catch (error) {
    if (error instanceof RangeError) return false;
    throw error;
  }
}, mustBe('a language tag such as "en-US"'));

interface UrlRules {
  readonly protocol: 'https:' | 'wss:';
  readonly example: string;
  /** Whether a query may follow the path. */
  readonly query?: boolean;
  /** In characters. */
  readonly maximum?: number;
}

/** A URL without credentials or fragment. Where no query is allowed, a trailing slash is dropped, since paths are appended. */
export function url({ protocol, example, query = false, maximum = 512 }: UrlRules) {
  const isAcceptable = (value: unknown): boolean => {
    if (typeof value !== 'string' || !URL.canParse(value)) return false;
    const parsed = new URL(value);
    const isPlain = parsed.username === '' && parsed.password === '' && !value.includes('#');
    return parsed.protocol === protocol && isPlain && (query || !value.includes('?'));
  };
  const article = protocol === 'https:' ? 'an' : 'a';
  const expected = `${article} ${protocol}// URL${query ? '' : ' without a query'}, such as "${example}"`;
  return v.pipe(
    v.custom<string>(isAcceptable, mustBe(expected)),
    v.check((value) => value.length <= maximum, mustBe(`a URL of at most ${maximum} characters`)),
    v.transform((value) => (query ? value : value.replace(/\/+$/, ''))),
  );
}

/** Whether the value is an object in the sense of JSON. */
export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The checks of an object's fields; a field may be left out where `undefined` passes its check. */
export type Fields<T> = { readonly [name in keyof T]-?: Check<T[name] | undefined> };

/** An object with these fields and no other. All that is wrong with it is told, each problem with the field's name. */
export function object<T extends object>(checks: Fields<T>, example = '{…}'): Check<T> {
  const missing = Object.fromEntries(Object.keys(checks).map((name) => [name, undefined]));
  return v.pipe(
    v.custom<T>(isObject, mustBe(`an object such as ${example}`)),
    v.rawTransform(({ dataset, addIssue, NEVER }) => {
      const { checked, problems } = collect<T>({ ...missing, ...dataset.value }, checks);
      for (const message of problems) addIssue({ message });
      return problems.length > 0 ? NEVER : (checked as T);
    }),
  );
}

/**
 * Checks each of the given fields, and that no other is given; a field that is missing is not looked at.
 *
 * @returns the fields that passed; what is wrong with the others, one problem a field; and the fields whose values are unknown
 *   therefore: those that did not pass, or seem to be misspelt
 */
export function collect<T extends object>(given: Record<string, unknown>, checks: Fields<T>) {
  const known = new Map<string, Check<unknown>>(Object.entries(checks));
  const problems: string[] = [];
  const wrong = new Set<string>();
  const checked: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(given)) {
    const check = known.get(name);
    if (check === undefined) {
      const nearest = nearestOf(name, [...known.keys()]);
      const hint = nearest ? `did you mean "${nearest}"?` : `known keys are ${[...known.keys()].join(', ')}`;
      problems.push(`unknown key "${name}"; ${hint}`);
      wrong.add(nearest ?? name);
      continue;
    }
    const { success, output, issues } = v.safeParse(check, value, { abortPipeEarly: true });
    if (!success) {
      problems.push(`${name}: ${issues.map(textOf).join('; ')}`);
      wrong.add(name);
    } else if (output !== undefined) checked[name] = output;
  }
  // Each field went through the check of its own name, so the types hold.
  return { checked: checked as Partial<T>, problems, wrong };
}

/** Only elements of lists have a path: objects name their fields themselves. */
const textOf = ({ path, message }: v.BaseIssue<unknown>): string =>
  path ? `element ${Number(path[0].key) + 1}: ${message}` : message;

/** The key that may be meant, where one begins so, or differs in a few letters. */
function nearestOf(key: string, known: readonly string[]): string | undefined {
  const [nearest] = known
    .map((name) => ({ name, letters: lettersBetween(key.toLowerCase(), name.toLowerCase()) }))
    .sort((a, b) => a.letters - b.letters);
  return nearest && nearest.letters <= Math.max(2, nearest.name.length / 3) ? nearest.name : undefined;
}

const lettersBetween = (key: string, name: string): number =>
  key.length >= 3 && name.startsWith(key) ? 1 : distance(key, name);
