/** Requests that are signed for AWS by the SDK's own signer, and sent just as they are. */
import { request as httpRequest, type IncomingHttpHeaders } from 'node:http';
import { S3Client } from '@aws-sdk/client-s3';
import { SignatureV4 } from '@smithy/signature-v4';

export interface SigningOptions {
  readonly secretAccessKey: string;
  readonly accessKeyId?: string;
  readonly region?: string;
  readonly service?: string;
  readonly method?: string;
  readonly body?: string;
  readonly at?: Date;
}

type Headers = { readonly [name: string]: string };

/** The headers of a request, signed. */
export async function signedHeaders(url: string, options: SigningOptions): Promise<Headers> {
  const { accessKeyId = 'OWNER', secretAccessKey, region = 'us-east-1', service = 'execute-api' } = options;
  const { method = 'GET', body, at = new Date() } = options;
  const { protocol, hostname, host, port, pathname, searchParams } = new URL(url);
  const { credentials, sha256 } = new S3Client({ region, credentials: { accessKeyId, secretAccessKey } }).config;
  const request = { method, protocol, hostname, port: Number(port), path: pathname, headers: { host }, body };
  const query = Object.fromEntries([...new Set(searchParams.keys())].map((name) => [name, searchParams.getAll(name)]));
  const signer = new SignatureV4({ service, region, credentials, sha256 });
  return (await signer.sign({ ...request, query }, { signingDate: at })).headers;
}

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

/** Sends headers that `fetch` would not, such as another `Host`, and a path as it is. */
export function ask(
  url: string,
  headers: object = {},
  { method = 'GET', body = '', path = undefined as string | undefined } = {},
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const request = httpRequest(
      url,
      { method, headers: { ...headers }, agent: false, ...(path !== undefined && { path }) },
      async (reply) => {
        const chunks: Buffer[] = [];
        for await (const chunk of reply) chunks.push(chunk as Buffer);
        resolve({ status: reply.statusCode ?? 0, headers: reply.headers, text: Buffer.concat(chunks).toString() });
      },
    );
    request.on('error', reject).end(body);
  });
}
