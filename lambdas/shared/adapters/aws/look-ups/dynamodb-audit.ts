/** The audit in DynamoDB. */
import { type AttributeValue, type DynamoDBClient, PutItemCommand, QueryCommand } from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import * as v from 'valibot';
import { TABLE } from '../../../contract/table.ts';
import type { Audit, PlacedAuditEntry } from '../../../ports/audit.ts';
import { AUDITED, type AuditEntry, auditPartitions, LINK_USES } from '../../../rules/table/audit.ts';

/** The table's partition key is named `callSid`, so that an entry stands in an attribute of its own. */
const ENTRY = 'entry';

export function dynamoDbAudit(client: DynamoDBClient, tableName: string): Audit {
  return {
    async write(entry, place) {
      const put = (partition: string) => {
        const item = { [TABLE.partitionKey]: partition, [TABLE.sortKey]: place, kind: 'audit', [ENTRY]: entry };
        return client.send(
          new PutItemCommand({ TableName: tableName, Item: marshall(item, { removeUndefinedValues: true }) }),
        );
      };
      await Promise.all(auditPartitions(entry).map(put));
    },

    async entries({ partition, from, before, limit }) {
      const found: PlacedAuditEntry[] = [];
      let start: Record<string, AttributeValue> | undefined;
      do {
        const page = await client.send(
          new QueryCommand({
            TableName: tableName,
            ConsistentRead: true,
            KeyConditionExpression: '#partition = :partition AND #place BETWEEN :from AND :before',
            ExpressionAttributeNames: { '#partition': TABLE.partitionKey, '#place': TABLE.sortKey },
            ExpressionAttributeValues: marshall({ ':partition': partition, ':from': from, ':before': before }),
            ScanIndexForward: false,
            // One more, since `before` itself is left out.
            Limit: limit + 1,
            ...(start && { ExclusiveStartKey: start }),
          }),
        );
        const placed = (page.Items ?? []).map((item) => readItem(unmarshall(item)));
        found.push(...placed.filter(({ place }) => place < before));
        start = page.LastEvaluatedKey;
      } while (start && found.length < limit);
      return found.slice(0, limit);
    },
  };
}

const FORM = v.object({
  at: v.string(),
  who: v.string(),
  what: v.picklist(AUDITED),
  callSid: v.exactOptional(v.string()),
  recordingSid: v.exactOptional(v.string()),
  for: v.exactOptional(v.picklist(LINK_USES)),
  from: v.string(),
  filter: v.exactOptional(v.record(v.string(), v.string())),
});

function readItem(item: Record<string, unknown>): PlacedAuditEntry {
  const { success, output } = v.safeParse(FORM, item[ENTRY]);
  return { place: String(item[TABLE.sortKey]), entry: success ? (output satisfies AuditEntry) : undefined };
}
