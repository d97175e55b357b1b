/**
 * A model of a Cognito user pool: its users and groups, and the codes and tokens that its sign-in issues. Time, ids and the key are given to
 * it; it checks what the real one checks.
 *
 * @see https://docs.aws.amazon.com/cognito/latest/developerguide/federation-endpoints-oauth-grants.html
 */
import { createHash, createPublicKey, type JsonWebKey, type KeyObject, sign } from 'node:crypto';

export interface PoolSettings {
  /** `iss` of its tokens. */
  readonly issuer: string;
  readonly clientId: string;
  /** Where codes may go. */
  readonly callbackUrls: readonly string[];
  readonly scopes: readonly string[];
  /** Seconds. */
  readonly valid: { readonly access: number; readonly id: number; readonly refresh: number };
}

export interface PoolOptions extends PoolSettings {
  readonly privateKey: KeyObject;
  readonly now: () => number;
  readonly newId: () => string;
}

export interface PoolUser {
  readonly username: string;
  readonly sub: string;
  readonly email: string;
  readonly groups: readonly string[];
  /** Milliseconds since 1970. */
  readonly createdAt: number;
}

/** What a browser asks `/oauth2/authorize` for. */
export type AuthorizeRequest = {
  readonly [name in
    | 'response_type'
    | 'client_id'
    | 'redirect_uri'
    | 'scope'
    | 'state'
    | 'nonce'
    | 'code_challenge'
    | 'code_challenge_method']?: string;
};

export interface TokenReply {
  readonly status: number;
  readonly body: object;
}

interface Grant {
  readonly sub: string;
  readonly scope: string;
  readonly nonce: string | undefined;
  readonly redirect: string;
  readonly challenge: string;
  readonly endsAt: number;
}

const KEY_ID = 'local';
const CODE_MILLISECONDS = 5 * 60_000;
const refused = (error: string): TokenReply => ({ status: 400, body: { error } });

export class UserPoolModel {
  readonly #options: PoolOptions;
  readonly #users = new Map<string, PoolUser>();
  readonly #groups = new Set<string>();
  readonly #codes = new Map<string, Grant>();
  /** By refresh token. */
  readonly #sessions = new Map<string, Grant>();

  constructor(options: PoolOptions, users: readonly PoolUser[] = [], groups: readonly string[] = []) {
    this.#options = options;
    for (const user of users) this.#users.set(keyOf(user.username), user);
    for (const group of groups) this.#groups.add(group);
  }

