import type { EmulatorArguments } from './emulator-process.ts';
import { type FauxqsDatabase, loadFauxqs, makeApp, openApp } from './fauxqs-internals.ts';
import { type EmulatorServer, serve } from './serve.ts';

void serve(startSqs);

/** SQS with its messages in an SQLite database, which a killed process leaves in order. */
async function startSqs({ directory, port }: EmulatorArguments): Promise<EmulatorServer> {
  const fauxqs = await loadFauxqs();
  const { stores } = fauxqs;
  const database = fauxqs.newDatabase(directory);
  keepReceiveCounts(database);
  // Loading comes first: with persistence in place, it would write each queue again and thereby drop its messages.
  database.loadSqsAndSns(stores.sqsStore, stores.snsStore);
  stores.sqsStore.persistence = database;
  for (const queue of stores.sqsStore.allQueues()) queue.persistence = database;
  // Without a host of its own, a queue's URL takes the one of the request.
  stores.sqsStore.host = undefined;

  const operationOf = (target: unknown) => (target ? String(target).replace('AmazonSQS.', '') : undefined);
  return openApp(
    makeApp(stores, 'sqs', ({ headers }) => operationOf(headers['x-amz-target'])),
    port,
    database,
  );
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
