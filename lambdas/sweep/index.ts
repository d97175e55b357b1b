import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SQSClient } from '@aws-sdk/client-sqs';
import type { Context } from 'aws-lambda';
import { dynamoDbTable } from '../shared/adapters/aws/dynamodb-table.ts';
import { powertoolsLog } from '../shared/adapters/aws/powertools-log.ts';
import { sqsQueue } from '../shared/adapters/aws/sqs-queue.ts';
import { QUICK_REQUESTS } from '../shared/adapters/aws/timeouts.ts';
import { systemClock, systemRandomness } from '../shared/adapters/clock.ts';
import type { EraseMessage, RecordingMessage, StartMessage } from '../shared/ports/queues.ts';
import { readPart } from '../shared/rules/table/due-shard.ts';
import { readEnvironment } from '../shared/runtime.ts';
import { sweep } from './sweep.ts';

const environment = readEnvironment('sweep');
const log = powertoolsLog(environment.STAGE);
const queues = new SQSClient(QUICK_REQUESTS);
const dependencies = {
  deletions: environment.DELETIONS,
  table: dynamoDbTable(new DynamoDBClient(QUICK_REQUESTS), environment.TABLE_NAME),
  startQueue: sqsQueue<StartMessage>(queues, environment.RECORDING_START_QUEUE_URL),
  copyQueue: sqsQueue<RecordingMessage>(queues, environment.RECORDING_COPY_QUEUE_URL),
  deleteQueue: sqsQueue<RecordingMessage>(queues, environment.RECORDING_DELETE_QUEUE_URL),
  eraseQueue: sqsQueue<EraseMessage>(queues, environment.ERASE_QUEUE_URL),
  clock: systemClock,
  randomness: systemRandomness,
  log,
};

export const handler = (event: unknown, context: Context) =>
  log.during(context, () => sweep(dependencies, readPart(event)));
