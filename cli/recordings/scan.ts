/** Reading the table from end to end, page by page. */
import { type AttributeValue, type DynamoDBClient, ScanCommand } from '@aws-sdk/client-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import { fromItem } from '../../lambdas/shared/adapters/aws/table-items.ts';
import { TABLE } from '../../lambdas/shared/contract/table.ts';
import type { RecordingRow } from '../../lambdas/shared/rules/table/rows.ts';

export interface ScannedPage {
  readonly rows: readonly RecordingRow[];
  /** Rows that DynamoDB has read for this page, whether they fit or not. */
  readonly read: number;
  /** Read request units, where DynamoDB tells: what the scan costs. */
  readonly units: number;
}

/**
 * All recordings, in no order. Eventually consistent: half the price, and what was written a moment ago may be missing.
 *
 * @param recordingSid only this one
 */
export async function* scanRecordings(
  client: DynamoDBClient,
  tableName: string,
  recordingSid = '',
): AsyncGenerator<ScannedPage> {
  let start: Record<string, AttributeValue> | undefined;
  do {
    const page = await client.send(
      new ScanCommand({
        TableName: tableName,
        FilterExpression: 'begins_with(#item, :recording)',
        ExpressionAttributeNames: { '#item': TABLE.sortKey },
        ExpressionAttributeValues: { ':recording': { S: `RECORDING#${recordingSid}` } },
        ReturnConsumedCapacity: 'TOTAL',
        ...(start && { ExclusiveStartKey: start }),
      }),
    );
    yield {
      rows: (page.Items ?? []).map((item) => fromItem(unmarshall(item))).filter((row) => row.kind === 'recording'),
      read: page.ScannedCount ?? 0,
      units: page.ConsumedCapacity?.CapacityUnits ?? 0,
    };
    start = page.LastEvaluatedKey;
  } while (start);
}
