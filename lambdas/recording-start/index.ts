import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SQSClient } from '@aws-sdk/client-sqs';
import type { Context, SQSEvent } from 'aws-lambda';
import { dynamoDbTable } from '../shared/adapters/aws/dynamodb-table.ts';
import { powertoolsLog } from '../shared/adapters/aws/powertools-log.ts';
import { secretsManagerCredentials } from '../shared/adapters/aws/secrets-manager-credentials.ts';
import { sqsVisibility } from '../shared/adapters/aws/sqs-queue.ts';
import { QUICK_REQUESTS } from '../shared/adapters/aws/timeouts.ts';
import { systemClock, systemRandomness } from '../shared/adapters/clock.ts';
import { twilioRest } from '../shared/adapters/twilio/twilio-rest.ts';
import { HTTP_PATHS } from '../shared/contract/http.ts';
import { readStartMessage } from '../shared/entry/messages.ts';
import { consume } from '../shared/entry/queue-consumer.ts';
import { readEnvironment } from '../shared/runtime.ts';
import { recordingStart } from './recording-start.ts';

const environment = readEnvironment('recording-start');
const log = powertoolsLog(environment.STAGE);
const credentials = secretsManagerCredentials({ secretId: environment.TWILIO_SECRET_ID, clock: systemClock, log });
const dependencies = {
  table: dynamoDbTable(new DynamoDBClient(QUICK_REQUESTS), environment.TABLE_NAME, environment.EVENTS),
  twilio: twilioRest({
    apiUrl: environment.TWILIO_API_URL,
    callbackUrl: environment.PUBLIC_URL + HTTP_PATHS.recordingCallback,
    credentials,
  }),
  credentials,
  withoutStream: environment.WITHOUT_STREAM,
  clock: systemClock,
  randomness: systemRandomness,
  log,
};
const consumer = {
  log,
  visibility: sqsVisibility(new SQSClient(QUICK_REQUESTS), environment.RECORDING_START_QUEUE_URL),
  read: readStartMessage,
  step: recordingStart.bind(null, dependencies),
};

export const handler = (event: SQSEvent, context: Context) => log.during(context, () => consume(consumer, event));
