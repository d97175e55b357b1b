import {
  ChangeMessageVisibilityCommand,
  DeleteMessageBatchCommand,
  type Message,
  ReceiveMessageCommand,
  type SQSClient,
} from '@aws-sdk/client-sqs';
import type { InvocationResult } from '../lambda/environment.ts';
import type { EventSourceModel } from '../template/model.ts';

/** Lambda begins with 5 concurrent batches; without a maximum it would go on to more under load. */
const CONCURRENT_BATCHES = 5;
/** The most that SQS hands out in a reply. */
const MESSAGES_IN_REQUEST = 10;

export interface EventSourceOptions {
  readonly model: EventSourceModel;
  readonly queueUrl: string;
  readonly queueArn: string;
  readonly region: string;
  readonly sqs: SQSClient;
  readonly invoke: (functionId: string, event: object) => Promise<InvocationResult>;
  /** Something that the next round may well overcome, such as a queue that is away. */
  readonly onProblem: (problem: string) => void;
  readonly retryMilliseconds?: number;
  /** How long one request waits for messages: long enough to be cheap, short enough not to hold up a stop. Default 1. */
  readonly waitSeconds?: number;
}

export type EventSource = ReturnType<typeof startEventSource>;

/**
 * Feeds a function from a queue as Lambda does: long polling, batches, as many at a time as the template allows. What
 * the function names as failed, or the whole batch if it fails, stays on the queue until its visibility ends.
 */
export function startEventSource(options: EventSourceOptions) {
  const { model, sqs, queueUrl, onProblem, retryMilliseconds = 1000 } = options;
  const limit = model.maximumConcurrency ?? CONCURRENT_BATCHES;
  const underWay = new Set<Promise<void>>();
  let stopping = false;

  async function poll(): Promise<void> {
    while (!stopping) {
      if (underWay.size >= limit) {
        await Promise.race(underWay);
        continue;
      }
      try {
        const messages = await receive(options, limit - underWay.size);
        if (stopping) await giveBack(sqs, queueUrl, messages);
        else for (const batch of batchesOf(messages, model.batchSize)) run(batch);
      } catch (error) {
        if (stopping) return;
        onProblem(`${model.logicalId} cannot read its queue: ${textOf(error)}`);
        await new Promise((resolve) => setTimeout(resolve, retryMilliseconds));
      }
    }
  }

  function run(messages: readonly Message[]): void {
    const batch = runBatch(options, messages).catch((error: unknown) => {
      // The messages come again once their visibility ends.
      onProblem(`${model.logicalId} cannot delete messages: ${textOf(error)}`);
    });
    underWay.add(batch);
    void batch.then(() => underWay.delete(batch));
  }

  const polling = model.enabled ? poll() : Promise.resolve();
  return {
    /** Takes no further messages, and waits for those under way. */
    async stop() {
      stopping = true;
      await polling;
      await Promise.all(underWay);
    },
  };
}

/** One request for as many batches as there is room for; Lambda, which has several readers, does not take turns either. */
async function receive(options: EventSourceOptions, room: number): Promise<readonly Message[]> {
  const { model, sqs, queueUrl, waitSeconds = 1 } = options;
  const { Messages = [] } = await sqs.send(
    new ReceiveMessageCommand({
      QueueUrl: queueUrl,
      MaxNumberOfMessages: Math.min(MESSAGES_IN_REQUEST, model.batchSize * room),
      WaitTimeSeconds: waitSeconds,
      MessageSystemAttributeNames: ['All'],
      MessageAttributeNames: ['All'],
    }),
  );
  return Messages;
}

function batchesOf(messages: readonly Message[], size: number): Message[][] {
  const starts = Array.from({ length: Math.ceil(messages.length / size) }, (_, index) => index * size);
  return starts.map((start) => messages.slice(start, start + size));
}

async function runBatch(options: EventSourceOptions, messages: readonly Message[]): Promise<void> {
  const { model, sqs, queueUrl } = options;
  const event = { Records: messages.map((message) => toRecord(message, options)) };
  const result = await options.invoke(model.functionId, event);
  const done = succeeded(messages, result, model.reportsItemFailures);
  if (done.length === 0) return;
  const Entries = done.map(({ ReceiptHandle }, index) => ({ Id: String(index), ReceiptHandle }));
  const { Failed = [] } = await sqs.send(new DeleteMessageBatchCommand({ QueueUrl: queueUrl, Entries }));
  if (Failed.length > 0) throw new Error(`${Failed.length} of ${done.length} were refused (${Failed[0]?.Code}).`);
}

/**
 * The messages that need not come again. As with Lambda, a batch whose report cannot be used has failed as a whole.
 * Source: https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html
 */
export function succeeded(
  messages: readonly Message[],
  result: InvocationResult,
  reportsItemFailures: boolean,
): readonly Message[] {
  if (!result.ok) return [];
  if (!reportsItemFailures) return messages;
  const failures = (result.payload as { batchItemFailures?: unknown } | null)?.batchItemFailures ?? [];
  if (!Array.isArray(failures)) return [];
  const failed = failures.map((failure: unknown) => (failure as { itemIdentifier?: unknown } | null)?.itemIdentifier);
  const isKnown = (id: unknown) => messages.some(({ MessageId }) => MessageId === id);
  return failed.every(isKnown) ? messages.filter(({ MessageId }) => !failed.includes(MessageId)) : [];
}

/** A message as Lambda hands it to a function. */
export function toRecord(
  message: Message,
  { queueArn, region }: Pick<EventSourceOptions, 'queueArn' | 'region'>,
): object {
  const attributes = Object.entries(message.MessageAttributes ?? {}).map(([name, attribute]) => [
    name,
    {
      dataType: attribute.DataType,
      stringValue: attribute.StringValue,
      binaryValue: attribute.BinaryValue && Buffer.from(attribute.BinaryValue).toString('base64'),
    },
  ]);
  return {
    messageId: message.MessageId,
    receiptHandle: message.ReceiptHandle,
    body: message.Body,
    attributes: message.Attributes ?? {},
    messageAttributes: Object.fromEntries(attributes),
    md5OfBody: message.MD5OfBody,
    eventSource: 'aws:sqs',
    eventSourceARN: queueArn,
    awsRegion: region,
  };
}

/** Messages that arrived while stopping are for the next start: visible at once, not after their visibility timeout. */
async function giveBack(sqs: SQSClient, queueUrl: string, messages: readonly Message[]): Promise<void> {
  for (const { ReceiptHandle } of messages) {
    await sqs.send(new ChangeMessageVisibilityCommand({ QueueUrl: queueUrl, ReceiptHandle, VisibilityTimeout: 0 }));
  }
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message || error.name : String(error);
}
