import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { buildApp } from 'fauxqs';

/**
 * The parts of fauxqs 2.4.1 that its package does not export. `startFauxqs` would do, but it listens on all network
 * interfaces; so the stores and the persistence are put together here, and the server listens on 127.0.0.1 alone.
 */
export interface FauxqsInternals {
  readonly buildApp: typeof buildApp;
  newStores(): FauxqsStores;
  newDatabase(directory: string): FauxqsDatabase;
  newFiles(directory: string): FauxqsFiles;
}

export interface FauxqsStores {
  readonly sqsStore: SqsStore;
  readonly snsStore: object;
  readonly s3Store: S3Store;
}

export interface SqsStore {
  persistence?: FauxqsDatabase;
  host?: string | undefined;
  allQueues(): Iterable<{ persistence?: FauxqsDatabase }>;
}

export interface S3Store {
  persistence?: FauxqsFiles;
  /** Throws if there is no such object. */
  headObject(bucket: string, key: string): { readonly etag: string };
}

export interface FauxqsDatabase {
  /** The `DatabaseSync` of `node:sqlite`. */
  readonly db: { prepare(sql: string): { run(...values: unknown[]): unknown } };
  loadSqsAndSns(sqsStore: SqsStore, snsStore: object): void;
  updateMessageReady(messageId: string): void;
  close(): void;
}

export interface FauxqsFiles {
  loadS3(store: S3Store): void;
  close(): void;
}

export async function loadFauxqs(): Promise<FauxqsInternals> {
  const main = fileURLToPath(import.meta.resolve('fauxqs'));
  const load = async (path: string): Promise<{ readonly [name: string]: new (...values: unknown[]) => unknown }> =>
    import(pathToFileURL(join(dirname(main), path)).href);
  const [app, sqs, sns, s3, database, files] = await Promise.all([
    import('fauxqs'),
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
    buildApp: app.buildApp,
    newStores: () => ({
      sqsStore: make<SqsStore>(sqs, 'SqsStore')(),
      snsStore: make<object>(sns, 'SnsStore')(),
      s3Store: make<S3Store>(s3, 'S3Store')(),
    }),
    newDatabase: make<FauxqsDatabase>(database, 'PersistenceManager'),
    newFiles: make<FauxqsFiles>(files, 'FileS3Persistence'),
  };
}
