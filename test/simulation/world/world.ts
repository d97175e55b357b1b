/** All that surrounds the steps, in virtual time: API Gateway, event sources, schedules, AWS and Twilio. */

import type { SQSBatchResponse } from 'aws-lambda';
import { announce } from '../../../lambdas/announce/announce.ts';
import { incomingCall } from '../../../lambdas/incoming-call/incoming-call.ts';
import { writeTwiml } from '../../../lambdas/incoming-call/twiml.ts';
import { reconcile } from '../../../lambdas/reconcile/reconcile.ts';
import { recordingCallback } from '../../../lambdas/recording-callback/recording-callback.ts';
import { recordingCopy } from '../../../lambdas/recording-copy/recording-copy.ts';
import { recordingDelete } from '../../../lambdas/recording-delete/recording-delete.ts';
import { recordingStart } from '../../../lambdas/recording-start/recording-start.ts';
import { twilioRest } from '../../../lambdas/shared/adapters/twilio/twilio-rest.ts';
import { twilioSignatures } from '../../../lambdas/shared/adapters/twilio/twilio-signatures.ts';
import { HTTP_PATHS } from '../../../lambdas/shared/contract/http.ts';
import type { AudioFormat } from '../../../lambdas/shared/contract/settings.ts';
import type { Step } from '../../../lambdas/shared/contract/steps.ts';
import { readRecordingMessage, readStartMessage } from '../../../lambdas/shared/entry/messages.ts';
import { consume } from '../../../lambdas/shared/entry/queue-consumer.ts';
import type { RecordingMessage, StartMessage } from '../../../lambdas/shared/ports/queues.ts';
import type { TwilioCredentials } from '../../../lambdas/shared/ports/twilio.ts';
import type { Row } from '../../../lambdas/shared/rules/table/rows.ts';
import { type Instant, SECOND } from '../../../lambdas/shared/rules/values/instant.ts';
import { routeStreamEvent, type StreamEvent } from '../../../lambdas/stream-connect/route.ts';
import { sweep } from '../../../lambdas/sweep/sweep.ts';
import { BucketModel } from '../../../sim/aws/bucket.ts';
import { recordOf } from '../../../sim/aws/event-source.ts';
import { QueueModel, type ReceivedMessage } from '../../../sim/aws/queue.ts';
import { TableModel } from '../../../sim/aws/table.ts';
import type { Draws } from '../faults/draws.ts';
import type { FaultPlan, Outage } from '../faults/faults.ts';
import {
  ACCOUNT_SID,
  API_URL,
  CONCURRENT_BATCHES,
  DISCLAIMER,
  KEEP_AT_TWILIO_MS,
  MAX_RECEIVES,
  PUBLIC_URL,
  STAGE,
  STREAM_URL,
  TIMEOUT_SECONDS,
  VISIBILITY_SECONDS,
  type Worker,
} from './deployment.ts';
import { Environment } from './environments.ts';
import type { Scheduler } from './scheduler.ts';
import { TwilioWorld, type Webhook } from './twilio-world.ts';
import { type Connection, Ports, type Services, type Watch } from './world-ports.ts';

