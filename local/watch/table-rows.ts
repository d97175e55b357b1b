import { type AttributeValue, paginateScan, QueryCommand } from '@aws-sdk/client-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import { TABLE } from '../../lambdas/shared/contract/table.ts';
import { isCallSid } from '../../lambdas/shared/rules/values/sids.ts';
import type { System } from '../system/system.ts';

/** A row of the table, as far as one needs to know it from outside. */
export interface TableRow {
  readonly kind: 'call' | 'recording';
  readonly callSid: string;
  readonly recordingSid: string | undefined;
  readonly state: string;
  /** What it waits for, and since when that is overdue, in milliseconds since 1970. */
  readonly waiting: { readonly next: string; readonly due: number } | undefined;
  readonly extra: boolean;
  /** It holds events that were not announced yet. */
  readonly hasPendingEvents?: boolean;
  readonly reason: string | undefined;
  /** Where the audio lies in S3, once it does. */
  readonly stored: { readonly bucket: string; readonly key: string } | undefined;
}

/** Reads the whole table, straight from DynamoDB. The service's own rows and the audit are left out. */
export async function readTable({ clients, deployment }: System): Promise<readonly TableRow[]> {
  const rows: TableRow[] = [];
  const whole = { TableName: deployment.tableName, ConsistentRead: true };
  for await (const { Items = [] } of paginateScan({ client: clients.dynamodb }, whole)) {
    rows.push(...Items.filter((item) => isCallSid(item[TABLE.partitionKey]?.S)).map(toRow));
  }
  return rows;
}

/** Reads the rows of a call's recordings. */
export async function readRecordings({ clients, deployment }: System, callSid: string): Promise<readonly TableRow[]> {
  const { Items = [] } = await clients.dynamodb.send(
    new QueryCommand({
      TableName: deployment.tableName,
      ConsistentRead: true,
      KeyConditionExpression: '#call = :call AND begins_with(#item, :recording)',
      ExpressionAttributeNames: { '#call': TABLE.partitionKey, '#item': TABLE.sortKey },
      ExpressionAttributeValues: { ':call': { S: callSid }, ':recording': { S: RECORDING } },
    }),
  );
  return Items.map(toRow);
}

const RECORDING = 'RECORDING#';

function toRow(item: Record<string, AttributeValue>): TableRow {
  const { state = '', next, extra, reason, stored, ...names } = unmarshall(item);
  const sort = String(names[TABLE.sortKey]);
  const due = Date.parse(names[TABLE.dueIndexSortKey]);
  return {
    kind: sort.startsWith(RECORDING) ? 'recording' : 'call',
    callSid: names[TABLE.partitionKey],
    recordingSid: sort.startsWith(RECORDING) ? sort.slice(RECORDING.length) : undefined,
    state,
    waiting: next === undefined || Number.isNaN(due) ? undefined : { next, due },
    extra: extra === true,
    hasPendingEvents: names[TABLE.pendingEventsIndexPartitionKey] !== undefined,
    reason,
    stored: stored && { bucket: stored.bucket, key: stored.key },
  };
}
