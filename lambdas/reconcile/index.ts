import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SQSClient } from '@aws-sdk/client-sqs';
import type { Context } from 'aws-lambda';
import { dynamoDbTable } from '../shared/adapters/aws/dynamodb-table.ts';
import { powertoolsLog } from '../shared/adapters/aws/powertools-log.ts';
import { secretsManagerCredentials } from '../shared/adapters/aws/secrets-manager-credentials.ts';
import { sqsQueue } from '../shared/adapters/aws/sqs-queue.ts';
import { QUICK_REQUESTS } from '../shared/adapters/aws/timeouts.ts';
import { systemClock, systemRandomness } from '../shared/adapters/clock.ts';
import { LIST_TIMEOUTS } from '../shared/adapters/twilio/https-client.ts';
import { twilioRest } from '../shared/adapters/twilio/twilio-rest.ts';
import { HTTP_PATHS } from '../shared/contract/http.ts';
import type { RecordingMessage } from '../shared/ports/queues.ts';
import { BUDGET_MS } from '../shared/rules/table/reconcile-memory.ts';
import { readEnvironment } from '../shared/runtime.ts';
import { reconcile } from './reconcile.ts';

const environment = readEnvironment('reconcile');
const log = powertoolsLog(environment.STAGE);
const credentials = secretsManagerCredentials({ secretId: environment.TWILIO_SECRET_ID, clock: systemClock, log });
const dependencies = {
  table: dynamoDbTable(new DynamoDBClient(QUICK_REQUESTS), environment.TABLE_NAME, environment.EVENTS),
  twilio: twilioRest({ apiUrl: environment.TWILIO_API_URL, credentials, timeouts: LIST_TIMEOUTS }),
  credentials,
  copyQueue: sqsQueue<RecordingMessage>(new SQSClient(QUICK_REQUESTS), environment.RECORDING_COPY_QUEUE_URL),
  voiceUrl: environment.PUBLIC_URL + HTTP_PATHS.voice,
  canary: environment.CANARY,
  budgetMs: BUDGET_MS,
  clock: systemClock,
  randomness: systemRandomness,
  log,
};

export const handler = (_event: unknown, context: Context) => log.during(context, () => reconcile(dependencies));
