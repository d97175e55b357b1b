import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ApiGatewayManagementApiClient } from '@aws-sdk/client-apigatewaymanagementapi';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SQSClient } from '@aws-sdk/client-sqs';
import type { APIGatewayProxyWebsocketEventV2, Context } from 'aws-lambda';
import { apiGatewayConnections } from '../shared/adapters/api-gateway-connections.ts';
import { systemClock, systemRandomness } from '../shared/adapters/clock.ts';
import { dynamoDbTable } from '../shared/adapters/dynamodb-table.ts';
import { powertoolsLog } from '../shared/adapters/powertools-log.ts';
import { secretsManagerCredentials } from '../shared/adapters/secrets-manager-credentials.ts';
import { sqsQueue } from '../shared/adapters/sqs-queue.ts';
import { QUICK_REQUESTS } from '../shared/adapters/timeouts.ts';
import { twilioSignatures } from '../shared/adapters/twilio-signatures.ts';
import { DISCLAIMER_FILE } from '../shared/contract.ts';
import { assetFolder, readEnvironment } from '../shared/runtime.ts';
import { routeStreamEvent } from './route.ts';

const environment = readEnvironment('stream-connect');
const log = powertoolsLog(environment.STAGE);
const dependencies = {
  streamUrl: environment.STREAM_URL,
  foreignStreams: environment.FOREIGN_STREAMS,
  disclaimer: readFileSync(join(assetFolder(), DISCLAIMER_FILE)),
  credentials: secretsManagerCredentials(environment.TWILIO_SECRET_ID, systemClock),
  signatures: twilioSignatures,
  table: dynamoDbTable(new DynamoDBClient(QUICK_REQUESTS), environment.TABLE_NAME, environment.EVENTS),
  startQueue: sqsQueue(new SQSClient(QUICK_REQUESTS), environment.RECORDING_START_QUEUE_URL),
  connections: apiGatewayConnections(
    new ApiGatewayManagementApiClient({ ...QUICK_REQUESTS, endpoint: environment.CONNECTIONS_URL }),
  ),
  clock: systemClock,
  randomness: systemRandomness,
  log,
};

export const handler = (event: APIGatewayProxyWebsocketEventV2, context: Context) =>
  log.during(context, () => routeStreamEvent(dependencies, event));
