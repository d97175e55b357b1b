/** Takes away the rows that lead from a party to a call, in DynamoDB. */
import { DeleteItemCommand, type DynamoDBClient, paginateQuery } from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import { TABLE } from '../../../contract/table.ts';
import type { PartyRemoval } from '../../../ports/party.ts';
import { partyPartition } from '../../../rules/table/party.ts';
import { DAY, toIso } from '../../../rules/values/instant.ts';

export const dynamoDbPartyRemoval = (client: DynamoDBClient, TableName: string): PartyRemoval => ({
  async remove({ party, callSid, around }) {
    const partition = partyPartition(party);
    const input = {
      TableName,
      ConsistentRead: true,
      KeyConditionExpression: '#partition = :partition AND #place BETWEEN :from AND :to',
      ExpressionAttributeNames: { '#partition': TABLE.partitionKey, '#place': TABLE.sortKey },
      ExpressionAttributeValues: marshall({
        ':partition': partition,
        ':from': toIso(around - DAY),
        ':to': toIso(around + DAY),
      }),
    };
    for await (const { Items = [] } of paginateQuery({ client }, input)) {
      for (const item of Items) {
        const place = String(unmarshall(item)[TABLE.sortKey]);
        if (!place.endsWith(`#${callSid}`)) continue;
        const Key = marshall({ [TABLE.partitionKey]: partition, [TABLE.sortKey]: place });
        await client.send(new DeleteItemCommand({ TableName, Key }));
      }
    }
  },
});
