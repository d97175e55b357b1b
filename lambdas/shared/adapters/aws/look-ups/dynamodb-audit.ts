/** The audit in DynamoDB. */
import { type DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import * as v from 'valibot';
import { TABLE } from '../../../contract/table.ts';
import type { Audit, PlacedAuditEntry } from '../../../ports/audit.ts';
import { AUDITED, type AuditEntry, auditPartitions, LINK_USES } from '../../../rules/table/audit.ts';
import { newestFirst } from './newest-first.ts';

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

    entries({ partition, from, before, limit }) {
      const input = {
        TableName: tableName,
        ConsistentRead: true,
        KeyConditionExpression: '#partition = :partition AND #place BETWEEN :from AND :before',
        ExpressionAttributeNames: { '#partition': TABLE.partitionKey, '#place': TABLE.sortKey },
        ExpressionAttributeValues: marshall({ ':partition': partition, ':from': from, ':before': before }),
      };
      return newestFirst(client, input, { before, limit }, readItem);
    },
  };
}

const FORM = v.object({
  at: v.string(),
  who: v.string(),
  userId: v.exactOptional(v.string()),
  what: v.picklist(AUDITED),
  callSid: v.exactOptional(v.string()),
  recordingSid: v.exactOptional(v.string()),
  for: v.exactOptional(v.picklist(LINK_USES)),
  reason: v.exactOptional(v.string()),
  from: v.string(),
  filter: v.exactOptional(v.record(v.string(), v.string())),
  refused: v.exactOptional(v.literal(true)),
});

function readItem(item: Record<string, unknown>): PlacedAuditEntry {
  const { success, output } = v.safeParse(FORM, item[ENTRY]);
  return { place: String(item[TABLE.sortKey]), entry: success ? (output satisfies AuditEntry) : undefined };
}
