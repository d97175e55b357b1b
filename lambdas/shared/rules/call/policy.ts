/**
 * What a number's owner wants of its calls. It stands in the number's voice URL: Twilio signs that URL, so nobody else can make one,
 * and there is no table of numbers that could be out of date.
 */
import { POLICY_NAME, POLICY_PARAMETERS, RESTORE_PARAMETERS } from '../../contract/http.ts';
import {
  type AfterDisclaimer,
  RECORD_CALLS,
  REDIRECT_METHODS,
  type RecordCalls,
  START_BY,
  type StartBy,
  WITHOUT_STREAM,
  type WithoutStream,
} from '../../contract/settings.ts';
import { isPhoneNumber } from '../values/phone-number.ts';

/** The part of it that later steps and reports need, and that the call's row keeps. */
export interface CallPolicy {
  /** Whose calls these are: lowercase letters, digits and hyphens, at most 32. */
  readonly team?: string;
  readonly startBy?: StartBy;
  readonly withoutStream?: WithoutStream;
  /** Name of what the caller hears first, one of the stack's `disclaimers`. */
  readonly disclaimer?: string;
}

/** What is absent comes from the stack's configuration. */
export interface NumberPolicy extends CallPolicy {
  /** What the number did before: where the call goes on to. */
  readonly after?: Extract<AfterDisclaimer, { kind: 'dial' | 'redirect' }>;
  readonly record?: RecordCalls;
}

export interface PolicyReading {
  readonly policy: NumberPolicy;
  /** Names of the parameters that are unknown, malformed or given twice. Their values may hold telephone numbers. */
  readonly unreadable: readonly string[];
}

type PolicyParameter = (typeof POLICY_PARAMETERS)[number];

const DIAL = 'tel:';

export const isPolicyName = (value: unknown): value is string => typeof value === 'string' && POLICY_NAME.test(value);

/** A call that went on to `/voice` itself would begin anew, for ever. */
export function isAfterUrl(text: string, voiceUrl: string): boolean {
  const url = URL.parse(text);
  const own = URL.parse(voiceUrl);
  if (!url || !['http:', 'https:'].includes(url.protocol)) return false;
  return url.host !== own?.host || url.pathname.replace(/\/+$/, '') !== own.pathname;
}

/**
 * Reads the query of a voice URL. Nothing in it costs a call: what cannot be read is named, and left out.
 *
 * @param query as Twilio sent it, without the question mark
 * @param voiceUrl the recorder's own, without a query
 */
export function readPolicy(query: string, voiceUrl: string): PolicyReading {
  const unreadable = new Set<string>();
  const given = new Map<string, string>();
  for (const [name, value] of new URLSearchParams(query)) {
    if (given.has(name) || !isKnown(name)) unreadable.add(name);
    else given.set(name, value);
  }
  const read = <Value>(name: PolicyParameter, reader: (text: string) => Value | undefined): Value | undefined => {
    const text = given.get(name);
    const value = text === undefined ? undefined : reader(text);
    if (text !== undefined && value === undefined) unreadable.add(name);
    return value;
  };
  const method = read('afterMethod', among(REDIRECT_METHODS));
  const found = {
    after: read('after', (text) => afterOf(text, voiceUrl)),
    record: read('record', among(RECORD_CALLS)),
    team: read('team', nameOf),
    disclaimer: read('disclaimer', nameOf),
    startBy: read('startBy', among(START_BY)),
    withoutStream: read('withoutStream', among(WITHOUT_STREAM)),
  };
  const after = found.after?.kind === 'redirect' && method === 'GET' ? { ...found.after, method } : found.after;
  return { policy: withoutAbsent({ ...found, after }), unreadable: [...unreadable] };
}

/** The query that {@link readPolicy} reads as this policy; empty for an empty one. */
export function writePolicy({ after, ...others }: NumberPolicy): string {
  const query = new URLSearchParams();
  if (after?.kind === 'dial') query.set('after', DIAL + after.number);
  if (after?.kind === 'redirect') query.set('after', after.url);
  if (after?.kind === 'redirect' && after.method === 'GET') query.set('afterMethod', after.method);
  for (const name of POLICY_PARAMETERS) {
    const value = name in others ? others[name as keyof typeof others] : undefined;
    if (value !== undefined) query.set(name, value);
  }
  return query.toString();
}

/** What the call's row keeps; `undefined` where the policy says nothing of it. */
export function callPolicy({ after: _after, record: _record, ...kept }: NumberPolicy): CallPolicy | undefined {
  return Object.keys(kept).length > 0 ? kept : undefined;
}

const isKnown = (name: string): boolean =>
  [...POLICY_PARAMETERS, ...RESTORE_PARAMETERS].some((known) => known === name);

const nameOf = (text: string): string | undefined => (isPolicyName(text) ? text : undefined);

const among =
  <Value extends string>(values: readonly Value[]) =>
  (text: string): Value | undefined =>
    values.find((value) => value === text);

function afterOf(text: string, voiceUrl: string): NumberPolicy['after'] {
  if (text.startsWith(DIAL)) {
    const number = text.slice(DIAL.length);
    return isPhoneNumber(number) ? { kind: 'dial', number } : undefined;
  }
  return isAfterUrl(text, voiceUrl) ? { kind: 'redirect', url: text } : undefined;
}

const withoutAbsent = (
  fields: { readonly [name in keyof NumberPolicy]: NumberPolicy[name] | undefined },
): NumberPolicy => Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
