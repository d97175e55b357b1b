import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { dynamoDbTable } from '../shared/adapters/aws/dynamodb-table.ts';
import { type AwsLambdaGlobal, sendReply } from '../shared/adapters/aws/lambda-response-stream.ts';
import { powertoolsLog } from '../shared/adapters/aws/powertools-log.ts';
import { secretsManagerCredentials } from '../shared/adapters/aws/secrets-manager-credentials.ts';
import { PLAYBACK_TIMEOUTS, QUICK_REQUESTS } from '../shared/adapters/aws/timeouts.ts';
import { systemClock } from '../shared/adapters/clock.ts';
import { twilioRest } from '../shared/adapters/twilio/twilio-rest.ts';
import { readEnvironment } from '../shared/runtime.ts';
import { type PlayRequest, recordingPlay } from './recording-play.ts';

declare const awslambda: AwsLambdaGlobal;

const environment = readEnvironment('recording-play');
const log = powertoolsLog(environment.STAGE);
const credentials = secretsManagerCredentials({ secretId: environment.TWILIO_SECRET_ID, clock: systemClock, log });
const dependencies = {
  table: dynamoDbTable(new DynamoDBClient(QUICK_REQUESTS), environment.TABLE_NAME),
  twilio: twilioRest({ apiUrl: environment.TWILIO_API_URL, credentials, timeouts: PLAYBACK_TIMEOUTS }),
  credentials,
  clock: systemClock,
  log,
};

export const handler = awslambda.streamifyResponse<PlayRequest>((event, response, context) =>
  log.during(context, async () => sendReply(awslambda, response, await recordingPlay(dependencies, event))),
);
