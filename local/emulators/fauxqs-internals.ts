import type { AddressInfo } from 'node:net';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { type BuildAppOptions, buildApp } from 'fauxqs';
import type { AwsService } from './emulator-process.ts';
import { accessKeyIdOf, type EmulatorServer, report } from './serve.ts';

interface SqsStore {
  persistence?: FauxqsDatabase;
  host?: string | undefined;
  allQueues(): Iterable<{ persistence?: FauxqsDatabase }>;
}

export interface S3Store {
  persistence?: FauxqsFiles;
  /** Throws if there is no such object. */
  headObject(bucket: string, key: string): { readonly etag: string };
  listObjects(
    bucket: string,
    options: { readonly prefix: string; readonly maxKeys: number },
  ): { readonly objects: readonly { readonly key: string }[] };
  readonly multipartUploads: ReadonlyMap<
    string,
    { readonly uploadId: string; readonly bucket: string; readonly key: string }
  >;
}

export interface FauxqsDatabase {
  /** The `DatabaseSync` of `node:sqlite`. */
  readonly db: { prepare(sql: string): { run(...values: unknown[]): unknown } };
  loadSqsAndSns(sqsStore: SqsStore, snsStore: object): void;
  updateMessageReady(messageId: string): void;
  close(): void;
}

interface FauxqsFiles {
  loadS3(store: S3Store): void;
  close(): void;
}

/**
 * The parts of fauxqs 2.4.1 that its package does not export. `startFauxqs` would do, but it listens on all network
 * interfaces; so the stores and the persistence are put together here, and the server listens on 127.0.0.1 alone.
 */
export async function loadFauxqs() {
  const main = fileURLToPath(import.meta.resolve('fauxqs'));
  const load = async (path: string): Promise<{ readonly [name: string]: new (...values: unknown[]) => unknown }> =>
    import(pathToFileURL(join(dirname(main), path)).href);
  const [sqs, sns, s3, database, files] = await Promise.all([
    load('sqs/sqsStore.js'),
    load('sns/snsStore.js'),
    load('s3/s3Store.js'),
    load('persistence.js'),
    load('s3/fileS3Persistence.js'),
  ]);
  function make<T>(module: { readonly [name: string]: new (...values: unknown[]) => unknown }, name: string) {
    const found = module[name];
    if (found === undefined) throw new Error(`fauxqs has no ${name}: version 2.4.1 is needed.`);
    return (...values: unknown[]) => new found(...values) as T;
  }
  return {
    stores: {
      sqsStore: make<SqsStore>(sqs, 'SqsStore')(),
      snsStore: make<object>(sns, 'SnsStore')(),
      s3Store: make<S3Store>(s3, 'S3Store')(),
    },
    newDatabase: make<FauxqsDatabase>(database, 'PersistenceManager'),
    newFiles: make<FauxqsFiles>(files, 'FileS3Persistence'),
  };
}

type Stores = Awaited<ReturnType<typeof loadFauxqs>>['stores'];

/** The app of a service over stores; reports each request that `operationOf` has a name for. */
export function makeApp(stores: Stores, service: AwsService, operationOf: (request: AppRequest) => string | undefined) {
  const app = buildApp({ logger: false, stores: stores as unknown as NonNullable<BuildAppOptions['stores']> });
  app.addHook('onRequest', (request, _reply, done) => {
    const operation = operationOf(request);
    const accessKeyId = accessKeyIdOf(request.headers.authorization);
    if (operation !== undefined) report({ type: 'request', accessKeyId, service, operation });
    done();
  });
  return app;
}

export interface AppRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: { readonly [name: string]: string | string[] | undefined };
  readonly params: unknown;
}

/** Lets an app listen; after it, its persistence closes as well. */
export async function openApp(
  app: ReturnType<typeof makeApp>,
  port: number,
  persistence: { close(): void },
): Promise<EmulatorServer> {
  await app.listen({ port, host: '127.0.0.1' });
  return {
    port: (app.server.address() as AddressInfo).port,
    async close() {
      await app.close();
      persistence.close();
    },
  };
}
