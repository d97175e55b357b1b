import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { SQSClient } from '@aws-sdk/client-sqs';
import type { Context, SQSEvent } from 'aws-lambda';
import { dynamoDbTable } from '../shared/adapters/aws/dynamodb-table.ts';
import { secretsManagerPartyKey } from '../shared/adapters/aws/look-ups/secrets-manager-party-key.ts';
import { powertoolsLog } from '../shared/adapters/aws/powertools-log.ts';
import { secretsManagerCredentials } from '../shared/adapters/aws/secrets-manager-credentials.ts';
import { sqsQueue, sqsVisibility } from '../shared/adapters/aws/sqs-queue.ts';
import { QUICK_REQUESTS } from '../shared/adapters/aws/timeouts.ts';
import { systemClock, systemRandomness } from '../shared/adapters/clock.ts';
import { LIST_TIMEOUTS } from '../shared/adapters/twilio/https-client.ts';
import { twilioRest } from '../shared/adapters/twilio/twilio-rest.ts';
import { HTTP_PATHS } from '../shared/contract/http.ts';
import { readPieceMessage } from '../shared/entry/messages.ts';
import { consume } from '../shared/entry/queue-consumer.ts';
import type { PieceMessage, RecordingMessage } from '../shared/ports/queues.ts';
import { BUDGET_MS } from '../shared/rules/reconcile/reconcile-memory.ts';
import { readEnvironment } from '../shared/runtime.ts';
import { comparePiece } from './pieces.ts';
import { reconcile } from './reconcile.ts';

const environment = readEnvironment('reconcile');
const log = powertoolsLog(environment.STAGE);
const client = new SecretsManagerClient(QUICK_REQUESTS);
const credentials = secretsManagerCredentials({
  ...{ secretId: environment.TWILIO_SECRET_ID, clock: systemClock, log, client },
});
const queues = new SQSClient(QUICK_REQUESTS);
const dependencies = {
  table: dynamoDbTable(new DynamoDBClient(QUICK_REQUESTS), environment.TABLE_NAME, environment.EVENTS),
  twilio: twilioRest({ apiUrl: environment.TWILIO_API_URL, credentials, timeouts: LIST_TIMEOUTS }),
  credentials,
  partyKey: secretsManagerPartyKey(client, environment.PARTY_SECRET_ID),
  copyQueue: sqsQueue<RecordingMessage>(queues, environment.RECORDING_COPY_QUEUE_URL),
  pieceQueue: sqsQueue<PieceMessage>(queues, environment.RECONCILE_QUEUE_URL),
  voiceUrl: environment.PUBLIC_URL + HTTP_PATHS.voice,
  canary: environment.CANARY,
  budgetMs: BUDGET_MS,
  clock: systemClock,
  randomness: systemRandomness,
  log,
};

const consumer = {
  log,
  visibility: sqsVisibility(queues, environment.RECONCILE_QUEUE_URL),
  read: readPieceMessage,
  step: comparePiece.bind(null, dependencies),
};

/** The schedule and the queue both invoke it. */
export const handler = (event: object, context: Context) =>
  log.during<unknown>(context, () => (isOfQueue(event) ? consume(consumer, event) : reconcile(dependencies)));

const isOfQueue = (event: object): event is SQSEvent => 'Records' in event;
