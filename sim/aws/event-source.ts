/** A model of Lambda's event source for SQS with `ReportBatchItemFailures`: one poll, one batch, one invocation. */
import type { SQSBatchResponse, SQSEvent } from 'aws-lambda';
import type { QueueModel, ReceivedMessage } from './queue.ts';

/**
 * Receives a batch and invokes the function. What it does not report as failed is deleted; if the invocation fails,
 * nothing is.
 *
 * @returns how many messages were received.
 */
export async function pollOnce<Message>(
  queue: QueueModel<Message>,
  handler: (event: Pick<SQSEvent, 'Records'>) => Promise<SQSBatchResponse>,
  batchSize = 1,
): Promise<number> {
  const received = queue.receive(batchSize);
  if (received.length === 0) return 0;
  let failures: ReadonlySet<string>;
  try {
    const { batchItemFailures } = await handler({ Records: received.map(recordOf) });
    failures = new Set(batchItemFailures.map(({ itemIdentifier }) => itemIdentifier));
  } catch {
    // As Lambda: the whole batch becomes visible again by its timeout.
    return received.length;
  }
  for (const { messageId, receiptHandle } of received) if (!failures.has(messageId)) queue.remove(receiptHandle);
  return received.length;
}

/** A message as Lambda hands it over. */
export const recordOf = ({ receives, ...message }: ReceivedMessage): SQSEvent['Records'][number] => ({
  ...message,
  attributes: {
    ApproximateReceiveCount: String(receives),
    SentTimestamp: '0',
    SenderId: 'sender',
    ApproximateFirstReceiveTimestamp: '0',
  },
  messageAttributes: {},
  md5OfBody: '',
  eventSource: 'aws:sqs',
  eventSourceARN: 'arn:aws:sqs:us-east-1:000000000000:queue',
  awsRegion: 'us-east-1',
});
