import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { S3Client } from '@aws-sdk/client-s3';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import type { APIGatewayProxyEventV2WithIAMAuthorizer, Context } from 'aws-lambda';
import { dynamoDbByDay } from '../shared/adapters/aws/dynamodb-by-day.ts';
import { dynamoDbTable } from '../shared/adapters/aws/dynamodb-table.ts';
import { functionUrlPlayback } from '../shared/adapters/aws/function-url-playback.ts';
import { dynamoDbAudit } from '../shared/adapters/aws/look-ups/dynamodb-audit.ts';
import { dynamoDbParties } from '../shared/adapters/aws/look-ups/dynamodb-parties.ts';
import { s3Peaks } from '../shared/adapters/aws/look-ups/s3-peaks.ts';
import { secretsManagerPartyKey } from '../shared/adapters/aws/look-ups/secrets-manager-party-key.ts';
import { powertoolsLog } from '../shared/adapters/aws/powertools-log.ts';
import { s3Playback } from '../shared/adapters/aws/s3-playback.ts';
import { QUICK_REQUESTS } from '../shared/adapters/aws/timeouts.ts';
import { systemClock, systemRandomness } from '../shared/adapters/clock.ts';
import { NO_PLAY_URL } from '../shared/contract/settings.ts';
import { readEnvironment } from '../shared/runtime.ts';
import { lookUp } from './look-up.ts';

const environment = readEnvironment('look-up');
const log = powertoolsLog(environment.STAGE);
const dynamodb = new DynamoDBClient(QUICK_REQUESTS);
const s3 = new S3Client(QUICK_REQUESTS);
const secrets = new SecretsManagerClient(QUICK_REQUESTS);
const url = environment.PLAY_URL;
const dependencies = {
  table: dynamoDbTable(dynamodb, environment.TABLE_NAME),
  index: dynamoDbByDay(dynamodb, environment.TABLE_NAME),
  parties: dynamoDbParties(dynamodb, environment.TABLE_NAME),
  partyKey: secretsManagerPartyKey(secrets, environment.PARTY_SECRET_ID),
  playback: s3Playback(s3, systemClock),
  peaks: s3Peaks(s3),
  fromTwilio: url === NO_PLAY_URL ? undefined : functionUrlPlayback(url, s3.config, systemClock),
  audit: dynamoDbAudit(dynamodb, environment.TABLE_NAME),
  clock: systemClock,
  randomness: systemRandomness,
  log,
};

export const handler = (event: APIGatewayProxyEventV2WithIAMAuthorizer, context: Context) =>
  log.during(context, () => lookUp(dependencies, event));
