/** The table in DynamoDB. */
import {
  type AttributeValue,
  ConditionalCheckFailedException,
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  type PutItemCommandInput,
  QueryCommand,
  type QueryCommandInput,
} from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import type { Events } from '../../contract/settings.ts';
import { TABLE } from '../../contract/table.ts';
import type { DueCandidate, DueCursor, EventRowKey, Table } from '../../ports/table.ts';
import type { Row, RowKey, RowOf } from '../../rules/table/rows.ts';
import { parseInstant, toIso } from '../../rules/values/instant.ts';
import { fromItem, itemKey, toItem } from './table-items.ts';

/** Rows on a page of an index. */
const PAGE_SIZE = 100;

/** @param events whether changes add their events to the row */
export function dynamoDbTable(client: DynamoDBClient, tableName: string, events: Events = 'on'): Table {
  /** Asks for one page of an index. */
  const page = async (input: Partial<QueryCommandInput>, cursor: DueCursor | undefined) => {
    const start = cursor !== undefined && { ExclusiveStartKey: cursor as Record<string, AttributeValue> };
    const { Items = [], LastEvaluatedKey } = await client.send(
      new QueryCommand({ TableName: tableName, Limit: PAGE_SIZE, ...input, ...start }),
    );
    return { items: Items.map((item) => unmarshall(item)), next: LastEvaluatedKey && { next: LastEvaluatedKey } };
  };
  return {
    addsPendingEvents: events === 'on',

    async read<Key extends RowKey>(key: Key) {
      const { Item } = await client.send(
        new GetItemCommand({ TableName: tableName, Key: marshall(itemKey(key)), ConsistentRead: true }),
      );
      return Item && (fromItem(unmarshall(Item)) as RowOf<Key>);
    },

    readCall: (callSid, passOver) => readCall(client, tableName, callSid, passOver),

    async write(row, expected) {
      const Item = marshall(toItem(row), { removeUndefinedValues: true });
      try {
        await client.send(new PutItemCommand({ TableName: tableName, Item, ...isStill(expected) }));
        return 'written';
      } catch (error) {
        if (error instanceof ConditionalCheckFailedException) return 'conflict';
        throw error;
      }
    },

    async due(shard, until, cursor) {
      const query = {
        IndexName: TABLE.dueIndex,
        KeyConditionExpression: '#shard = :shard AND #due <= :until',
        ExpressionAttributeNames: { '#shard': TABLE.dueIndexPartitionKey, '#due': TABLE.dueIndexSortKey },
        ExpressionAttributeValues: marshall({ ':shard': shard, ':until': toIso(until) }),
      };
      const { items, next } = await page(query, cursor);
      return { candidates: items.map(readCandidate), ...next };
    },

    async pendingEvents(shard, cursor) {
      const query = {
        IndexName: TABLE.pendingEventsIndex,
        KeyConditionExpression: '#shard = :shard',
        ExpressionAttributeNames: { '#shard': TABLE.pendingEventsIndexPartitionKey },
        ExpressionAttributeValues: marshall({ ':shard': shard }),
      };
      const { items, next } = await page(query, cursor);
      return { keys: items.map(readKey), ...next };
    },
  };
}

async function readCall(
  client: DynamoDBClient,
  tableName: string,
  callSid: string,
  passOver: ((item: string) => void) | undefined,
): Promise<Row[]> {
  const rows: Row[] = [];
  for (const item of await readItems(client, tableName, callSid)) {
    const row = readItem(item, passOver);
    if (row) rows.push(row);
  }
  return rows;
}

/** All items of a call, strongly consistent. */
export async function readItems(
  client: DynamoDBClient,
  tableName: string,
  callSid: string,
): Promise<Record<string, unknown>[]> {
  const items: Record<string, unknown>[] = [];
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
    items.push(...(page.Items ?? []).map((item) => unmarshall(item)));
    start = page.LastEvaluatedKey;
  } while (start);
  return items;
}

/** The condition of a write: the stored version is the expected one, or there is no row yet. */
const isStill = (expected: number | undefined): Partial<PutItemCommandInput> =>
  expected === undefined
    ? {
        ConditionExpression: 'attribute_not_exists(#callSid)',
        ExpressionAttributeNames: { '#callSid': TABLE.partitionKey },
      }
    : {
        ConditionExpression: '#version = :expected',
        ExpressionAttributeNames: { '#version': 'version' },
        ExpressionAttributeValues: marshall({ ':expected': expected }),
      };

export function readItem(
  item: Record<string, unknown>,
  passOver: ((item: string) => void) | undefined,
): Row | undefined {
  try {
    return fromItem(item);
  } catch (error) {
    if (!passOver) throw error;
    passOver(String(item[TABLE.sortKey]));
    return undefined;
  }
}

function readCandidate(item: Record<string, unknown>): DueCandidate {
  const key = readKey(item);
  const completedAt = parseInstant(item.completedAt);
  return {
    ...{ next: item.next as DueCandidate['next'], callSid: key.callSid },
    ...(key.kind === 'recording' && { recordingSid: key.recordingSid }),
    ...(key.kind === 'erasure' && { erasure: key.id }),
    ...(completedAt !== undefined && { completedAt }),
  };
}

function readKey(item: Record<string, unknown>): EventRowKey {
  const [kind, id] = String(item[TABLE.sortKey]).split('#');
  const callSid = String(item[TABLE.partitionKey]);
  if (kind === 'RECORDING' && id !== undefined) return { kind: 'recording', callSid, recordingSid: id };
  if (kind === 'ERASURE' && id !== undefined) return { kind: 'erasure', callSid, id };
  return { kind: kind === TABLE.holdItem ? 'hold' : 'call', callSid };
}
