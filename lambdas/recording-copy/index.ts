import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { S3Client } from '@aws-sdk/client-s3';
import { SQSClient } from '@aws-sdk/client-sqs';
import type { Context, SQSEvent } from 'aws-lambda';
import { dynamoDbTable } from '../shared/adapters/aws/dynamodb-table.ts';
import { s3Peaks } from '../shared/adapters/aws/look-ups/s3-peaks.ts';
import { powertoolsLog } from '../shared/adapters/aws/powertools-log.ts';
import { s3AudioStore } from '../shared/adapters/aws/s3-audio-store.ts';
import { secretsManagerCredentials } from '../shared/adapters/aws/secrets-manager-credentials.ts';
import { sqsVisibility } from '../shared/adapters/aws/sqs-queue.ts';
import { LARGE_REQUESTS, QUICK_REQUESTS } from '../shared/adapters/aws/timeouts.ts';
import { systemClock, systemRandomness } from '../shared/adapters/clock.ts';
import { twilioRest } from '../shared/adapters/twilio/twilio-rest.ts';
import { readRecordingMessage } from '../shared/entry/messages.ts';
import { consume } from '../shared/entry/queue-consumer.ts';
import { SECOND } from '../shared/rules/values/instant.ts';
import { readEnvironment } from '../shared/runtime.ts';
import { recordingCopy } from './recording-copy.ts';

const environment = readEnvironment('recording-copy');
const log = powertoolsLog(environment.STAGE);
const credentials = secretsManagerCredentials({ secretId: environment.TWILIO_SECRET_ID, clock: systemClock, log });
const dependencies = {
  table: dynamoDbTable(new DynamoDBClient(QUICK_REQUESTS), environment.TABLE_NAME, environment.EVENTS),
  twilio: twilioRest({ apiUrl: environment.TWILIO_API_URL, credentials }),
  credentials,
  store: s3AudioStore(new S3Client(LARGE_REQUESTS), environment.BUCKET_NAME),
  // They may cost a copy some seconds at the most.
  peaks: s3Peaks(new S3Client(QUICK_REQUESTS)),
  audioFormat: environment.AUDIO_FORMAT,
  canary: environment.CANARY,
  keepAtTwilioMs: environment.KEEP_AT_TWILIO_SECONDS * SECOND,
  stage: environment.STAGE,
  clock: systemClock,
  randomness: systemRandomness,
  log,
};
const consumer = {
  log,
  visibility: sqsVisibility(new SQSClient(QUICK_REQUESTS), environment.RECORDING_COPY_QUEUE_URL),
  read: readRecordingMessage,
  step: recordingCopy.bind(null, dependencies),
};

export const handler = (event: SQSEvent, context: Context) => log.during(context, () => consume(consumer, event));
