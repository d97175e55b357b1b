/** The emulators with what the adapters need, made by the real SDK clients. */
import { CreateTableCommand } from '@aws-sdk/client-dynamodb';
import { CreateBucketCommand } from '@aws-sdk/client-s3';
import { CreateQueueCommand } from '@aws-sdk/client-sqs';
import { TABLE } from '../../../../lambdas/shared/contract/table.ts';
import { createAwsClients, startLocalAws } from '../../../../local/emulators/aws.ts';
import { temporaryDirectory } from '../../../local/support.ts';

export const TABLE_NAME = 'calls';
export const BUCKET = 'recordings';

export async function startAws() {
  const aws = await startLocalAws({ directory: temporaryDirectory(), secretAccessKey: 'test' });
  const clients = createAwsClients(aws);
  const text = (name: string) => ({ AttributeName: name, AttributeType: 'S' as const });
  const keys = (partition: string, sort: string) => [
    { AttributeName: partition, KeyType: 'HASH' as const },
    { AttributeName: sort, KeyType: 'RANGE' as const },
  ];
  await clients.dynamodb.send(
    new CreateTableCommand({
      TableName: TABLE_NAME,
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: [
        text(TABLE.partitionKey),
        text(TABLE.sortKey),
        text(TABLE.dueIndexPartitionKey),
        text(TABLE.dueIndexSortKey),
        text(TABLE.pendingEventsIndexPartitionKey),
        text(TABLE.pendingEventsIndexSortKey),
        text(TABLE.byDayIndexPartitionKey),
        text(TABLE.byDayIndexSortKey),
      ],
      KeySchema: keys(TABLE.partitionKey, TABLE.sortKey),
      GlobalSecondaryIndexes: [
        {
          IndexName: TABLE.dueIndex,
          KeySchema: keys(TABLE.dueIndexPartitionKey, TABLE.dueIndexSortKey),
          Projection: { ProjectionType: 'INCLUDE', NonKeyAttributes: ['next', 'completedAt'] },
        },
        {
          IndexName: TABLE.pendingEventsIndex,
          KeySchema: keys(TABLE.pendingEventsIndexPartitionKey, TABLE.pendingEventsIndexSortKey),
          Projection: { ProjectionType: 'KEYS_ONLY' },
        },
        {
          IndexName: TABLE.byDayIndex,
          KeySchema: keys(TABLE.byDayIndexPartitionKey, TABLE.byDayIndexSortKey),
          Projection: { ProjectionType: 'INCLUDE', NonKeyAttributes: ['state'] },
        },
      ],
    }),
  );
  await clients.s3.send(new CreateBucketCommand({ Bucket: BUCKET }));
  const { QueueUrl } = await clients.sqs.send(new CreateQueueCommand({ QueueName: 'work' }));
  if (QueueUrl === undefined) throw new Error('The emulator made no queue.');
  return {
    aws,
    clients,
    queueUrl: QueueUrl,
    async close() {
      clients.destroy();
      await aws.close();
    },
  };
}
