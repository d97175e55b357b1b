/** The index by day in DynamoDB. */
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import { TABLE } from '../../contract/table.ts';
import type { CallIndex, DayCandidate, ListedCall, RecordingIndex } from '../../ports/table.ts';
import type { RecordingState } from '../../rules/table/row-parts.ts';
import { readItem, readItems } from './dynamodb-table.ts';
import { newestFirst } from './look-ups/newest-first.ts';

export function dynamoDbByDay(client: DynamoDBClient, tableName: string): RecordingIndex & CallIndex {
  return {
    ofDay: (asked) => entriesOf(client, tableName, asked),
    entriesOfDay: (asked) => entriesOf(client, tableName, { ...asked, state: undefined }),
    readListed: (callSid) => readListed(client, tableName, callSid),
  };
}

interface Asked {
  readonly shard: string;
  readonly from: string;
  readonly before: string;
  readonly state: RecordingState | undefined;
  readonly limit: number;
}

function entriesOf(
  client: DynamoDBClient,
  tableName: string,
  { shard, from, before, state, limit }: Asked,
): Promise<readonly DayCandidate[]> {
  const input = {
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
  };
  return newestFirst(client, input, { before, limit }, readCandidate);
}

/** The sort key of a call's own row names no recording. */
function readCandidate(item: Record<string, unknown>): DayCandidate {
  const [, recordingSid = ''] = String(item[TABLE.sortKey]).split('#');
  return { callSid: String(item[TABLE.partitionKey]), recordingSid, place: String(item[TABLE.byDayIndexSortKey]) };
}

async function readListed(client: DynamoDBClient, tableName: string, callSid: string): Promise<ListedCall> {
  const items = await readItems(client, tableName, callSid);
  const unreadable: string[] = [];
  const rows = items.map((item) => readItem(item, (sort) => unreadable.push(sort))).filter((row) => row !== undefined);
  const own = items.find((item) => item[TABLE.sortKey] === TABLE.callItem)?.[TABLE.byDayIndexSortKey];
  return { rows, place: typeof own === 'string' ? own : undefined, unreadable };
}
