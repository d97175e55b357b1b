/** Calls by the number of their other party, in DynamoDB. */
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import { TABLE } from '../../../contract/table.ts';
import type { PartyIndex } from '../../../ports/party.ts';
import { newestFirst } from './newest-first.ts';

export const dynamoDbParties = (client: DynamoDBClient, tableName: string): PartyIndex => ({
  entriesOfParty({ partition, from, before, limit }) {
    const input = {
      TableName: tableName,
      ConsistentRead: true,
      KeyConditionExpression: '#partition = :partition AND #place BETWEEN :from AND :before',
      ExpressionAttributeNames: { '#partition': TABLE.partitionKey, '#place': TABLE.sortKey },
      ExpressionAttributeValues: marshall({ ':partition': partition, ':from': from, ':before': before }),
    };
    return newestFirst(client, input, { before, limit }, readItem);
  },
});

/** The sort key is `<ISO time>#CA…`. */
function readItem(item: Record<string, unknown>) {
  const place = String(item[TABLE.sortKey]);
  const [, callSid = ''] = place.split('#');
  return { callSid, place };
}
