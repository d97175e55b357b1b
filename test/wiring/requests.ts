/** Stands before a backend, passes every request on, and notes what it asks for in the words of IAM. */
import { createServer, type IncomingMessage, type OutgoingHttpHeaders, type ServerResponse } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { answer, forward, passOn, reset } from '../../local/chaos/faults/relay.ts';
import { ACCOUNT_ID, REGION } from '../../local/emulators/aws.ts';
import { s3Operation } from '../../local/emulators/s3/s3-operation.ts';
import { accessKeyIdOf, awsOperationOf } from '../../local/emulators/serve.ts';
import { close, listen } from '../../local/loopback.ts';
import type { Backend } from '../../local/system/backends.ts';
import { ask } from '../local/signed.ts';

/** A request to AWS, or to Twilio. */
export interface NotedRequest {
  readonly backend: Backend | 'connections';
  /** Whose key has signed it. */
  readonly accessKeyId: string;
  /** What IAM asks of its sender, such as `dynamodb:GetItem`; the method, where Twilio is asked. */
  readonly action: string;
  /** The ARN that it is asked for; the path, where Twilio is asked. */
  readonly resource: string;
  /** The body, read: JSON or a form. */
  readonly body: { readonly [name: string]: unknown };
}

export const arnOf = (service: string, resource: string): string =>
  `arn:aws:${service}:${REGION}:${ACCOUNT_ID}:${resource}`;

/** An emulator's names of its operations, where IAM has another. */
const IAM_NAMES: { readonly [operation: string]: string } = {
  SendMessageBatch: 'SendMessage',
  ChangeMessageVisibilityBatch: 'ChangeMessageVisibility',
  HeadObject: 'GetObject',
  ListObjects: 'ListBucket',
  ListObjectVersions: 'ListBucketVersions',
  ListMultipartUploads: 'ListBucketMultipartUploads',
  CreateMultipartUpload: 'PutObject',
  UploadPart: 'PutObject',
  CompleteMultipartUpload: 'PutObject',
};

export interface NotingProxyOptions {
  readonly backend: NotedRequest['backend'];
  readonly backendUrl: string;
  readonly onRequest: (request: NotedRequest) => void;
  /** While this says so, every request is refused as IAM refuses. */
  readonly isRefused?: () => boolean;
  /** Of `@connections`: the API and its stage, as IAM names them. */
  readonly api?: () => string;
  /** Signs a request anew, for a backend that takes no signature over another host. */
  readonly sign?: (url: string, request: { method: string; body: string }) => Promise<OutgoingHttpHeaders>;
}

export async function startNotingProxy(options: NotingProxyOptions) {
  const { backendUrl, onRequest, isRefused = () => false } = options;
  const server = createServer(async (request, response) => {
    try {
      const body = await buffer(request);
      for (const noted of readRequest(options, request, body)) onRequest(noted);
      if (isRefused()) await answer(response, REFUSAL);
      else if (options.sign) await askAnew(options.sign, backendUrl + request.url, request, body.toString(), response);
      else await passOn(response, await forward(backendUrl, request, body));
    } catch {
      reset(response);
    }
  });
  return { url: `http://127.0.0.1:${await listen(server)}`, close: () => close(server) };
}

async function askAnew(
  sign: NonNullable<NotingProxyOptions['sign']>,
  url: string,
  { method = 'GET' }: IncomingMessage,
  body: string,
  response: ServerResponse,
): Promise<void> {
  const reply = await ask(url, await sign(url, { method, body }), { method, body });
  await answer(response, { status: reply.status, headers: {}, body: reply.text });
}

const REFUSAL = {
  status: 400,
  headers: { 'content-type': 'application/x-amz-json-1.1' },
  body: JSON.stringify({ __type: 'AccessDeniedException', message: 'no identity-based policy allows it' }),
};

function readRequest(
  { backend, api = () => '' }: NotingProxyOptions,
  { method = 'GET', url = '/', headers }: IncomingMessage,
  bytes: Buffer,
): NotedRequest[] {
  const { pathname, searchParams } = new URL(url, 'http://backend');
  const inLink = searchParams.get('X-Amz-Credential')?.split('/')[0];
  const accessKeyId = inLink ?? accessKeyIdOf(headers.authorization);
  const operation = backend === 's3' ? s3Operation({ method, url }) : awsOperationOf(headers);
  const body = readBody(backend, bytes);
  const noted = (action: string, resource: string) => ({ backend, accessKeyId, action, resource, body });
  const text = (name: string) => String(body[name] ?? '');
  const iamName = IAM_NAMES[operation] ?? operation;
  switch (backend) {
    case 'dynamodb': {
      const index = body.IndexName === undefined ? '' : `/index/${text('IndexName')}`;
      return [noted(`dynamodb:${iamName}`, arnOf('dynamodb', `table/${text('TableName')}${index}`))];
    }
    case 's3': {
      const isOfVersion = (iamName === 'GetObject' || iamName === 'DeleteObject') && searchParams.has('versionId');
      const version = isOfVersion ? 'Version' : '';
      const [, bucket = '', ...key] = pathname.split('/');
      // A list is asked for at the bucket, whose path may end in a slash.
      const path = [bucket, ...key].join('/').replace(/\/$/, '');
      return [noted(`s3:${iamName}${version}`, `arn:aws:s3:::${path}`)];
    }
    case 'sqs':
      return [noted(`sqs:${iamName}`, arnOf('sqs', text('QueueUrl').split('/').at(-1) ?? ''))];
    case 'secretsmanager':
      return [noted(`secretsmanager:${iamName}`, text('SecretId'))];
    case 'eventbridge': {
      const entries = (body.Entries ?? []) as readonly { readonly EventBusName?: string }[];
      return entries.map(({ EventBusName }) =>
        noted(`events:${iamName}`, arnOf('events', `event-bus/${EventBusName}`)),
      );
    }
    case 'connections':
      if (!pathname.includes('/@connections/')) return [];
      return [
        noted(
          'execute-api:ManageConnections',
          arnOf('execute-api', `${api()}/${method}${decodeURIComponent(pathname)}`),
        ),
      ];
    case 'twilio':
      return [noted(method, pathname)];
  }
}

function readBody(backend: NotedRequest['backend'], bytes: Buffer): NotedRequest['body'] {
  if (bytes.length === 0 || backend === 's3') return {};
  if (backend === 'twilio') return Object.fromEntries(new URLSearchParams(bytes.toString()));
  try {
    return JSON.parse(bytes.toString());
  } catch {
    // What is sent to a connection need not be JSON.
    return {};
  }
}
