import { announce } from '../../../lambdas/announce/announce.ts';
import { incomingCall } from '../../../lambdas/incoming-call/incoming-call.ts';
import { reconcile } from '../../../lambdas/reconcile/reconcile.ts';
import { recordingCallback } from '../../../lambdas/recording-callback/recording-callback.ts';
import { HTTP_PATHS } from '../../../lambdas/shared/contract/http.ts';
import type { AudioFormat } from '../../../lambdas/shared/contract/settings.ts';
import type { RecordingMessage, StartMessage } from '../../../lambdas/shared/ports/queues.ts';
import type { TwilioCredentials } from '../../../lambdas/shared/ports/twilio.ts';
import type { Row } from '../../../lambdas/shared/rules/table/rows.ts';
import type { Instant } from '../../../lambdas/shared/rules/values/instant.ts';
import { routeStreamEvent, type StreamEvent } from '../../../lambdas/stream-connect/route.ts';
import { streamStatus } from '../../../lambdas/stream-status/stream-status.ts';
import { sweep } from '../../../lambdas/sweep/sweep.ts';
import { BucketModel } from '../../../sim/aws/bucket.ts';
import { QueueModel, type ReceivedMessage } from '../../../sim/aws/queue.ts';
import { TableModel } from '../../../sim/aws/table.ts';
import type { Outage } from '../faults/faults.ts';
import {
  ACCOUNT_SID,
  API_URL,
  CALLED,
  CALLED_ELSEWHERE,
  CONCURRENT_BATCHES,
  MAX_RECEIVES,
  PUBLIC_URL,
  VISIBILITY_SECONDS,
  type Worker,
} from './deployment.ts';
import { Invocations, type InvocationsOptions } from './invocations.ts';
import { KnownRows } from './known-rows.ts';
import { type ListSettings, TwilioWorld, type Webhook } from './twilio-world.ts';
import { Wiring } from './wiring.ts';
import type { Connection, Services, Watch } from './world-ports.ts';

/** Who answers what Twilio posts. */
const STEP_OF_PATH: { readonly [path: string]: 'incoming-call' | 'stream-status' | 'recording-callback' } = {
  [HTTP_PATHS.voice]: 'incoming-call',
  [HTTP_PATHS.streamStatus]: 'stream-status',
  [HTTP_PATHS.recordingCallback]: 'recording-callback',
};

export interface WorldOptions extends InvocationsOptions {
  readonly watch: Watch & { readonly onTwilio: ConstructorParameters<typeof TwilioWorld>[0]['onChange'] };
  /** Told of every callback that was delivered. */
  readonly onDelivered: (webhook: Webhook) => void;
  readonly seed: string;
  readonly authToken: string;
  readonly apiKey: boolean;
  readonly processingMs: number;
  readonly mediaDelayMs: number;
  readonly audioFormat: AudioFormat;
  readonly lists: ListSettings;
  readonly reconcileBudgetMs: number;
  readonly indexDelayMs: number;
  readonly outages: readonly Outage[];
}

export class World {
  readonly twilio: TwilioWorld;
  readonly audioFormat: AudioFormat;
  readonly table: TableModel;
  readonly bucket: BucketModel;
  readonly queues: Services['queues'];
  readonly connections = new Map<string, Connection>();
  /** Calls whose callbacks do not arrive. */
  readonly unreachableFor = new Set<string>();
  /** Calls that never come to the recorder. */
  readonly strangers = new Set<string>();
  /** The secret as it is now. */
  secret: TwilioCredentials;

  readonly #options: WorldOptions;
  readonly #batches = new Map<Worker, number>();
  readonly #rows = new KnownRows();
  readonly #invocations: Invocations;
  readonly #wiring: Wiring;

