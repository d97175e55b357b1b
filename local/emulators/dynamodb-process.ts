import { mkdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { setTimeout as sleep } from 'node:timers/promises';
import { listen } from '../loopback.ts';
import type { EmulatorArguments } from './emulator-process.ts';
import { accessKeyIdOf, type EmulatorServer, report, serve } from './serve.ts';

void serve(startDynamodb);

/** DynamoDB with its items in LevelDB. */
async function startDynamodb({ directory, port }: EmulatorArguments): Promise<EmulatorServer> {
  mkdirSync(directory, { recursive: true });
  await waitForLock(directory);
  const { default: dynalite } = await import('dynalite');
  const server = dynalite({ path: directory, createTableMs: 0, deleteTableMs: 0, updateTableMs: 0 });
  server.on('request', (request) => {
    const operation = String(request.headers['x-amz-target'] ?? '').split('.')[1];
    const accessKeyId = accessKeyIdOf(request.headers.authorization);
    if (operation !== undefined) report({ type: 'request', accessKeyId, service: 'dynamodb', operation });
  });
  return {
    port: await listen(server, port),
    close: () =>
      new Promise((resolve, reject) => {
        server.close((error) => (error === undefined || error === null ? resolve() : reject(error)));
        server.closeAllConnections();
      }),
  };
}

/** The process before, if its parent was killed, may hold the database for another moment. */
async function waitForLock(directory: string): Promise<void> {
  // The same package that dynalite opens the database with, wherever npm put it.
  const { Level } = createRequire(import.meta.resolve('dynalite'))('level') as { Level: LevelConstructor };
  for (let attempt = 1; ; attempt += 1) {
    const database = new Level(directory);
    try {
      await database.open();
      await database.close();
      return;
    } catch (error) {
      const code = (error as { cause?: { code?: unknown } }).cause?.code;
      if (code !== 'LEVEL_LOCKED' || attempt === 50) throw error;
      await sleep(100);
    }
  }
}

type LevelConstructor = new (directory: string) => { open(): Promise<void>; close(): Promise<void> };
