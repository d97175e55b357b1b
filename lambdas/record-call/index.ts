import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { SQSClient } from '@aws-sdk/client-sqs';
import type { APIGatewayProxyEventV2WithIAMAuthorizer, Context } from 'aws-lambda';
import { dynamoDbTable } from '../shared/adapters/aws/dynamodb-table.ts';
import { secretsManagerPartyKey } from '../shared/adapters/aws/look-ups/secrets-manager-party-key.ts';
import { powertoolsLog } from '../shared/adapters/aws/powertools-log.ts';
import { secretsManagerCredentials } from '../shared/adapters/aws/secrets-manager-credentials.ts';
import { sqsQueue } from '../shared/adapters/aws/sqs-queue.ts';
import { QUICK_REQUESTS } from '../shared/adapters/aws/timeouts.ts';
import { systemClock, systemRandomness } from '../shared/adapters/clock.ts';
import { twilioRest } from '../shared/adapters/twilio/twilio-rest.ts';
import type { StartMessage } from '../shared/ports/queues.ts';
import { readEnvironment } from '../shared/runtime.ts';
import { recordCall } from './record-call.ts';

const environment = readEnvironment('record-call');
const log = powertoolsLog(environment.STAGE);
const client = new SecretsManagerClient(QUICK_REQUESTS);
const credentials = secretsManagerCredentials({
  ...{ secretId: environment.TWILIO_SECRET_ID, clock: systemClock, log, client },
});
const dependencies = {
  table: dynamoDbTable(new DynamoDBClient(QUICK_REQUESTS), environment.TABLE_NAME),
  startQueue: sqsQueue<StartMessage>(new SQSClient(QUICK_REQUESTS), environment.RECORDING_START_QUEUE_URL),
  twilio: twilioRest({ apiUrl: environment.TWILIO_API_URL, credentials }),
  credentials,
  partyKey: secretsManagerPartyKey(client, environment.PARTY_SECRET_ID),
  clock: systemClock,
  randomness: systemRandomness,
  log,
};

export const handler = (event: APIGatewayProxyEventV2WithIAMAuthorizer, context: Context) =>
  log.during(context, () => recordCall(dependencies, event));
