/** What binds a sign-in to the page that has begun it: PKCE with SHA-256, state and nonce (RFC 7636, RFC 9700). */

export interface BegunSignIn {
  /** Comes back with the code: it was this page that asked. */
  readonly state: string;
  /** Comes back in the identity token: it was made for this sign-in. */
  readonly nonce: string;
  /** Shown when the code is exchanged. Only its hash was in an address before. */
  readonly verifier: string;
  /** The view to come back to: what stands behind `#`. */
  readonly view: string;
}

const KEY = 'sign-in';
const BYTES = 32;

export function beginSignIn(view: string): BegunSignIn {
  const begun = { state: random(), nonce: random(), verifier: random(), view };
  // Of this tab alone, and taken out when it has served. No token is ever kept here.
  sessionStorage.setItem(KEY, JSON.stringify(begun));
  return begun;
}

/** What this tab has begun; it serves once. */
export function takeBegun(): BegunSignIn | undefined {
  const text = sessionStorage.getItem(KEY);
  sessionStorage.removeItem(KEY);
  return text === null ? undefined : (JSON.parse(text) as BegunSignIn);
}

export async function challengeOf(verifier: string): Promise<string> {
  return base64url(new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(verifier))));
}

const random = (): string => base64url(crypto.getRandomValues(new Uint8Array(BYTES)));

const base64url = (bytes: Uint8Array): string =>
  btoa(String.fromCharCode(...bytes))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '');
