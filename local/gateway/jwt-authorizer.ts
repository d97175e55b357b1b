/**
 * A JWT authorizer of an HTTP API, by the rules that API Gateway documents.
 *
 * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-jwt-authorizer.html
 */
import { createPublicKey, type JsonWebKey, verify } from 'node:crypto';
import type { JwtAuthorization } from '../template/apis.ts';

/** Public keys of issuers, as their `jwks_uri` has them. */
export type KeysOf = (issuer: string) => readonly (JsonWebKey & { readonly kid?: string })[];

/** What a function finds under `requestContext.authorizer.jwt`. */
export interface JwtContext {
  readonly claims: { readonly [name: string]: string };
  readonly scopes: readonly string[] | null;
}

export type JwtDecision =
  | { readonly allowed: true; readonly jwt: JwtContext }
  /** 401: no token, or none that is valid; 403: a valid one without a scope of the route. */
  | { readonly allowed: false; readonly status: 401 | 403 };

/** "Currently, only RSA-based algorithms are supported": https://www.rfc-editor.org/rfc/rfc7518#section-3.1 */
const HASHES: { readonly [algorithm: string]: string } = { RS256: 'sha256', RS384: 'sha384', RS512: 'sha512' };
const UNAUTHORIZED = { allowed: false, status: 401 } as const;

type Claims = { readonly [name: string]: unknown };

export function decideByJwt(
  header: string | undefined,
  { issuer, audience, scopes }: JwtAuthorization,
  keysOf: KeysOf,
  now: Date,
): JwtDecision {
  const token = /^(?:Bearer +)?([\w-]+\.[\w-]+\.[\w-]+)$/i.exec(header ?? '')?.[1];
  const claims = token === undefined ? undefined : verified(token, keysOf(issuer));
  if (claims === undefined || claims.iss !== issuer) return UNAUTHORIZED;
  // `client_id` counts only where there is no `aud`.
  const meant = 'aud' in claims ? [claims.aud].flat() : [claims.client_id];
  if (!meant.some((one) => typeof one === 'string' && audience.includes(one))) return UNAUTHORIZED;
  const seconds = now.getTime() / 1000;
  const { exp, nbf, iat } = claims;
  const isBegun = (time: unknown) => time === undefined || (typeof time === 'number' && time <= seconds);
  if (typeof exp !== 'number' || exp <= seconds || !isBegun(nbf) || !isBegun(iat)) return UNAUTHORIZED;
  const given = scopesOf(claims);
  if (scopes.length > 0 && !scopes.some((scope) => given.includes(scope))) return { allowed: false, status: 403 };
  return { allowed: true, jwt: { claims: asTexts(claims), scopes: scopes.length > 0 ? [...scopes] : null } };
}

function verified(token: string, keys: ReturnType<KeysOf>): Claims | undefined {
  const [header = '', payload = '', signature = ''] = token.split('.');
  const { alg, kid } = jsonOf(header) ?? {};
  const hash = typeof alg === 'string' && Object.hasOwn(HASHES, alg) ? HASHES[alg] : undefined;
  const key = typeof kid === 'string' ? keys.find((one) => one.kid === kid) : undefined;
  if (hash === undefined || key?.kty !== 'RSA') return undefined;
  const publicKey = createPublicKey({ key, format: 'jwk' });
  const isValid = verify(hash, Buffer.from(`${header}.${payload}`), publicKey, Buffer.from(signature, 'base64url'));
  return isValid ? jsonOf(payload) : undefined;
}

function jsonOf(part: string): Claims | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(part, 'base64url').toString());
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Claims) : undefined;
  } catch {
    // It is no token.
    return undefined;
  }
}

const scopesOf = ({ scope, scp }: Claims): readonly string[] =>
  [scope, scp].flat().flatMap((one) => (typeof one === 'string' ? one.split(' ') : []));

/** Every claim as a text, a list as `[one two]`: as measured at API Gateway, which documents no form. */
const asTexts = (claims: Claims): JwtContext['claims'] =>
  Object.fromEntries(
    Object.entries(claims).map(([name, value]) => [
      name,
      Array.isArray(value) ? `[${value.join(' ')}]` : String(value),
    ]),
  );
