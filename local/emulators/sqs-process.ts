import type { AddressInfo } from 'node:net';
import type { BuildAppOptions } from 'fauxqs';
import { type FauxqsDatabase, loadFauxqs } from './fauxqs-internals.ts';
import { accessKeyIdOf, type EmulatorServer, report, serve } from './serve.ts';

void serve(startSqs);

/** SQS with its messages in an SQLite database, which a killed process leaves in order. */
async function startSqs({ directory, port }: { directory: string; port: number }): Promise<EmulatorServer> {
  const fauxqs = await loadFauxqs();
  const stores = fauxqs.newStores();
  const database = fauxqs.newDatabase(directory);
  keepReceiveCounts(database);
  // Loading comes first: with persistence in place, it would write each queue again and thereby drop its messages.
  database.loadSqsAndSns(stores.sqsStore, stores.snsStore);
  stores.sqsStore.persistence = database;
  for (const queue of stores.sqsStore.allQueues()) queue.persistence = database;
  // Without a host of its own, a queue's URL takes the one of the request.
  stores.sqsStore.host = undefined;

  const app = fauxqs.buildApp({ logger: false, stores: stores as unknown as NonNullable<BuildAppOptions['stores']> });
  app.addHook('onRequest', (request, _reply, done) => {
    const target = String(request.headers['x-amz-target'] ?? '');
    const accessKeyId = accessKeyIdOf(request.headers.authorization);
    if (target !== '') {
      report({ type: 'request', accessKeyId, service: 'sqs', operation: target.replace('AmazonSQS.', '') });
    }
    done();
  });
  await app.listen({ port, host: '127.0.0.1' });
  return {
    port: (app.server.address() as AddressInfo).port,
    async close() {
      await app.close();
      database.close();
    },
  };
}

/**
 * fauxqs 2.4.1 empties a message's receive count when its visibility is set to 0, which its own schema refuses; the
 * change then fails with 500. A message that becomes visible keeps its count.
 */
function keepReceiveCounts(database: FauxqsDatabase): void {
  const makeReady = database.db.prepare(
    'UPDATE sqs_messages SET receipt_handle = NULL, visibility_deadline = NULL WHERE message_id = ?',
  );
  database.updateMessageReady = (messageId) => {
    makeReady.run(messageId);
  };
}
