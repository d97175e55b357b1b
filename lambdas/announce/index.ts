import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import type { Context } from 'aws-lambda';
import { dynamoDbTable } from '../shared/adapters/aws/dynamodb-table.ts';
import { eventBridgeBus } from '../shared/adapters/aws/eventbridge-bus.ts';
import { powertoolsLog } from '../shared/adapters/aws/powertools-log.ts';
import { QUICK_REQUESTS } from '../shared/adapters/aws/timeouts.ts';
import { systemClock, systemRandomness } from '../shared/adapters/clock.ts';
import { readPart } from '../shared/rules/table/due-shard.ts';
import { readEnvironment } from '../shared/runtime.ts';
import { announce } from './announce.ts';

const environment = readEnvironment('announce');
const log = powertoolsLog(environment.STAGE);
const dependencies = {
  stage: environment.STAGE,
  table: dynamoDbTable(new DynamoDBClient(QUICK_REQUESTS), environment.TABLE_NAME),
  bus: eventBridgeBus(new EventBridgeClient(QUICK_REQUESTS), environment.EVENT_BUS_NAME),
  clock: systemClock,
  randomness: systemRandomness,
  log,
};

export const handler = (event: unknown, context: Context) =>
  log.during(context, () => announce(dependencies, readPart(event)));
