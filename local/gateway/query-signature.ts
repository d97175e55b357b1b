/**
 * Signatures of AWS in the query of a request, checked as AWS does.
 * Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
 */
import { createHash, createHmac, timingSafeEqual } from 'node:crypto';

export interface SignedRequest {
  readonly method: string;
  /** Path and query, as they were sent. */
  readonly url: string;
  /** By names in small letters. */
  readonly headers: { readonly [name: string]: string | string[] | undefined };
}

export interface SigningPlace {
  readonly service: string;
  readonly region: string;
  /** All access keys of one machine have the same. */
  readonly secretAccessKey: string;
}

/** AWS takes a signature from a clock that is ahead by so much. */
const AHEAD_MILLISECONDS = 5 * 60_000;
const EXPIRES_MAX_SECONDS = 7 * 24 * 3600;

/** @returns the access key ID, where the signature is right and has not expired */
export function signedInQuery(request: SignedRequest, place: SigningPlace, now: Date): string | undefined {
  const { pathname, searchParams } = new URL(request.url, 'http://gateway');
  const given = (name: string) => searchParams.get(`X-Amz-${name}`) ?? '';
  const [accessKeyId = '', ...scope] = given('Credential').split('/');
  const [day = ''] = scope;
  const { service, region, secretAccessKey } = place;
  if (given('Algorithm') !== 'AWS4-HMAC-SHA256') return undefined;
  if (scope.join('/') !== `${day}/${region}/${service}/aws4_request`) return undefined;
  if (!isCurrent(given('Date'), Number(given('Expires')), day, now)) return undefined;
  const signedHeaders = given('SignedHeaders').split(';');
  if (!signedHeaders.includes('host')) return undefined;

  const canonicalRequest = [
    request.method,
    // Every service but S3 encodes what is encoded already.
    pathname.split('/').map(encode).join('/'),
    canonicalQuery(searchParams),
    ...signedHeaders.map((name) => `${name}:${String(request.headers[name] ?? '').trim()}`),
    '',
    signedHeaders.join(';'),
    sha256(''),
  ].join('\n');
  const toSign = ['AWS4-HMAC-SHA256', given('Date'), scope.join('/'), sha256(canonicalRequest)].join('\n');
  const key = scope.reduce<string | Buffer>((secret, part) => hmac(secret, part), `AWS4${secretAccessKey}`);
  const expected = hmac(key, toSign);
  const signature = Buffer.from(given('Signature'), 'hex');
  return signature.length === expected.length && timingSafeEqual(signature, expected) ? accessKeyId : undefined;
}

function isCurrent(text: string, expires: number, day: string, now: Date): boolean {
  const [, year, month, date, hour, minute, second] = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(text) ?? [];
  const signedAt = Date.parse(`${year}-${month}-${date}T${hour}:${minute}:${second}Z`);
  if (Number.isNaN(signedAt) || !text.startsWith(day)) return false;
  if (!(expires > 0 && expires <= EXPIRES_MAX_SECONDS)) return false;
  return signedAt <= now.getTime() + AHEAD_MILLISECONDS && now.getTime() <= signedAt + expires * 1000;
}

const canonicalQuery = (parameters: URLSearchParams): string =>
  [...parameters]
    .filter(([name]) => name !== 'X-Amz-Signature')
    .map(([name, value]) => `${encode(name)}=${encode(value)}`)
    .sort()
    .join('&');

/** All but letters, digits, `-`, `_`, `.` and `~`. */
const encode = (text: string): string =>
  encodeURIComponent(text).replace(/[!'()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`);

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
const hmac = (key: string | Buffer, text: string): Buffer => createHmac('sha256', key).update(text).digest();
