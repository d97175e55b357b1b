import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SQSClient } from '@aws-sdk/client-sqs';
import type { APIGatewayProxyEventV2, Context } from 'aws-lambda';
import { dynamoDbTable } from '../shared/adapters/aws/dynamodb-table.ts';
import { powertoolsLog } from '../shared/adapters/aws/powertools-log.ts';
import { secretsManagerCredentials } from '../shared/adapters/aws/secrets-manager-credentials.ts';
import { sqsQueue } from '../shared/adapters/aws/sqs-queue.ts';
import { QUICK_REQUESTS } from '../shared/adapters/aws/timeouts.ts';
import { systemClock, systemRandomness } from '../shared/adapters/clock.ts';
import { twilioSignatures } from '../shared/adapters/twilio/twilio-signatures.ts';
import type { StartMessage } from '../shared/ports/queues.ts';
import { readEnvironment } from '../shared/runtime.ts';
import { streamStatus } from './stream-status.ts';

const environment = readEnvironment('stream-status');
const log = powertoolsLog(environment.STAGE);
const dependencies = {
  publicUrl: environment.PUBLIC_URL,
  credentials: secretsManagerCredentials({ secretId: environment.TWILIO_SECRET_ID, clock: systemClock, log }),
  signatures: twilioSignatures,
  table: dynamoDbTable(new DynamoDBClient(QUICK_REQUESTS), environment.TABLE_NAME),
  startQueue: sqsQueue<StartMessage>(new SQSClient(QUICK_REQUESTS), environment.RECORDING_START_QUEUE_URL),
  clock: systemClock,
  randomness: systemRandomness,
  log,
};

export const handler = (event: APIGatewayProxyEventV2, context: Context) =>
  log.during(context, () => streamStatus(dependencies, event));
