import { ApiGatewayManagementApiClient } from '@aws-sdk/client-apigatewaymanagementapi';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SQSClient } from '@aws-sdk/client-sqs';
import type { APIGatewayProxyWebsocketEventV2, Context } from 'aws-lambda';
import { assetFiles } from '../shared/adapters/asset-files.ts';
import { apiGatewayConnections } from '../shared/adapters/aws/api-gateway-connections.ts';
import { dynamoDbTable } from '../shared/adapters/aws/dynamodb-table.ts';
import { powertoolsLog } from '../shared/adapters/aws/powertools-log.ts';
import { secretsManagerCredentials } from '../shared/adapters/aws/secrets-manager-credentials.ts';
import { sqsQueue } from '../shared/adapters/aws/sqs-queue.ts';
import { QUICK_REQUESTS } from '../shared/adapters/aws/timeouts.ts';
import { systemClock, systemRandomness } from '../shared/adapters/clock.ts';
import { twilioSignatures } from '../shared/adapters/twilio/twilio-signatures.ts';
import { DISCLAIMER_FILE, namedDisclaimerFile } from '../shared/contract/stream.ts';
import { assetFolder, readEnvironment } from '../shared/runtime.ts';
import { routeStreamEvent } from './route.ts';

const environment = readEnvironment('stream-connect');
const log = powertoolsLog(environment.STAGE);
const disclaimers = assetFiles(assetFolder());
const dependencies = {
  streamUrl: environment.STREAM_URL,
  foreignStreams: environment.FOREIGN_STREAMS,
  disclaimer: disclaimers.read(DISCLAIMER_FILE),
  disclaimerCalled: (name: string) => disclaimers.find(namedDisclaimerFile(name)),
  credentials: secretsManagerCredentials({ secretId: environment.TWILIO_SECRET_ID, clock: systemClock, log }),
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
