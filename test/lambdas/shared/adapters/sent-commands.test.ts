/** What the emulators cannot show: that a read is a strong one, and what comes of a batch of which a part was refused. */
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import type { SQSClient } from '@aws-sdk/client-sqs';
import { dynamoDbTable } from '../../../../lambdas/shared/adapters/aws/dynamodb-table.ts';
import { eventBridgeBus } from '../../../../lambdas/shared/adapters/aws/eventbridge-bus.ts';
import { sqsQueue } from '../../../../lambdas/shared/adapters/aws/sqs-queue.ts';
import { CALL, RECORDING } from '../../support/fixtures.ts';
import { NOON } from '../../support/time.ts';

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

describe('of events', () => {
  const event = (id: string) => ({
    detailType: 'Recording Stored',
    at: NOON,
    detail: { version: 1 as const, id, at: 'now', stage: 'prod', callSid: CALL },
  });
  const events = [event('a'), event('b'), event('c')];
  const put = (reply: object) => eventBridgeBus(keepingClient<EventBridgeClient>(reply).client, 'default').put(events);

  test('each goes with its bus, source and date', async () => {
    const { sent, client } = keepingClient<EventBridgeClient>({});
    await eventBridgeBus(client, 'telephony').put(events.slice(0, 1));
    const Detail = JSON.stringify(event('a').detail);
    const common = { EventBusName: 'telephony', Source: 'call-recorder', Time: new Date(NOON) };
    expect(sent).toEqual([{ Entries: [{ ...common, DetailType: 'Recording Stored', Detail }] }]);
  });

  test('those that the bus refused are told by their codes, though the request succeeded', async () => {
    const Entries = [{ EventId: '1' }, { ErrorCode: 'ThrottlingException', ErrorMessage: 'x' }, { EventId: '3' }];
    expect(await put({ FailedEntryCount: 1, Entries })).toEqual([undefined, 'ThrottlingException', undefined]);
  });

  test.each([
    ['no entries', {}],
    ['fewer entries than were sent', { Entries: [] }],
    ['entries without an id', { FailedEntryCount: 0, Entries: [{}, {}, {}] }],
  ])('what the bus does not speak of was not accepted: %s', async (_what, reply) => {
    expect(await put(reply)).toEqual(['no-answer', 'no-answer', 'no-answer']);
  });
});