export interface WorldOptions {
  readonly scheduler: Scheduler;
  readonly draws: Draws;
  readonly plan: FaultPlan;
  readonly watch: Watch & { readonly onTwilio: ConstructorParameters<typeof TwilioWorld>[0]['onChange'] };
  /** Told of every callback that was delivered. */
  readonly onDelivered: (webhook: Webhook) => void;
  readonly seed: string;
  readonly authToken: string;
  readonly apiKey: boolean;
  readonly processingMs: number;
  readonly mediaDelayMs: number;
  readonly audioFormat: AudioFormat;
  /** Clocks of environments differ from the true time by up to this much. */
  readonly skewMs: number;
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
  readonly #occurrences = new Map<string, number>();
  readonly #idle = new Map<Step, Environment[]>();
  readonly #batches = new Map<Worker, number>();
  readonly #rows = new Map<string, Row>();
  #environments = 0;

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
    const step = pathname === HTTP_PATHS.voice ? 'incoming-call' : 'recording-callback';
    const reply = await this.#invoke(step, forged, (environment) => {
      const door = { publicUrl: PUBLIC_URL, signatures: twilioSignatures, ...this.#common(environment) };
      return step === 'incoming-call'
        ? incomingCall(
            { ...door, streamUrl: STREAM_URL, afterDisclaimer: { kind: 'say', text: 'Goodbye' }, writeTwiml },
            request,
          )
        : recordingCallback(
            {
              ...door,
              table: this.#ports(environment).table(),
              copyQueue: this.#ports(environment).queue('recording-copy'),
              twilio: this.#rest(environment),
            },
            request,
          );
    });
    if (reply === undefined) return undefined;
    const status = reply === 'failed' ? 500 : reply.statusCode;
    this.#options.watch.onAnswer({ step, status, forged, parameters });
    return { status, body: reply === 'failed' ? undefined : reply.body };
  }

  /** An event of the WebSocket API; the status matters to `$connect` alone. */
  async streamEvent(event: StreamEvent, forged = false): Promise<number | undefined> {
    const reply = await this.#invoke('stream-connect', forged, (environment) =>
      routeStreamEvent(
        {
          ...this.#common(environment),
          streamUrl: STREAM_URL,
          foreignStreams: 'refuse',
          disclaimer: DISCLAIMER,
          signatures: twilioSignatures,
          table: this.#ports(environment).table(),
          startQueue: this.#ports(environment).queue('recording-start'),
          connections: this.#ports(environment).connections(),
        },
        event,
      ),
    );
    if (reply === undefined) return undefined;
    const status = reply === 'failed' ? 500 : reply.statusCode;
    if (event.requestContext.routeKey === '$connect') {
      this.#options.watch.onAnswer({ step: 'stream-connect', status, forged });
    }
    return status;
  }

  async sweep(): Promise<void> {
    await this.#invoke('sweep', false, (environment) =>
      sweep({
        ...this.#common(environment),
        deletions: 'on',
        table: this.#ports(environment).table(),
        startQueue: this.#ports(environment).queue('recording-start'),
        copyQueue: this.#ports(environment).queue('recording-copy'),
        deleteQueue: this.#ports(environment).queue('recording-delete'),
      }),
    );
  }

  async reconcile(): Promise<void> {
    await this.#invoke('reconcile', false, (environment) =>
      reconcile({
        ...this.#common(environment),
        table: this.#ports(environment).table(),
        twilio: this.#rest(environment),
        copyQueue: this.#ports(environment).queue('recording-copy'),
      }),
    );
  }

  async announce(): Promise<void> {
    await this.#invoke('announce', false, (environment) =>
      announce({
        ...this.#common(environment),
        stage: STAGE,
        table: this.#ports(environment).table(),
        bus: this.#ports(environment).bus(),
      }),
    );
  }

  isOut(service: string): boolean {
    const { outages, scheduler } = this.#options;
    return outages.some((one) => one.service === service && one.from <= scheduler.now && scheduler.now < one.until);
  }

  /** When the first row is overdue, as the index will show it. */
  nextDue(): Instant | undefined {
    let next: Instant | undefined;
    for (const row of this.#rows.values()) {
      if (row.kind === 'reconcile' || !row.waiting) continue;
      const due = row.waiting.due + this.table.indexDelayMs;
      if (next === undefined || due < next) next = due;
    }
    return next;
  }

  /** When the index will show the first row with pending events. */
  nextPendingEvent(): Instant | undefined {
    let next: Instant | undefined;
    for (const row of this.#rows.values()) {
      const [oldest] = row.kind === 'reconcile' ? [] : (row.pendingEvents ?? []);
      if (oldest && (next === undefined || oldest.at < next)) next = oldest.at;
    }
    return next === undefined ? undefined : next + this.table.indexDelayMs;
  }

  /** Whether there is anything for `reconcile` to do. */
  hasUnreconciled(): boolean {
    const flagsMissing = new Map<string, number>();
    for (const { sid, callSid, status } of this.twilio.state.recordings.values()) {
      if (status === 'deleted' || status === 'processing' || this.strangers.has(callSid)) continue;
      const row = this.#rows.get(`${callSid} ${sid}`);
      if (row?.kind !== 'recording') return true;
      if (status !== 'in-progress' && row.state === 'in-progress') return true;
      if (status === 'completed' && (row.state === 'absent' || row.state === 'failed')) return true;
      if (!row.extra) flagsMissing.set(callSid, (flagsMissing.get(callSid) ?? 0) + 1);
    }
    return [...flagsMissing.values()].some((count) => count > 1);
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
    const reply = await this.#invoke(worker, false, (environment) => this.#consume(worker, environment, message));
    this.#batches.set(worker, (this.#batches.get(worker) ?? 1) - 1);
    if (reply === undefined || reply === 'failed' || reply.batchItemFailures.length > 0) return;
    this.queues[worker].remove(message.receiptHandle);
  }

  #consume(worker: Worker, environment: Environment, message: ReceivedMessage): Promise<SQSBatchResponse> {
    const common = this.#common(environment);
    const visibility = this.#ports(environment).visibility(worker);
    const shared = { ...common, table: this.#ports(environment).table(), twilio: this.#rest(environment) };
    const store = this.#ports(environment).store();
    const { audioFormat } = this;
    const copying = { ...shared, store, audioFormat, keepAtTwilioMs: KEEP_AT_TWILIO_MS };
    const event = { Records: [recordOf(message)] };
    const { log } = environment;
    switch (worker) {
      case 'recording-start':
        return consume({ log, visibility, read: readStartMessage, step: recordingStart.bind(null, shared) }, event);
      case 'recording-copy':
        return consume({ log, visibility, read: readRecordingMessage, step: recordingCopy.bind(null, copying) }, event);
      case 'recording-delete': {
        const deleting = { ...copying, deletions: 'on' as const };
        return consume(
          { log, visibility, read: readRecordingMessage, step: recordingDelete.bind(null, deleting) },
          event,
        );
      }
    }
  }

  /** One invocation: `undefined` where the environment died or ran out of time, `'failed'` where the step threw. */
  #invoke<Result>(
    step: Step,
    forged: boolean,
    run: (environment: Environment) => Promise<Result>,
  ): Promise<Result | 'failed' | undefined> {
    const { scheduler, watch } = this.#options;
    const environment = this.#idle.get(step)?.pop() ?? this.#start(step);
    environment.forged = forged;
    return new Promise((resolve) => {
      let over = false;
      const end = (result: Result | 'failed' | undefined) => {
        if (over) return;
        over = true;
        environment.onDeath = undefined;
        if (environment.alive) this.#release(environment);
        resolve(result);
      };
      environment.onDeath = () => end(undefined);
      scheduler.after(TIMEOUT_SECONDS[step] * SECOND, () => {
        if (!over) environment.die();
      });
      run(environment).then(end, (error: Error) => {
        watch.trace(() => `${environment.name} throws ${error.stack}`);
        end('failed');
      });
    });
  }

  #start(step: Step): Environment {
    const { draws, skewMs, plan, scheduler, watch } = this.#options;
    this.#environments += 1;
    const skew = Math.round((draws.fraction('skew') * 2 - 1) * skewMs);
    return new Environment(step, this.#environments, skew, { scheduler, draws, plan, hooks: watch }, this.#occurrences);
  }

  #release(environment: Environment): void {
    const idle = this.#idle.get(environment.step) ?? [];
    idle.push(environment);
    this.#idle.set(environment.step, idle);
  }

  #common(environment: Environment) {
    environment.credentials ??= environment.credentialsFrom(() => this.secret);
    const { clock, randomness, log, credentials } = environment;
    return { clock, randomness, log, credentials };
  }

  #ports(environment: Environment): Ports {
    const { table, bucket, queues, connections } = this;
    const { watch } = this.#options;
    return new Ports(environment, {
      ...{ table, bucket, queues, connections, watch },
      noteWrite: (row) => this.#noteWrite(row),
    });
  }

  #rest(environment: Environment) {
    environment.rest ??= twilioRest({
      apiUrl: API_URL,
      callbackUrl: PUBLIC_URL + HTTP_PATHS.recordingCallback,
      credentials: this.#common(environment).credentials,
      client: this.twilio.client(environment),
    });
    return environment.rest;
  }

  #noteWrite(row: Row): void {
    const key =
      row.kind === 'reconcile' ? row.kind : `${row.callSid} ${row.kind === 'recording' ? row.recordingSid : ''}`;
    this.#options.watch.onWrite(row, this.#rows.get(key));
    this.#rows.set(key, row);
  }
}
