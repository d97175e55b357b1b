import { existsSync, readdirSync, readFileSync, renameSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { BuildAppOptions } from 'fauxqs';
import { loadFauxqs, type S3Store } from './fauxqs-internals.ts';
import { accessKeyIdOf, type EmulatorServer, report, serve } from './serve.ts';

void serve(startS3);

/** One PutObject takes 5 GB in AWS. */
const LARGEST_BODY_BYTES = 5 * 1024 ** 3;

interface S3Request {
  readonly method: string;
  readonly url: string;
  readonly headers: { readonly [name: string]: string | string[] | undefined };
  readonly params: unknown;
}

/** S3 with its objects as plain files. */
async function startS3({ directory, port }: { directory: string; port: number }): Promise<EmulatorServer> {
  const fauxqs = await loadFauxqs();
  const stores = fauxqs.newStores();
  setAsideTornFiles(directory);
  const files = fauxqs.newFiles(directory);
  files.loadS3(stores.s3Store);
  stores.s3Store.persistence = files;

  const app = fauxqs.buildApp({ logger: false, stores: stores as unknown as NonNullable<BuildAppOptions['stores']> });
  app.removeContentTypeParser('*');
  app.addContentTypeParser('*', { parseAs: 'buffer', bodyLimit: LARGEST_BODY_BYTES }, (_request, body, done) =>
    done(null, body),
  );
  app.addHook('onRequest', (request, _reply, done) => {
    const accessKeyId = accessKeyIdOf(request.headers.authorization);
    report({ type: 'request', accessKeyId, service: 's3', operation: operationOf(request) });
    done();
  });
  app.addHook('preHandler', (request, reply, done) => {
    if (!overwrites(request, stores.s3Store)) return done();
    const message = 'At least one of the pre-conditions you specified did not hold';
    reply.status(412).header('content-type', 'application/xml');
    reply.send(
      `<?xml version="1.0" encoding="UTF-8"?><Error><Code>PreconditionFailed</Code><Message>${message}</Message>` +
        '<Condition>If-None-Match</Condition></Error>',
    );
  });
  await app.listen({ port, host: '127.0.0.1' });
  return {
    port: (app.server.address() as AddressInfo).port,
    async close() {
      await app.close();
      files.close();
    },
  };
}

/** `If-None-Match: *` forbids a write to a key that exists; fauxqs 2.4.1 does not look at it. */
function overwrites(request: S3Request, store: S3Store): boolean {
  const operation = operationOf(request);
  if (operation !== 'PutObject' && operation !== 'CompleteMultipartUpload') return false;
  if (request.headers['if-none-match'] !== '*') return false;
  const { bucket, '*': key } = request.params as { bucket?: string; '*'?: string };
  try {
    store.headObject(bucket ?? '', key ?? '');
    return true;
  } catch {
    // The store says "no such object" by throwing; the handler itself reports a bucket that does not exist.
    return false;
  }
}

function operationOf({ method, url }: S3Request): string {
  const { pathname, searchParams } = new URL(url, 'http://s3');
  const isBucket = pathname.split('/').filter((part) => part !== '').length < 2;
  if (isBucket) {
    if (method === 'PUT') return 'CreateBucket';
    if (method === 'HEAD') return 'HeadBucket';
    if (method === 'DELETE') return 'DeleteBucket';
    return pathname === '/' ? 'ListBuckets' : 'ListObjects';
  }
  if (method === 'HEAD') return 'HeadObject';
  if (method === 'GET') return 'GetObject';
  if (method === 'PUT') return searchParams.has('uploadId') ? 'UploadPart' : 'PutObject';
  if (method === 'DELETE') return searchParams.has('uploadId') ? 'AbortMultipartUpload' : 'DeleteObject';
  return searchParams.has('uploads') ? 'CreateMultipartUpload' : 'CompleteMultipartUpload';
}

/**
 * A process that was killed while it wrote a file of metadata leaves it torn. Its request was never answered, so that
 * setting the file aside is the same as if the request had never arrived; the bytes stay for whoever wants to look.
 */
function setAsideTornFiles(directory: string): void {
  if (!existsSync(directory)) return;
  for (const entry of readdirSync(directory, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile() || !entry.name.endsWith('.json')) continue;
    const file = join(entry.parentPath, entry.name);
    try {
      JSON.parse(readFileSync(file, 'utf8'));
    } catch {
      renameSync(file, `${file}.torn`);
    }
  }
}