  constructor(options: WorldOptions) {
    this.#options = options;
    this.audioFormat = options.audioFormat;
    const { scheduler, draws, authToken, apiKey, watch } = options;
    const clock = { now: () => scheduler.now };
    const randomness = { id: () => draws.whole('aws id', 0, 2 ** 32).toString(36) };
    this.secret = {
      accountSid: ACCOUNT_SID,
      authTokens: [authToken],
      rest: apiKey
        ? { username: `SK${'b'.repeat(32)}`, password: 'key' }
        : { username: ACCOUNT_SID, password: authToken },
    };
    this.table = new TableModel({ clock, pageSize: 10 });
    this.table.indexDelayMs = options.indexDelayMs;
    this.bucket = new BucketModel({ clock, randomness });
    const queue = <Message>(worker: Worker) =>
      new QueueModel<Message>({
        clock,
        randomness,
        visibilitySeconds: VISIBILITY_SECONDS[worker],
        maxReceiveCount: MAX_RECEIVES[worker],
      });
    this.queues = {
      'recording-start': queue<StartMessage>('recording-start'),
      'recording-copy': queue<RecordingMessage>('recording-copy'),
      'recording-delete': queue<RecordingMessage>('recording-delete'),
    };
    this.twilio = new TwilioWorld({
      scheduler,
      seed: options.seed,
      apiUrl: API_URL,
      accountSid: ACCOUNT_SID,
      authToken,
      processingMs: options.processingMs,
      mediaDelayMs: options.mediaDelayMs,
      lists: options.lists,
      numbers: [
        [CALLED, PUBLIC_URL + HTTP_PATHS.voice],
        [CALLED_ELSEWHERE, 'https://elsewhere.test/voice'],
      ],
      deliver: async (webhook) => {
        if (this.unreachableFor.has(webhook.parameters.CallSid ?? '')) return undefined;
        const answer = await this.webhook(webhook);
        if (answer) options.onDelivered(webhook);
        return answer?.status;
      },
      onChange: watch.onTwilio,
      trace: watch.trace,
    });
    if (apiKey) {
      const { credentials } = this.twilio.state;
      const key = { apiKeySid: this.secret.rest.username, apiKeySecret: this.secret.rest.password };
      this.twilio.state = { ...this.twilio.state, credentials: { ...credentials, ...key } };
    }
    this.#invocations = new Invocations(options);
    const { table, bucket, queues, connections, twilio, audioFormat } = this;
    const noteWrite = (row: Row) => watch.onWrite(row, this.#rows.note(row));
    this.#wiring = new Wiring({
      ...{ twilio, audioFormat, services: { table, bucket, queues, connections, watch, noteWrite } },
      secret: () => this.secret,
      reconcileBudgetMs: options.reconcileBudgetMs,
    });
  }

  /** `POST` through the HTTP API; `undefined` where the function died or ran out of time. */
  async webhook(
    { url, parameters, signature }: Webhook,
    forged = false,
  ): Promise<{ status: number; body?: string | undefined } | undefined> {
    const { pathname, search } = new URL(url);
    const request = {
      rawPath: pathname,
      rawQueryString: search.slice(1),
      headers: { 'x-twilio-signature': signature },
      body: Buffer.from(new URLSearchParams(parameters).toString()).toString('base64'),
      isBase64Encoded: true,
    };
    const step = STEP_OF_PATH[pathname] ?? 'recording-callback';
    const reply = await this.#invocations.run(step, forged, (environment) => {
      if (step === 'incoming-call') return incomingCall(this.#wiring.incomingCall(environment), request);
      if (step === 'stream-status') return streamStatus(this.#wiring.streamStatus(environment), request);
      return recordingCallback(this.#wiring.recordingCallback(environment), request);
    });
    if (reply === undefined) return undefined;
    const status = reply === 'failed' ? 500 : reply.statusCode;
    this.#options.watch.onAnswer({ step, status, forged, parameters });
    return { status, body: reply === 'failed' ? undefined : reply.body };
  }

  /** An event of the WebSocket API; the status matters to `$connect` alone. */
  async streamEvent(event: StreamEvent, forged = false): Promise<number | undefined> {
    const reply = await this.#invocations.run('stream-connect', forged, (environment) =>
      routeStreamEvent(this.#wiring.streamConnect(environment), event),
    );
    if (reply === undefined) return undefined;
    const status = reply === 'failed' ? 500 : reply.statusCode;
    if (event.requestContext.routeKey === '$connect') {
      this.#options.watch.onAnswer({ step: 'stream-connect', status, forged });
    }
    return status;
  }

  async sweep(): Promise<void> {
    await this.#invocations.run('sweep', false, (environment) => sweep(this.#wiring.sweep(environment)));
  }

  async reconcile(): Promise<void> {
    await this.#invocations.run('reconcile', false, (environment) => reconcile(this.#wiring.reconcile(environment)));
  }

  async announce(): Promise<void> {
    await this.#invocations.run('announce', false, (environment) => announce(this.#wiring.announce(environment)));
  }

  isOut(service: string): boolean {
    const { outages, scheduler } = this.#options;
    return outages.some((one) => one.service === service && one.from <= scheduler.now && scheduler.now < one.until);
  }

  /** When the index will show the first row that is overdue. */
  nextDue(): Instant | undefined {
    return this.#shown(this.#rows.nextDue());
  }

  /** When the index will show the first row with pending events. */
  nextPendingEvent(): Instant | undefined {
    return this.#shown(this.#rows.nextPendingEvent());
  }

  #shown(written: Instant | undefined): Instant | undefined {
    return written === undefined ? undefined : written + this.table.indexDelayMs;
  }

  /** Whether there is anything for `reconcile` to do. */
  hasUnreconciled(): boolean {
    return this.#rows.hasUnreconciled(this.twilio, this.strangers);
  }

  /** When a queue has something for its function. */
  nextMessage(): Instant | undefined {
    let next: Instant | undefined;
    for (const worker of Object.keys(this.queues) as Worker[]) {
      if ((this.#batches.get(worker) ?? 0) >= CONCURRENT_BATCHES) continue;
      const at = this.queues[worker].nextVisibleAt();
      if (at !== undefined && (next === undefined || at < next)) next = at;
    }
    return next;
  }

  /** Lets the event sources take what is visible. */
  poll(): void {
    for (const worker of Object.keys(this.queues) as Worker[]) {
      while ((this.#batches.get(worker) ?? 0) < CONCURRENT_BATCHES) {
        const [message] = this.queues[worker].receive(1);
        if (!message) break;
        void this.#deliver(worker, message);
      }
    }
  }

  async #deliver(worker: Worker, message: ReceivedMessage): Promise<void> {
    this.#batches.set(worker, (this.#batches.get(worker) ?? 0) + 1);
    const reply = await this.#invocations.run(worker, false, (environment) =>
      this.#wiring.consume(worker, environment, message),
    );
    this.#batches.set(worker, (this.#batches.get(worker) ?? 1) - 1);
    if (reply === undefined || reply === 'failed' || reply.batchItemFailures.length > 0) return;
    this.queues[worker].remove(message.receiptHandle);
  }
}
