import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SQSClient } from '@aws-sdk/client-sqs';
import type { Context } from 'aws-lambda';
import { systemClock, systemRandomness } from '../shared/adapters/clock.ts';
import { dynamoDbTable } from '../shared/adapters/dynamodb-table.ts';
import { powertoolsLog } from '../shared/adapters/powertools-log.ts';
import { secretsManagerCredentials } from '../shared/adapters/secrets-manager-credentials.ts';
import { sqsQueue } from '../shared/adapters/sqs-queue.ts';
import { QUICK_REQUESTS } from '../shared/adapters/timeouts.ts';
import { twilioRest } from '../shared/adapters/twilio-rest.ts';
import type { RecordingMessage } from '../shared/ports.ts';
import { readEnvironment } from '../shared/runtime.ts';
import { reconcile } from './reconcile.ts';

const environment = readEnvironment('reconcile');
const log = powertoolsLog(environment.STAGE);
const credentials = secretsManagerCredentials(environment.TWILIO_SECRET_ID, systemClock);
const dependencies = {
  table: dynamoDbTable(new DynamoDBClient(QUICK_REQUESTS), environment.TABLE_NAME, environment.EVENTS),
  twilio: twilioRest({ apiUrl: environment.TWILIO_API_URL, credentials }),
  credentials,
  copyQueue: sqsQueue<RecordingMessage>(new SQSClient(QUICK_REQUESTS), environment.RECORDING_COPY_QUEUE_URL),
  clock: systemClock,
  randomness: systemRandomness,
  log,
};

export const handler = (_event: unknown, context: Context) => log.during(context, () => reconcile(dependencies));
