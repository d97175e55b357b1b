/** SQS queues. */
import {
  ChangeMessageVisibilityCommand,
  SendMessageBatchCommand,
  SendMessageCommand,
  type SQSClient,
} from '@aws-sdk/client-sqs';
import type { Queue, Visibility } from '../../ports/queues.ts';

/** SQS takes ten messages a request. */
const BATCH = 10;

export function sqsQueue<Message>(client: SQSClient, queueUrl: string): Queue<Message> {
  return {
    async send(message, delaySeconds) {
      await client.send(
        new SendMessageCommand({
          QueueUrl: queueUrl,
          MessageBody: JSON.stringify(message),
          ...(delaySeconds !== undefined && { DelaySeconds: delaySeconds }),
        }),
      );
    },
    async sendAll(messages) {
      for (let start = 0; start < messages.length; start += BATCH) {
        const entries = messages
          .slice(start, start + BATCH)
          .map((message, index) => ({ Id: String(index), MessageBody: JSON.stringify(message) }));
        const { Failed } = await client.send(new SendMessageBatchCommand({ QueueUrl: queueUrl, Entries: entries }));
        if (Failed && Failed.length > 0) throw new Error(`SQS did not accept ${Failed.length} messages.`);
      }
    },
  };
}

export const sqsVisibility = (client: SQSClient, queueUrl: string): Visibility => ({
  async change(receiptHandle, seconds) {
    await client.send(
      new ChangeMessageVisibilityCommand({
        QueueUrl: queueUrl,
        ReceiptHandle: receiptHandle,
        VisibilityTimeout: seconds,
      }),
    );
  },
});
