/** What all workers behind a queue share: one message at a time, back-off by visibility timeout, partial failures. */
import type { SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';
import type { Log } from '../ports/log.ts';
import type { Visibility } from '../ports/queues.ts';

/** `done`: the message may go. `again`: deliver it again after so many seconds. */
export type Outcome = { readonly outcome: 'done' } | { readonly outcome: 'again'; readonly seconds: number };

export const DONE: Outcome = { outcome: 'done' };
export const again = (seconds: number): Outcome => ({ outcome: 'again', seconds });

/** SQS takes visibility timeouts from 0 to 43,200 whole seconds. */
const VISIBILITY_MAX_SECONDS = 43_200;

/** After an unexpected error a message comes back soon at first: a call may be waiting for its recording. */
const pauseAfterError = (receives: number): number => Math.min(300, 2 ** Math.min(receives - 1, 9));

export interface QueueConsumer<Message> {
  readonly log: Log;
  readonly visibility: Visibility;
  /** @returns `undefined` where the body is not such a message. */
  readonly read: (body: unknown) => Message | undefined;
  /** `receives`: how often the message has been delivered, from 1. */
  readonly step: (message: Message, receives: number, messageId: string) => Promise<Outcome>;
}

/** Handles a batch: what is not done is reported, so that SQS delivers just that again. */
export async function consume<Message>(
  consumer: QueueConsumer<Message>,
  event: Pick<SQSEvent, 'Records'>,
): Promise<SQSBatchResponse> {
  const batchItemFailures: { itemIdentifier: string }[] = [];
  for (const record of event.Records) {
    const outcome = await consumeOne(consumer, record);
    if (outcome.outcome === 'done') continue;
    batchItemFailures.push({ itemIdentifier: record.messageId });
    await backOff(consumer, record, outcome.seconds);
  }
  return { batchItemFailures };
}

async function consumeOne<Message>(consumer: QueueConsumer<Message>, record: SQSRecord): Promise<Outcome> {
  const receives = Number(record.attributes.ApproximateReceiveCount);
  const message = consumer.read(parseJson(record.body));
  if (message === undefined) {
    consumer.log.error('The message is not one of this queue, it goes to the dead-letter queue', {
      event: 'message_unreadable',
      attempt: receives,
    });
    return again(1);
  }
  try {
    return await consumer.step(message, receives, record.messageId);
  } catch (error) {
    const seconds = pauseAfterError(receives);
    consumer.log.count('StepFailed');
    consumer.log.error('The step failed, its message is delivered again', {
      event: 'step_failed',
      attempt: receives,
      retryInSeconds: seconds,
      error,
    });
    return again(seconds);
  }
}

async function backOff<Message>(
  { visibility, log }: QueueConsumer<Message>,
  record: SQSRecord,
  seconds: number,
): Promise<void> {
  const whole = Math.min(VISIBILITY_MAX_SECONDS, Math.max(0, Math.ceil(seconds)));
  try {
    await visibility.change(record.receiptHandle, whole);
  } catch (error) {
    // The queue's own visibility timeout then applies: later, but not lost.
    log.warn('The visibility timeout could not be changed', { event: 'visibility_unchanged', error });
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
