/** When the recorder was down or blind: its alarms and deployments, as `watch-log` has kept them. */
import { type DynamoDBClient, paginateQuery } from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import { fromItem } from '../../lambdas/shared/adapters/aws/table-items.ts';
import { TABLE } from '../../lambdas/shared/contract/table.ts';
import type { WatchRow } from '../../lambdas/shared/rules/table/rows.ts';
import { UnreadableRow } from '../../lambdas/shared/rules/table/unreadable-row.ts';
import { toIso } from '../../lambdas/shared/rules/values/instant.ts';
import type { Gap, GapsPart } from './certificate.ts';
import type { Days } from './days.ts';

/** All rows up to the end of the days: what began before them may last. A few a day, so that years are one query of some pages. */
export async function readGaps(client: DynamoDBClient, tableName: string, days: Days): Promise<GapsPart> {
  const rows: WatchRow[] = [];
  const unreadable: string[] = [];
  const input = {
    TableName: tableName,
    KeyConditionExpression: '#service = :service AND #item BETWEEN :from AND :to',
    ExpressionAttributeNames: { '#service': TABLE.partitionKey, '#item': TABLE.sortKey },
    ExpressionAttributeValues: marshall({
      ...{ ':service': TABLE.servicePartition, ':from': TABLE.watchPrefix },
      ':to': `${TABLE.watchPrefix}${toIso(days.to)}`,
    }),
  };
  for await (const { Items = [] } of paginateQuery({ client }, input)) {
    for (const item of Items.map((one) => unmarshall(one))) {
      try {
        const row = fromItem(item);
        if (row.kind === 'watch') rows.push(row);
      } catch (error) {
        if (!(error instanceof UnreadableRow)) throw error;
        unreadable.push(String(item[TABLE.sortKey]));
      }
    }
  }
  return { ...gapsOf(rows, days), unreadable };
}

/** @param rows in the order of time */
export function gapsOf(rows: readonly WatchRow[], days: Days): Omit<GapsPart, 'unreadable'> {
  const open = new Map<string, WatchRow>();
  const gaps: Gap[] = [];
  for (const row of rows) {
    const begun = open.get(row.name);
    if (begun && begun.state === row.state) continue;
    if (begun) gaps.push(gapOf(begun, row));
    open.delete(row.name);
    if (isTrouble(row)) open.set(row.name, row);
  }
  for (const begun of open.values()) gaps.push(gapOf(begun, undefined));
  const ofDays = ({ from, to }: Gap) => Date.parse(from) < days.to && (to === undefined || Date.parse(to) >= days.from);
  const inOrder = gaps.filter(ofDays).sort((one, other) => (one.from < other.from ? -1 : 1));
  const [first] = rows;
  return { gaps: inOrder, ...(first && { keptSince: toIso(first.at) }) };
}

/** An alarm that sounds, or that has lost its data; a deployment that is under way, or that has not succeeded. */
const isTrouble = ({ what, state }: WatchRow): boolean =>
  what === 'alarm' ? state === 'ALARM' : !/^(CREATE|UPDATE)_COMPLETE$/.test(state);

const gapOf = ({ what, name, state, at }: WatchRow, end: WatchRow | undefined): Gap => ({
  ...{ what, state, from: toIso(at) },
  // Of a stack's ARN, its name.
  name: what === 'alarm' ? name : (name.split('/')[1] ?? name),
  ...(end && { to: toIso(end.at) }),
});
