/** The HTTP API, each request signed with AWS Signature 4. */
import { SignatureV4 } from '@smithy/signature-v4';

type Signing = ConstructorParameters<typeof SignatureV4>[0];

export interface SignedApiOptions {
  /** `https://…`, or `http://127.0.0.1:N`. What stands behind the host is left out. */
  readonly url: string;
  /** Of an AWS client: whose credentials sign, and for which region. */
  readonly config: Pick<Signing, 'credentials' | 'region' | 'sha256'>;
}

export interface ApiRequest {
  readonly method: 'GET' | 'POST';
  /** Path and query. */
  readonly path: string;
  /** JSON. */
  readonly body?: string;
}

export interface ApiReply {
  readonly status: number;
  readonly body: string;
}

/** Asks the API. Rejects where it does not answer. */
export type SignedApi = (request: ApiRequest) => Promise<ApiReply>;

/** API Gateway gives up after 30 s. */
const REPLY_MILLISECONDS = 35_000;

export function signedApi({ url, config }: SignedApiOptions): SignedApi {
  const signer = new SignatureV4({ service: 'execute-api', ...config });
  return async ({ method, path, body = '' }) => {
    const { href, protocol, hostname, host, port, pathname, searchParams } = new URL(path, url);
    const { headers } = await signer.sign({
      ...{ method, protocol, hostname, path: pathname, query: queryOf(searchParams), body },
      headers: { host, ...(body !== '' && { 'content-type': 'application/json' }) },
      ...(port !== '' && { port: Number(port) }),
    });
    const { host: _, ...sent } = headers;
    const reply = await fetch(href, {
      ...{ method, headers: sent, redirect: 'manual', signal: AbortSignal.timeout(REPLY_MILLISECONDS) },
      ...(body !== '' && { body }),
    });
    return { status: reply.status, body: await reply.text() };
  };
}

const queryOf = (parameters: URLSearchParams): { [name: string]: string[] } =>
  Object.fromEntries([...new Set(parameters.keys())].map((name) => [name, parameters.getAll(name)]));
