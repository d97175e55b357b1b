/** The table in DynamoDB. */
import {
  type AttributeValue,
  ConditionalCheckFailedException,
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
} from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import type { Events } from '../../contract/settings.ts';
import { TABLE } from '../../contract/table.ts';
import type { DueCandidate, Table, UntoldKey } from '../../ports/table.ts';
import type { Row, RowKey, RowOf } from '../../rules/table/rows.ts';
import { parseInstant, toIso } from '../../rules/values/instant.ts';
import { fromItem, itemKey, toItem } from './table-items.ts';

/** One page of an index. */
const DUE_PAGE = 100;

/** @param events whether changes note what they make happen */
export function dynamoDbTable(client: DynamoDBClient, tableName: string, events: Events = 'on'): Table {
  return {
    notesEvents: events === 'on',

    async read<Key extends RowKey>(key: Key) {
      const { Item } = await client.send(
        new GetItemCommand({ TableName: tableName, Key: marshall(itemKey(key)), ConsistentRead: true }),
      );
      return Item && (fromItem(unmarshall(Item)) as RowOf<Key>);
    },

    async readCall(callSid, passOver) {
      const rows: Row[] = [];
      let start: Record<string, AttributeValue> | undefined;
      do {
        const page = await client.send(
          new QueryCommand({
            TableName: tableName,
            ConsistentRead: true,
            KeyConditionExpression: '#callSid = :callSid',
            ExpressionAttributeNames: { '#callSid': TABLE.partitionKey },
            ExpressionAttributeValues: marshall({ ':callSid': callSid }),
            ...(start && { ExclusiveStartKey: start }),
          }),
        );
        for (const item of page.Items ?? []) {
          const row = readItem(unmarshall(item), passOver);
          if (row) rows.push(row);
        }
        start = page.LastEvaluatedKey;
      } while (start);
      return rows;
    },

    async write(row, expected) {
      try {
        await client.send(
          new PutItemCommand({
            TableName: tableName,
            Item: marshall(toItem(row), { removeUndefinedValues: true }),
            ...(expected === undefined
              ? {
                  ConditionExpression: 'attribute_not_exists(#callSid)',
                  ExpressionAttributeNames: { '#callSid': TABLE.partitionKey },
                }
              : {
                  ConditionExpression: '#version = :expected',
                  ExpressionAttributeNames: { '#version': 'version' },
                  ExpressionAttributeValues: marshall({ ':expected': expected }),
                }),
          }),
        );
        return 'written';
      } catch (error) {
        if (error instanceof ConditionalCheckFailedException) return 'conflict';
        throw error;
      }
    },

    async due(shard, until, cursor) {
      const page = await client.send(
        new QueryCommand({
          TableName: tableName,
          IndexName: TABLE.dueIndex,
          KeyConditionExpression: '#shard = :shard AND #due <= :until',
          ExpressionAttributeNames: { '#shard': TABLE.dueIndexPartitionKey, '#due': TABLE.dueIndexSortKey },
          ExpressionAttributeValues: marshall({ ':shard': shard, ':until': toIso(until) }),
          Limit: DUE_PAGE,
          ...(cursor !== undefined && { ExclusiveStartKey: cursor as Record<string, AttributeValue> }),
        }),
      );
      return {
        candidates: (page.Items ?? []).map((item) => readCandidate(unmarshall(item))),
        ...(page.LastEvaluatedKey && { next: page.LastEvaluatedKey }),
      };
    },

    async untold(shard, cursor) {
      const page = await client.send(
        new QueryCommand({
          TableName: tableName,
          IndexName: TABLE.untoldIndex,
          KeyConditionExpression: '#shard = :shard',
          ExpressionAttributeNames: { '#shard': TABLE.untoldIndexPartitionKey },
          ExpressionAttributeValues: marshall({ ':shard': shard }),
          Limit: DUE_PAGE,
          ...(cursor !== undefined && { ExclusiveStartKey: cursor as Record<string, AttributeValue> }),
        }),
      );
      return {
        keys: (page.Items ?? []).map((item) => readKey(unmarshall(item))),
        ...(page.LastEvaluatedKey && { next: page.LastEvaluatedKey }),
      };
    },
  };
}

function readItem(item: Record<string, unknown>, passOver: ((item: string) => void) | undefined): Row | undefined {
  try {
    return fromItem(item);
  } catch (error) {
    if (!passOver) throw error;
    passOver(String(item[TABLE.sortKey]));
    return undefined;
  }
}

function readCandidate(item: Record<string, unknown>): DueCandidate {
  const { kind: _told, ...key } = readKey(item);
  const completedAt = parseInstant(item.completedAt);
  return { next: item.next as DueCandidate['next'], ...key, ...(completedAt !== undefined && { completedAt }) };
}

function readKey(item: Record<string, unknown>): UntoldKey {
  const [kind, recordingSid] = String(item[TABLE.sortKey]).split('#');
  const callSid = String(item[TABLE.partitionKey]);
  return kind === 'RECORDING' && recordingSid !== undefined
    ? { kind: 'recording', callSid, recordingSid }
    : { kind: 'call', callSid };
}
