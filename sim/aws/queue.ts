/**
 * A model of a standard SQS queue, filling the ports of the steps: delay, visibility timeout, receive count, redrive.
 *
 * Every operation takes effect at one instant, at the call; only its reply is asynchronous.
 */
import type { Clock, Randomness } from '../../lambdas/shared/ports/clock.ts';
import type { Queue, Visibility } from '../../lambdas/shared/ports/queues.ts';
import { type Instant, SECOND } from '../../lambdas/shared/rules/values/instant.ts';

export interface QueueModelOptions {
  readonly clock: Pick<Clock, 'now'>;
  readonly randomness: Pick<Randomness, 'id'>;
  /** The queue's own visibility timeout. */
  readonly visibilitySeconds: number;
  /** How often a message is received before it goes to `deadLetters`. */
  readonly maxReceiveCount?: number;
}

/** A message as a consumer gets it. */
export interface ReceivedMessage {
  readonly messageId: string;
  readonly receiptHandle: string;
  readonly body: string;
  /** How often it has been received, this time included. */
  readonly receives: number;
}

interface StoredMessage {
  readonly messageId: string;
  readonly body: string;
  visibleAt: Instant;
  receives: number;
  receiptHandle?: string;
}

/** SQS takes delays up to 15 minutes, and visibility timeouts up to 12 hours, in whole seconds. */
const DELAY_MAX_SECONDS = 900;
const VISIBILITY_MAX_SECONDS = 43_200;

export class QueueModel<Message> implements Queue<Message>, Visibility {
  /** Bodies of the messages that were received too often. */
  readonly deadLetters: string[] = [];

  readonly #options: QueueModelOptions;
  #messages: StoredMessage[] = [];

  constructor(options: QueueModelOptions) {
    this.#options = options;
  }

  /** Messages in the queue, whether visible or not. */
  get size(): number {
    return this.#messages.length;
  }

  /** The messages in the queue, and when each may be received. */
  contents(): readonly { readonly message: Message; readonly visibleAt: Instant }[] {
    return this.#messages.map(({ body, visibleAt }) => ({ message: JSON.parse(body), visibleAt }));
  }

  /** When the next message may be received; `undefined` where there is none. */
  nextVisibleAt(): Instant | undefined {
    let next: Instant | undefined;
    for (const { visibleAt } of this.#messages) if (next === undefined || visibleAt < next) next = visibleAt;
    return next;
  }

  async send(message: Message, delaySeconds = 0): Promise<void> {
    this.sendBody(JSON.stringify(message), delaySeconds);
  }

  async sendAll(messages: readonly Message[]): Promise<void> {
    for (const message of messages) this.sendBody(JSON.stringify(message));
  }

  /** Puts any text on the queue, such as what is none of its messages. */
  sendBody(body: string, delaySeconds = 0): void {
    assertWhole(delaySeconds, DELAY_MAX_SECONDS, 'A delay');
    const visibleAt = this.#options.clock.now() + delaySeconds * SECOND;
    this.#messages.push({ messageId: this.#options.randomness.id(), body, visibleAt, receives: 0 });
  }

  /** Takes up to `count` visible messages, oldest first, and hides them for the visibility timeout. */
  receive(count: number): ReceivedMessage[] {
    const { clock, randomness, visibilitySeconds, maxReceiveCount = Number.POSITIVE_INFINITY } = this.#options;
    const now = clock.now();
    const visible = (message: StoredMessage) => message.visibleAt <= now;
    const spent = this.#messages.filter((message) => visible(message) && message.receives >= maxReceiveCount);
    this.deadLetters.push(...spent.map(({ body }) => body));
    this.#messages = this.#messages.filter((message) => !spent.includes(message));

    return this.#messages
      .filter(visible)
      .slice(0, count)
      .map((message) => {
        const receiptHandle = randomness.id();
        message.receives += 1;
        message.receiptHandle = receiptHandle;
        message.visibleAt = now + visibilitySeconds * SECOND;
        return { messageId: message.messageId, receiptHandle, body: message.body, receives: message.receives };
      });
  }

  async change(receiptHandle: string, seconds: number): Promise<void> {
    assertWhole(seconds, VISIBILITY_MAX_SECONDS, 'A visibility timeout');
    const now = this.#options.clock.now();
    const message = this.#messages.find((known) => known.receiptHandle === receiptHandle && known.visibleAt > now);
    if (!message) throw new Error('MessageNotInflight: the receipt handle is none of a message in flight.');
    message.visibleAt = now + seconds * SECOND;
  }

  /** Removes a message that was received under this handle; another delivery since then keeps it. */
  remove(receiptHandle: string): void {
    this.#messages = this.#messages.filter((message) => message.receiptHandle !== receiptHandle);
  }
}

function assertWhole(seconds: number, most: number, what: string): void {
  if (Number.isInteger(seconds) && seconds >= 0 && seconds <= most) return;
  throw new RangeError(`${what} is from 0 to ${most} whole seconds, not ${seconds}.`);
}
