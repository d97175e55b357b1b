/** Lambda's event sources for the queues: so many batches at once, each of so many messages, as the stack sets it. */
import type { SQSBatchResponse } from 'aws-lambda';
import type { Instant } from '../../../lambdas/shared/rules/values/instant.ts';
import type { ReceivedMessage } from '../../../sim/aws/queue.ts';
import type { Draw } from '../faults/drawn.ts';
import { BATCH_SIZE, CONCURRENT_BATCHES, type Worker } from './deployment.ts';
import type { Services } from './world-ports.ts';

type Invoke = (
  worker: Worker,
  messages: readonly ReceivedMessage[],
) => Promise<SQSBatchResponse | 'failed' | undefined>;

export class EventSources {
  readonly #queues: Services['queues'];
  readonly #note: (draw: Draw) => void;
  readonly #invoke: Invoke;
  readonly #onParked: (worker: Worker, count: number) => void;
  readonly #batches = new Map<Worker, number>();
  /** Queues that no function takes messages of, as if the event source were switched off. */
  readonly off = new Set<Worker>();

  constructor(
    queues: Services['queues'],
    note: (draw: Draw) => void,
    invoke: Invoke,
    /** Told how many dead letters there are. */
    onParked: (worker: Worker, count: number) => void,
  ) {
    this.#queues = queues;
    this.#onParked = onParked;
    this.#note = note;
    this.#invoke = invoke;
  }

  /** When a queue has something for its function. */
  nextMessage(): Instant | undefined {
    let next: Instant | undefined;
    for (const worker of Object.keys(this.#queues) as Worker[]) {
      if ((this.#batches.get(worker) ?? 0) >= CONCURRENT_BATCHES || this.off.has(worker)) continue;
      const at = this.#queues[worker].nextVisibleAt();
      if (at !== undefined && (next === undefined || at < next)) next = at;
    }
    return next;
  }

  /** Takes what is visible. */
  poll(): void {
    for (const worker of Object.keys(this.#queues) as Worker[]) {
      while ((this.#batches.get(worker) ?? 0) < CONCURRENT_BATCHES && !this.off.has(worker)) {
        const messages = this.#queues[worker].receive(BATCH_SIZE[worker]);
        this.#onParked(worker, this.#queues[worker].deadLetters.length);
        if (messages.length === 0) break;
        void this.#deliver(worker, messages);
      }
    }
  }

  async #deliver(worker: Worker, messages: readonly ReceivedMessage[]): Promise<void> {
    this.#batches.set(worker, (this.#batches.get(worker) ?? 0) + 1);
    const reply = await this.#invoke(worker, messages);
    this.#batches.set(worker, (this.#batches.get(worker) ?? 1) - 1);
    if (reply === undefined || reply === 'failed') return;
    const failed = new Set(reply.batchItemFailures.map(({ itemIdentifier }) => itemIdentifier));
    if (messages.length > 1) {
      this.#note(failed.size > 0 && failed.size < messages.length ? 'a batch that failed in part' : 'a batch');
    }
    for (const { messageId, receiptHandle } of messages) {
      if (!failed.has(messageId)) this.#queues[worker].remove(receiptHandle);
    }
  }
}
