/** What the voice URL of a number that points here says: the owner's policy, and what the number did before. */
import { HTTP_PATHS } from '../../lambdas/shared/contract/http.ts';
import { type NumberPolicy, readPolicy, writePolicy } from '../../lambdas/shared/rules/call/policy.ts';
import { addressOf } from '../../lambdas/shared/rules/call/unaccounted.ts';

/** A URL that Twilio asks, and how. */
export interface Address {
  /** Empty where there was none. */
  readonly url: string;
  readonly method: string;
}

export interface Before extends Address {
  readonly application?: string;
}

export interface Setting {
  readonly policy: NumberPolicy;
  /** Absent where the URL does not say. */
  readonly before?: Before;
  /** The number's own fallback URL before it was changed; absent where it never was. */
  readonly fallback?: Address;
}

/** Twilio's own limit is not confirmed. */
export const LONGEST_URL = 1000;

const NONE = 'none';

export const isOurs = (url: string, voiceUrl: string): boolean =>
  URL.canParse(url) && addressOf(url) === addressOf(voiceUrl);

/** What a voice URL of ours says. */
export function readSetting(url: string, voiceUrl: string): Setting {
  const query = new URLSearchParams(URL.parse(url)?.search);
  const { policy } = readPolicy(query.toString(), voiceUrl);
  const application = query.get('application');
  const own = readAddress(query, 'before') ?? redirectOf(policy);
  const fallback = readAddress(query, 'fallback');
  return {
    policy,
    ...(own && { before: { ...own, ...(application !== null && { application }) } }),
    ...(fallback && { fallback }),
  };
}

/** What a deployment under another address has set, so that its numbers can be pointed here. */
export function readElsewhere(url: string, voiceUrl: string): Setting | undefined {
  const parsed = URL.parse(url);
  if (!parsed?.pathname.endsWith(HTTP_PATHS.voice)) return undefined;
  const { unreadable } = readPolicy(parsed.search.slice(1), voiceUrl);
  const setting = readSetting(url, voiceUrl);
  return unreadable.length === 0 && setting.before ? setting : undefined;
}

export function writeSetting({ policy, before, fallback }: Setting, voiceUrl: string): string {
  const query = new URLSearchParams(writePolicy(policy));
  if (before?.application !== undefined) query.set('application', before.application);
  const after = redirectOf(policy);
  const told = before?.application === undefined && after?.url === before?.url && after?.method === before?.method;
  if (before && !told) writeAddress(query, 'before', before);
  if (fallback) writeAddress(query, 'fallback', fallback);
  return query.size === 0 ? voiceUrl : `${voiceUrl}?${query}`;
}

/** Where the call goes on to, if that is TwiML. */
export const redirectOf = ({ after }: NumberPolicy): Address | undefined =>
  after?.kind === 'redirect' ? { url: after.url, method: after.method === 'GET' ? 'GET' : 'POST' } : undefined;

/** What the owner wants, by the names of the policy's parameters; an empty text leaves it to the stack. */
export type Wishes = { readonly [parameter: string]: string };

export function applyWishes(policy: NumberPolicy, wishes: Wishes, voiceUrl: string) {
  const query = new URLSearchParams(writePolicy(policy));
  for (const [name, value] of Object.entries(wishes)) {
    if (value === '') query.delete(name);
    else query.set(name, value);
  }
  return readPolicy(query.toString(), voiceUrl);
}

export const addressAsText = ({ url, method }: Address): string => (url === '' ? 'no voice URL' : `${method} ${url}`);

export const beforeAsText = (before: Before | undefined): string => {
  if (!before) return 'not known';
  return before.application === undefined ? addressAsText(before) : `TwiML application ${before.application}`;
};

function readAddress(query: URLSearchParams, name: 'before' | 'fallback'): Address | undefined {
  const url = query.get(name);
  if (url === null) return undefined;
  return { url: url === NONE ? '' : url, method: query.get(`${name}Method`) === 'GET' ? 'GET' : 'POST' };
}

function writeAddress(query: URLSearchParams, name: 'before' | 'fallback', { url, method }: Address): void {
  query.set(name, url || NONE);
  if (method === 'GET') query.set(`${name}Method`, method);
}
