/** Tokens from Cognito's token endpoint, and what they say. The API verifies their signatures; the page only reads them. */
import type { PageSettings } from '../../lambdas/shared/contract/console.ts';

export interface Tokens {
  readonly accessToken: string;
  readonly refreshToken: string;
  /** Milliseconds since 1970. */
  readonly endsAt: number;
}

interface TokenReply {
  readonly access_token: string;
  readonly id_token?: string;
  /** Absent where tokens were renewed: the same one goes on. */
  readonly refresh_token?: string;
  /** Seconds. */
  readonly expires_in: number;
}

export type Claims = { readonly [name: string]: unknown };

/** Signing in has failed, or is needed again. */
export class SignInProblem extends Error {
  override readonly name = 'SignInProblem';
}

type Settings = Pick<PageSettings, 'signIn' | 'clientId' | 'issuer'>;

export async function exchangeCode(
  settings: Settings,
  { code, verifier, nonce, redirect }: { readonly [name in 'code' | 'verifier' | 'nonce' | 'redirect']: string },
): Promise<Tokens> {
  const reply = await ask(settings, {
    grant_type: 'authorization_code',
    code,
    code_verifier: verifier,
    redirect_uri: redirect,
  });
  // It came straight from Cognito over TLS, so that its signature need not be checked: OpenID Connect Core 3.1.3.7.
  const { iss, aud, token_use: use, nonce: given, exp } = claimsOf(reply.id_token ?? '');
  const isOurs = iss === settings.issuer && aud === settings.clientId && use === 'id' && given === nonce;
  if (!isOurs || typeof exp !== 'number' || exp * 1000 <= Date.now()) throw new SignInProblem('identity token');
  return tokensOf(reply, reply.refresh_token ?? '');
}

export async function renewTokens(settings: Settings, { refreshToken }: Tokens): Promise<Tokens> {
  const reply = await ask(settings, { grant_type: 'refresh_token', refresh_token: refreshToken });
  return tokensOf(reply, reply.refresh_token ?? refreshToken);
}

/**
 * Ends the refresh token, and with it the session. The reply is not read: it says nothing, and a form needs no permission of the host to be
 * sent.
 */
export async function revoke({ signIn, clientId }: Settings, { refreshToken }: Tokens): Promise<void> {
  const body = new URLSearchParams({ token: refreshToken, client_id: clientId });
  await fetch(`${signIn}/oauth2/revoke`, { method: 'POST', mode: 'no-cors', body, keepalive: true });
}

/** What a token says; nothing where it is none. */
export function claimsOf(token: string): Claims {
  const [, payload = ''] = token.split('.');
  try {
    const bytes = Uint8Array.from(atob(payload.replaceAll('-', '+').replaceAll('_', '/')), (one) => one.charCodeAt(0));
    return JSON.parse(new TextDecoder().decode(bytes)) as Claims;
  } catch {
    // The caller misses what it needs.
    return {};
  }
}

async function ask({ signIn, clientId }: Settings, form: { readonly [name: string]: string }): Promise<TokenReply> {
  const body = new URLSearchParams({ ...form, client_id: clientId });
  const reply = await fetch(`${signIn}/oauth2/token`, { method: 'POST', body });
  const read = (await reply.json().catch(() => ({}))) as Partial<TokenReply> & { readonly error?: string };
  if (!reply.ok || read.access_token === undefined) throw new SignInProblem(read.error ?? String(reply.status));
  return { ...read, access_token: read.access_token, expires_in: read.expires_in ?? 0 };
}

const tokensOf = ({ access_token, expires_in }: TokenReply, refreshToken: string): Tokens => ({
  ...{ accessToken: access_token, refreshToken },
  endsAt: Date.now() + expires_in * 1000,
});
