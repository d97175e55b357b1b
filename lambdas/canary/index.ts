import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { S3Client } from '@aws-sdk/client-s3';
import type { Context } from 'aws-lambda';
import { dynamoDbTable } from '../shared/adapters/aws/dynamodb-table.ts';
import { powertoolsLog } from '../shared/adapters/aws/powertools-log.ts';
import { s3CanaryStore } from '../shared/adapters/aws/s3-canary-store.ts';
import { secretsManagerCredentials } from '../shared/adapters/aws/secrets-manager-credentials.ts';
import { QUICK_REQUESTS } from '../shared/adapters/aws/timeouts.ts';
import { systemClock, systemRandomness } from '../shared/adapters/clock.ts';
import { twilioRest } from '../shared/adapters/twilio/twilio-rest.ts';
import { readEnvironment } from '../shared/runtime.ts';
import { runCanary, tone } from './canary.ts';

const environment = readEnvironment('canary');
const log = powertoolsLog(environment.STAGE);
const credentials = secretsManagerCredentials({ secretId: environment.TWILIO_SECRET_ID, clock: systemClock, log });
const canary = environment.CANARY;
const dependencies = canary && {
  canary,
  publicUrl: environment.PUBLIC_URL,
  table: dynamoDbTable(new DynamoDBClient(QUICK_REQUESTS), environment.TABLE_NAME),
  canaryStore: s3CanaryStore(new S3Client(QUICK_REQUESTS), environment.BUCKET_NAME),
  twilio: twilioRest({ apiUrl: environment.TWILIO_API_URL, credentials }),
  credentials,
  clock: systemClock,
  randomness: systemRandomness,
  log,
};

/** Of the schedule, or of Twilio, which asks for the tone. Without a canary nothing leads here. */
export const handler = (event: { readonly routeKey?: string }, context: Context) =>
  log.during(context, async () => {
    if (event.routeKey !== undefined) return tone();
    if (dependencies) await runCanary(dependencies);
    return undefined;
  });
