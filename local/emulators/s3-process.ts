import { existsSync, readdirSync, readFileSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import type { EmulatorArguments } from './emulator-process.ts';
import { type AppRequest, loadFauxqs, makeApp, openApp, type S3Store } from './fauxqs-internals.ts';
import { corsRules } from './s3/s3-cors.ts';
import { listAsXml } from './s3/s3-lists.ts';
import { s3Operation } from './s3/s3-operation.ts';
import { type EmulatorServer, serve } from './serve.ts';

void serve(startS3);

/** One PutObject takes 5 GB in AWS. */
const LARGEST_BODY_BYTES = 5 * 1024 ** 3;

/** S3 with its objects as plain files. */
async function startS3({ directory, port }: EmulatorArguments): Promise<EmulatorServer> {
  const fauxqs = await loadFauxqs();
  const { stores } = fauxqs;
  setAsideTornFiles(directory);
  const files = fauxqs.newFiles(directory);
  files.loadS3(stores.s3Store);
  stores.s3Store.persistence = files;

  const app = makeApp(stores, 's3', s3Operation);
  app.removeContentTypeParser('*');
  app.addContentTypeParser('*', { parseAs: 'buffer', bodyLimit: LARGEST_BODY_BYTES }, (_request, body, done) =>
    done(null, body),
  );
  const cors = corsRules(directory);
  app.addHook('preHandler', (request, reply, done) => {
    const list = request.method === 'GET' && listed(request, stores.s3Store);
    if (list) return void reply.header('content-type', 'application/xml').send(list);
    if (cors.take(request)) return void reply.status(200).send();
    if (!overwrites(request, stores.s3Store)) return done();
    const message = 'At least one of the pre-conditions you specified did not hold';
    reply.status(412).header('content-type', 'application/xml');
    reply.send(
      `<?xml version="1.0" encoding="UTF-8"?><Error><Code>PreconditionFailed</Code><Message>${message}</Message>` +
        '<Condition>If-None-Match</Condition></Error>',
    );
  });
  app.addHook('onSend', (request, reply, _payload, done) => {
    for (const [name, value] of Object.entries(cors.headersFor(request))) reply.header(name, value);
    done();
  });
  return openApp(app, port, files);
}

/** What fauxqs itself does not list. */
function listed(request: AppRequest, store: S3Store): string | undefined {
  const { bucket, '*': key } = request.params as { bucket?: string; '*'?: string };
  return bucket !== undefined && !key ? listAsXml(store, bucket, request.url) : undefined;
}

/** `If-None-Match: *` forbids a write to a key that exists; fauxqs 2.4.1 does not look at it. */
function overwrites(request: AppRequest, store: S3Store): boolean {
  const operation = s3Operation(request);
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

/**
 * A process that was killed while it wrote a file of metadata leaves it torn. Its request was never answered, so that
 * setting the file aside is the same as if the request had never arrived; the bytes stay for anyone who wants to look.
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
