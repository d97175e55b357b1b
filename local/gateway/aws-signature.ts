/**
 * Signatures of AWS, in the headers or in the query of a request, checked as AWS does. The code is not that of the SDK, which made
 * the signature: a mistake there must show here.
 * Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
 */
import { createHash, createHmac, timingSafeEqual } from 'node:crypto';

export interface SignedRequest {
  readonly method: string;
  /** Path and query, as they were sent. */
  readonly url: string;
  /** By names in lowercase letters. */
  readonly headers: { readonly [name: string]: string | string[] | undefined };
  readonly body: Buffer;
}

export interface Signing {
  readonly region: string;
  /** All access keys of one data directory have the same. */
  readonly secretAccessKey: string;
}

export interface SigningPlace extends Signing {
  readonly service: 'execute-api' | 'lambda';
}

/** What a request says of its own signature. */
interface Claim {
  readonly accessKeyId: string;
  /** Day, region, service, and `aws4_request`. */
  readonly scope: readonly string[];
  readonly date: string;
  readonly signedHeaders: readonly string[];
  readonly signature: string;
  /** How long after its date it is taken. */
  readonly lastsMilliseconds: number;
  /** How far the signer's clock may be ahead. */
  readonly aheadMilliseconds: number;
}

/** How far the clock of one who signs in headers may be off. */
const SKEW_MILLISECONDS = 15 * 60_000;
/** How far ahead the clock of one who signs in a query may be: the end of what is signed stands there already. */
const QUERY_AHEAD_MILLISECONDS = 5 * 60_000;
const EXPIRES_MAX_SECONDS = 7 * 24 * 3600;

/** @returns the access key ID, where the signature is right and is taken at this time */
export function signedBy(request: SignedRequest, place: SigningPlace, now: Date): string | undefined {
  const claim = request.headers.authorization === undefined ? claimInQuery(request) : claimInHeaders(request);
  if (claim === undefined) return undefined;
  const [day] = claim.scope;
  if (claim.scope.join('/') !== `${day}/${place.region}/${place.service}/aws4_request`) return undefined;
  if (!isCurrent(claim, now) || !signsWhatItMust(claim, request)) return undefined;
  const expected = signatureOf(claim, request, place.secretAccessKey);
  const signature = Buffer.from(claim.signature, 'hex');
  return signature.length === expected.length && timingSafeEqual(signature, expected) ? claim.accessKeyId : undefined;
}

function claimInHeaders({ headers }: SignedRequest): Claim | undefined {
  const [, credential, signedHeaders = '', signature = ''] =
    /^AWS4-HMAC-SHA256 Credential=([^,\s]+), ?SignedHeaders=([^,\s]+), ?Signature=([0-9a-f]{64})$/.exec(
      String(headers.authorization),
    ) ?? [];
  if (credential === undefined) return undefined;
  return {
    ...credentialOf(credential),
    ...{ date: String(headers['x-amz-date']), signedHeaders: signedHeaders.split(';'), signature },
    ...{ lastsMilliseconds: SKEW_MILLISECONDS, aheadMilliseconds: SKEW_MILLISECONDS },
  };
}

function claimInQuery({ url }: SignedRequest): Claim | undefined {
  const { searchParams } = new URL(url, 'http://gateway');
  const given = (name: string) => searchParams.get(`X-Amz-${name}`) ?? '';
  const expires = Number(given('Expires'));
  if (given('Algorithm') !== 'AWS4-HMAC-SHA256' || !(expires > 0 && expires <= EXPIRES_MAX_SECONDS)) return undefined;
  return {
    ...credentialOf(given('Credential')),
    ...{ date: given('Date'), signedHeaders: given('SignedHeaders').split(';'), signature: given('Signature') },
    ...{ lastsMilliseconds: expires * 1000, aheadMilliseconds: QUERY_AHEAD_MILLISECONDS },
  };
}

function credentialOf(text: string): Pick<Claim, 'accessKeyId' | 'scope'> {
  const [accessKeyId = '', ...scope] = text.split('/');
  return { accessKeyId, scope };
}

function isCurrent({ date, scope: [day = ''], lastsMilliseconds, aheadMilliseconds }: Claim, now: Date): boolean {
  const [, year, month, dayOfMonth, hour, minute, second] =
    /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(date) ?? [];
  const signedAt = Date.parse(`${year}-${month}-${dayOfMonth}T${hour}:${minute}:${second}Z`);
  if (Number.isNaN(signedAt) || !date.startsWith(`${day}T`)) return false;
  return signedAt <= now.getTime() + aheadMilliseconds && now.getTime() <= signedAt + lastsMilliseconds;
}

/** The host, and each header of AWS's own, must be among what is signed. */
function signsWhatItMust({ signedHeaders }: Claim, { headers }: SignedRequest): boolean {
  const needed = ['host', ...Object.keys(headers).filter((name) => name.startsWith('x-amz-'))];
  return needed.every((name) => signedHeaders.includes(name));
}

function signatureOf({ scope, date, signedHeaders }: Claim, request: SignedRequest, secretAccessKey: string): Buffer {
  const { pathname, searchParams } = new URL(request.url, 'http://gateway');
  // A signature in the query cannot be part of what is signed.
  if (request.headers.authorization === undefined) searchParams.delete('X-Amz-Signature');
  const canonicalRequest = [
    request.method,
    // Every service but S3 encodes what is encoded already.
    pathname.split('/').map(encode).join('/'),
    canonicalQuery(searchParams),
    ...signedHeaders.map((name) => `${name}:${canonicalValue(request.headers[name])}`),
    '',
    signedHeaders.join(';'),
    sha256(request.body),
  ].join('\n');
  const toSign = ['AWS4-HMAC-SHA256', date, scope.join('/'), sha256(canonicalRequest)].join('\n');
  const key = scope.reduce<string | Buffer>((secret, part) => hmac(secret, part), `AWS4${secretAccessKey}`);
  return hmac(key, toSign);
}

const canonicalValue = (value: string | string[] | undefined): string =>
  String(value ?? '')
    .trim()
    .replace(/\s+/g, ' ');

/** Sorted by name, then by value. */
const canonicalQuery = (parameters: URLSearchParams): string =>
  [...parameters]
    .map(([name, value]) => [encode(name), encode(value)] as const)
    .sort(([a, x], [b, y]) => compare(a, b) || compare(x, y))
    .map(([name, value]) => `${name}=${value}`)
    .join('&');

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** All but letters, digits, `-`, `_`, `.` and `~`. */
const encode = (text: string): string =>
  encodeURIComponent(text).replace(/[!'()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`);

const sha256 = (bytes: string | Buffer): string => createHash('sha256').update(bytes).digest('hex');
const hmac = (key: string | Buffer, text: string): Buffer => createHmac('sha256', key).update(text).digest();
