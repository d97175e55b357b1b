/** What the emulators cannot show: that a read is a strong one, and what comes of a batch of which a part was refused. */
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { SQSClient } from '@aws-sdk/client-sqs';
import { dynamoDbTable } from '../../../lambdas/shared/adapters/dynamodb-table.ts';
import { sqsQueue } from '../../../lambdas/shared/adapters/sqs-queue.ts';
import { CALL, RECORDING } from '../support/fixtures.ts';

/** A client that keeps what it is sent and answers with `replies`, the last of them for ever. */
function keepingClient<Client>(...replies: object[]) {
  const sent: { readonly [name: string]: unknown }[] = [];
  const send = async ({ input }: { input: { readonly [name: string]: unknown } }) => {
    sent.push(input);
    return (replies.length > 1 ? replies.shift() : replies[0]) ?? {};
  };
  return { sent, client: { send } as unknown as Client };
}

test('rows are read as they are, not as they were a moment ago', async () => {
  const { sent, client } = keepingClient<DynamoDBClient>();
  const table = dynamoDbTable(client, 'calls');
  await table.read({ kind: 'call', callSid: CALL });
  await table.read({ kind: 'recording', callSid: CALL, recordingSid: RECORDING });
  await table.readCall(CALL);
  expect(sent.map(({ ConsistentRead }) => ConsistentRead)).toEqual([true, true, true]);
});

describe('of a batch', () => {
  const messages = Array.from({ length: 11 }, (_, index) => ({ index }));

  test('all messages are sent, ten at a time, under names that differ', async () => {
    const { sent, client } = keepingClient<SQSClient>({ Failed: [] });
    await sqsQueue(client, 'https://queue.test/work').sendAll(messages);
    const batches = sent.map(({ Entries }) => Entries as { Id: string; MessageBody: string }[]);
    expect(batches.map(({ length }) => length)).toEqual([10, 1]);
    expect(new Set(batches[0]?.map(({ Id }) => Id)).size).toBe(10);
    expect(batches.flat().map(({ MessageBody }) => JSON.parse(MessageBody))).toEqual(messages);
  });

  test('a part that SQS refused is an error: what was not queued must not count as queued', async () => {
    const { client } = keepingClient<SQSClient>({}, { Failed: [{ Id: '0' }] });
    await expect(sqsQueue(client, 'https://queue.test/work').sendAll(messages)).rejects.toThrow(
      'SQS did not accept 1 messages.',
    );
  });
});
