/** Pages backwards through one partition, of the table or of an index. */
import { type DynamoDBClient, paginateQuery, type QueryCommandInput } from '@aws-sdk/client-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';

/** Where an item stands in its partition: text order is time order. */
interface Placed {
  readonly place: string;
}

/**
 * Up to `limit` items before a place, the newest first. A query's `BETWEEN` includes its end, which is left out here.
 *
 * @param input the query, whose range of places ends with `before`
 */
export async function newestFirst<Item extends Placed>(
  client: DynamoDBClient,
  input: QueryCommandInput,
  { before, limit }: { readonly before: string; readonly limit: number },
  read: (item: Record<string, unknown>) => Item,
): Promise<Item[]> {
  const found: Item[] = [];
  // A limit counts what is read, not what passes a filter. One more, since `before` itself is left out.
  const pageSize = input.FilterExpression === undefined ? { Limit: limit + 1 } : {};
  for await (const { Items = [] } of paginateQuery({ client }, { ...input, ...pageSize, ScanIndexForward: false })) {
    found.push(...Items.map((item) => read(unmarshall(item))).filter(({ place }) => place < before));
    if (found.length >= limit) break;
  }
  return found.slice(0, limit);
}