  users = (): readonly PoolUser[] => [...this.#users.values()];
  groups = (): readonly string[] => [...this.#groups];
  user = (username: string): PoolUser | undefined => this.#users.get(keyOf(username));

  /** @returns undefined where there is one of that name */
  createUser(username: string, email: string): PoolUser | undefined {
    if (this.user(username) !== undefined) return undefined;
    const { newId, now } = this.#options;
    const user = { username: keyOf(username), sub: newId(), email, groups: [], createdAt: now() };
    this.#users.set(keyOf(username), user);
    return user;
  }

  deleteUser = (username: string): boolean => this.#users.delete(keyOf(username));

  createGroup(name: string): boolean {
    const isNew = !this.#groups.has(name);
    this.#groups.add(name);
    return isNew;
  }

  setGroups(username: string, change: (groups: readonly string[]) => readonly string[]): void {
    const user = this.user(username);
    if (user) this.#users.set(keyOf(username), { ...user, groups: [...new Set(change(user.groups))] });
  }

  /** The public key, as `jwks_uri` has it. */
  keys(): readonly (JsonWebKey & { readonly kid: string })[] {
    const key = createPublicKey(this.#options.privateKey).export({ format: 'jwk' });
    return [{ ...key, kid: KEY_ID, alg: 'RS256', use: 'sig' }];
  }

  /** Why the page is not led back: what asks is not the client that is known, or asks for what it may not have. */
  problemOf(request: AuthorizeRequest): string | undefined {
    const { clientId, callbackUrls, scopes } = this.#options;
    if (request.client_id !== clientId) return 'client_id is unknown';
    if (!callbackUrls.includes(request.redirect_uri ?? '')) return 'redirect_uri is not one of the client';
    if (request.response_type !== 'code') return 'response_type must be code';
    if (!(request.scope ?? '').split(' ').every((scope) => scopes.includes(scope))) return 'scope is not allowed';
    if (request.code_challenge_method !== 'S256' || !request.code_challenge)
      return 'code_challenge_method must be S256';
    return undefined;
  }

  /** Issues a code to a user, for a request without {@link problemOf | problem}. */
  codeFor(username: string, { redirect_uri = '', scope = '', nonce, code_challenge = '' }: AuthorizeRequest): string {
    const user = this.user(username);
    if (!user) throw new Error(`There is no user ${username}.`);
    const code = this.#options.newId();
    const endsAt = this.#options.now() + CODE_MILLISECONDS;
    this.#codes.set(code, { sub: user.sub, scope, nonce, redirect: redirect_uri, challenge: code_challenge, endsAt });
    return code;
  }

  /** `/oauth2/token`. */
  token(form: { readonly [name: string]: string | undefined }): TokenReply {
    if (form.client_id !== this.#options.clientId) return refused('invalid_client');
    if (form.grant_type === 'refresh_token') return this.#renew(form.refresh_token ?? '');
    if (form.grant_type !== 'authorization_code') return refused('unsupported_grant_type');
    const grant = this.#codes.get(form.code ?? '');
    // A code serves once, whatever becomes of it.
    this.#codes.delete(form.code ?? '');
    const challenge = createHash('sha256')
      .update(form.code_verifier ?? '')
      .digest('base64url');
    if (!grant || grant.endsAt <= this.#options.now() || grant.redirect !== form.redirect_uri)
      return refused('invalid_grant');
    if (challenge !== grant.challenge) return refused('invalid_grant');
    const refreshToken = this.#options.newId();
    this.#sessions.set(refreshToken, { ...grant, endsAt: this.#options.now() + this.#options.valid.refresh * 1000 });
    return this.#reply(grant, { refresh_token: refreshToken });
  }

  /** `/oauth2/revoke`. */
  revoke = (refreshToken: string): void => void this.#sessions.delete(refreshToken);

  #renew(refreshToken: string): TokenReply {
    const session = this.#sessions.get(refreshToken);
    return session && session.endsAt > this.#options.now() ? this.#reply(session) : refused('invalid_grant');
  }

  #reply({ sub, scope, nonce }: Grant, more: object = {}): TokenReply {
    const { valid } = this.#options;
    const user = this.users().find((one) => one.sub === sub);
    if (!user) return refused('invalid_grant');
    const tokens = { access_token: this.accessToken(user, { scope }), id_token: this.#idToken(user, nonce) };
    return { status: 200, body: { ...tokens, ...more, token_type: 'Bearer', expires_in: valid.access } };
  }

  /** An access token, as it is issued; for attacks with some claims changed. */
  accessToken(user: PoolUser, over: { readonly [claim: string]: unknown } = {}): string {
    const { clientId, valid } = this.#options;
    const own = { token_use: 'access', client_id: clientId, username: user.username };
    return this.#signed(user, valid.access, { ...own, ...over });
  }

  #idToken(user: PoolUser, nonce: string | undefined): string {
    const own = { token_use: 'id', aud: this.#options.clientId, 'cognito:username': user.username, email: user.email };
    return this.#signed(user, this.#options.valid.id, { ...own, ...(nonce !== undefined && { nonce }) });
  }

  #signed(user: PoolUser, seconds: number, claims: object): string {
    const { issuer, now, newId, privateKey } = this.#options;
    const iat = Math.floor(now() / 1000);
    const groups = user.groups.length > 0 && { 'cognito:groups': user.groups };
    const payload = {
      sub: user.sub,
      iss: issuer,
      ...groups,
      auth_time: iat,
      iat,
      exp: iat + seconds,
      jti: newId(),
      ...claims,
    };
    const text = [{ kid: KEY_ID, alg: 'RS256' }, payload].map((part) => encoded(JSON.stringify(part))).join('.');
    return `${text}.${sign('sha256', Buffer.from(text), privateKey).toString('base64url')}`;
  }
}

/** Names are compared without regard to case, as the pool is configured. */
const keyOf = (username: string): string => username.toLowerCase();
const encoded = (text: string): string => Buffer.from(text).toString('base64url');
