import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { APIGatewayProxyEventV2WithIAMAuthorizer, Context } from 'aws-lambda';
import { dynamoDbByDay } from '../shared/adapters/aws/dynamodb-by-day.ts';
import { dynamoDbTable } from '../shared/adapters/aws/dynamodb-table.ts';
import { dynamoDbAudit } from '../shared/adapters/aws/look-ups/dynamodb-audit.ts';
import { powertoolsLog } from '../shared/adapters/aws/powertools-log.ts';
import { QUICK_REQUESTS } from '../shared/adapters/aws/timeouts.ts';
import { systemClock, systemRandomness } from '../shared/adapters/clock.ts';
import { readEnvironment } from '../shared/runtime.ts';
import { hold } from './hold.ts';

const environment = readEnvironment('hold');
const log = powertoolsLog(environment.STAGE);
const dynamodb = new DynamoDBClient(QUICK_REQUESTS);
const dependencies = {
  table: dynamoDbTable(dynamodb, environment.TABLE_NAME, environment.EVENTS),
  index: dynamoDbByDay(dynamodb, environment.TABLE_NAME),
  audit: dynamoDbAudit(dynamodb, environment.TABLE_NAME),
  clock: systemClock,
  randomness: systemRandomness,
  log,
};

export const handler = (event: APIGatewayProxyEventV2WithIAMAuthorizer, context: Context) =>
  log.during(context, () => hold(dependencies, event));
