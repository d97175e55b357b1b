import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { Context } from 'aws-lambda';
import { dynamoDbTable } from '../shared/adapters/aws/dynamodb-table.ts';
import { powertoolsLog } from '../shared/adapters/aws/powertools-log.ts';
import { QUICK_REQUESTS } from '../shared/adapters/aws/timeouts.ts';
import { systemClock, systemRandomness } from '../shared/adapters/clock.ts';
import { readEnvironment } from '../shared/runtime.ts';
import { watchLog } from './watch-log.ts';

const environment = readEnvironment('watch-log');
const log = powertoolsLog(environment.STAGE);
const dependencies = {
  table: dynamoDbTable(new DynamoDBClient(QUICK_REQUESTS), environment.TABLE_NAME),
  clock: systemClock,
  randomness: systemRandomness,
  log,
};

export const handler = (event: unknown, context: Context) => log.during(context, () => watchLog(dependencies, event));
