/** The index by day in DynamoDB. */
import { type AttributeValue, type DynamoDBClient, QueryCommand } from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import { TABLE } from '../../contract/table.ts';
import type { DayCandidate, RecordingIndex } from '../../ports/table.ts';

export function dynamoDbByDay(client: DynamoDBClient, tableName: string): RecordingIndex {
  return {
    async ofDay({ shard, from, before, state, limit }) {
      const found: DayCandidate[] = [];
      let start: Record<string, AttributeValue> | undefined;
      do {
        const page = await client.send(
          new QueryCommand({
            TableName: tableName,
            IndexName: TABLE.byDayIndex,
            KeyConditionExpression: '#day = :shard AND #began BETWEEN :from AND :before',
            ...(state !== undefined && { FilterExpression: '#state = :state' }),
            ExpressionAttributeNames: {
              '#day': TABLE.byDayIndexPartitionKey,
              '#began': TABLE.byDayIndexSortKey,
              ...(state !== undefined && { '#state': 'state' }),
            },
            ExpressionAttributeValues: marshall({
              ...{ ':shard': shard, ':from': from, ':before': before },
              ...(state !== undefined && { ':state': state }),
            }),
            ScanIndexForward: false,
            // A limit counts what is read, not what passes the filter. One more, since `before` itself is left out.
            ...(state === undefined && { Limit: limit + 1 }),
            ...(start && { ExclusiveStartKey: start }),
          }),
        );
        const candidates = (page.Items ?? []).map((item) => readCandidate(unmarshall(item)));
        found.push(...candidates.filter(({ place }) => place < before));
        start = page.LastEvaluatedKey;
      } while (start && found.length < limit);
      return found.slice(0, limit);
    },
  };
}

function readCandidate(item: Record<string, unknown>): DayCandidate {
  const [, recordingSid = ''] = String(item[TABLE.sortKey]).split('#');
  return { callSid: String(item[TABLE.partitionKey]), recordingSid, place: String(item[TABLE.byDayIndexSortKey]) };
}
