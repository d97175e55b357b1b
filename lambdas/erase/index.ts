import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { S3Client } from '@aws-sdk/client-s3';
import { SQSClient } from '@aws-sdk/client-sqs';
import type { APIGatewayProxyEventV2WithIAMAuthorizer, Context, SQSEvent } from 'aws-lambda';
import { dynamoDbTable } from '../shared/adapters/aws/dynamodb-table.ts';
import { dynamoDbPartyRemoval } from '../shared/adapters/aws/erasing/dynamodb-party-removal.ts';
import { s3EraseStore } from '../shared/adapters/aws/erasing/s3-erase-store.ts';
import { dynamoDbAudit } from '../shared/adapters/aws/look-ups/dynamodb-audit.ts';
import { powertoolsLog } from '../shared/adapters/aws/powertools-log.ts';
import { secretsManagerCredentials } from '../shared/adapters/aws/secrets-manager-credentials.ts';
import { sqsQueue, sqsVisibility } from '../shared/adapters/aws/sqs-queue.ts';
import { QUICK_REQUESTS } from '../shared/adapters/aws/timeouts.ts';
import { systemClock, systemRandomness } from '../shared/adapters/clock.ts';
import { twilioRest } from '../shared/adapters/twilio/twilio-rest.ts';
import { readEraseMessage } from '../shared/entry/messages.ts';
import { consume } from '../shared/entry/queue-consumer.ts';
import type { EraseMessage } from '../shared/ports/queues.ts';
import { readEnvironment } from '../shared/runtime.ts';
import { erase } from './erase.ts';
import { requestErasure } from './request.ts';

const environment = readEnvironment('erase');
const log = powertoolsLog(environment.STAGE);
const dynamodb = new DynamoDBClient(QUICK_REQUESTS);
const queues = new SQSClient(QUICK_REQUESTS);
const credentials = secretsManagerCredentials({ secretId: environment.TWILIO_SECRET_ID, clock: systemClock, log });
const dependencies = {
  table: dynamoDbTable(dynamodb, environment.TABLE_NAME, environment.EVENTS),
  audit: dynamoDbAudit(dynamodb, environment.TABLE_NAME),
  parties: dynamoDbPartyRemoval(dynamodb, environment.TABLE_NAME),
  store: s3EraseStore(new S3Client(QUICK_REQUESTS), environment.BUCKET_NAME),
  eraseQueue: sqsQueue<EraseMessage>(queues, environment.ERASE_QUEUE_URL),
  twilio: twilioRest({ apiUrl: environment.TWILIO_API_URL, credentials }),
  credentials,
  stage: environment.STAGE,
  clock: systemClock,
  randomness: systemRandomness,
  log,
};
const consumer = {
  log,
  visibility: sqsVisibility(queues, environment.ERASE_QUEUE_URL),
  read: readEraseMessage,
  step: erase.bind(null, dependencies),
};

/** Messages of the queue, or a request of the API. */
export const handler = (event: SQSEvent | APIGatewayProxyEventV2WithIAMAuthorizer, context: Context) =>
  log.during(context, async () =>
    'Records' in event ? consume(consumer, event) : requestErasure(dependencies, event),
  );
