import { incomingCall } from '../../../lambdas/incoming-call/incoming-call.ts';
import { recordingCallback } from '../../../lambdas/recording-callback/recording-callback.ts';
import { HTTP_PATHS } from '../../../lambdas/shared/contract/http.ts';
import type { AudioFormat, Deletions } from '../../../lambdas/shared/contract/settings.ts';
import type { Step } from '../../../lambdas/shared/contract/steps.ts';
import type { TwilioCredentials } from '../../../lambdas/shared/ports/twilio.ts';
import type { Row } from '../../../lambdas/shared/rules/table/rows.ts';
import type { Instant } from '../../../lambdas/shared/rules/values/instant.ts';
import { routeStreamEvent, type StreamEvent } from '../../../lambdas/stream-connect/route.ts';
import { streamStatus } from '../../../lambdas/stream-status/stream-status.ts';
import type { BucketModel } from '../../../sim/aws/bucket.ts';
import type { TableModel } from '../../../sim/aws/table.ts';
import { type Draw, drawsAt } from '../faults/drawn.ts';
import { isOut, type Outage } from '../faults/faults.ts';
import type { Wish } from '../judge/wish-judge.ts';
import type { LogFilter } from '../watch/log-filters.ts';
import { Signals } from '../watch/signals.ts';
import { ACCOUNT_SID, API_URL, CALLED, CALLED_ELSEWHERE, type Configuration, PUBLIC_URL } from './deployment.ts';
import type { Environment } from './environments.ts';
import { EventSources, throttledUntil } from './event-sources.ts';
import { Invocations, type InvocationsOptions } from './invocations.ts';
import { KnownRows } from './known-rows.ts';
import { type ScheduledRun, Schedules, type SchedulesOptions } from './schedules.ts';
import { servicesOf } from './services.ts';
import { type Encryption, type ListSettings, type Transfer, TwilioWorld, type Webhook } from './twilio-world.ts';
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
  readonly transfer: Transfer | undefined;
  readonly encryption: Encryption | undefined;
  readonly configuration: Configuration;
  readonly lists: ListSettings;
  readonly reconcileBudgetMs: number;
  /** Earlier runs of `reconcile` do not come about. */
  readonly reconcilesFrom: Instant;
  readonly indexDelayMs: number;
  readonly outages: readonly Outage[];
  /** Meanwhile Lambda has no environment left for the workers, and messages wait. */
  readonly throttled: Pick<Outage, 'from' | 'until'> | undefined;
  /** Counts what was drawn and has come about. */
  readonly note: (draw: Draw) => void;
  readonly logFilters: readonly LogFilter[];
  readonly schedules: Pick<SchedulesOptions, 'start' | 'intervals' | 'faultsUntil' | 'everyRun'>;
}

export class World {
  readonly signals: Signals;
  readonly schedules: Schedules;
  readonly twilio: TwilioWorld;
  readonly table: TableModel;
  readonly bucket: BucketModel;
  readonly queues: Services['queues'];
  readonly connections = new Map<string, Connection>();
  /** Calls whose callbacks do not arrive. */
  readonly unreachableFor = new Set<string>();
  /** Calls that never come to the recorder, or that it refuses. */
  readonly strangers = new Set<string>();
  /** What the owner wants of each call that comes to the recorder's voice URL. */
  readonly wishes = new Map<string, Wish>();
  /** Recordings that the owner has imported, and whether they are to be deleted at Twilio. */
  readonly imported = new Map<string, boolean>();
  /** A write of the table, by whomever. */
  readonly noteWrite: (row: Row) => void;
  /** Since when deletions are not on. */
  deletionsOffSince: Instant | undefined;
  /** The secret as it is now. */
  secret: TwilioCredentials;
  /** The configuration as it is deployed now. */
  configuration: Configuration;

  readonly #options: WorldOptions;
  readonly sources: EventSources;
  readonly #rows = new KnownRows();
  readonly invocations: Invocations;
  readonly #wiring: Wiring;

  constructor(options: WorldOptions) {
    this.#options = options;
    this.configuration = options.configuration;
    this.signals = new Signals(options.logFilters);
    if (options.configuration.deletions !== 'on') this.deletionsOffSince = options.scheduler.now;
    const { scheduler, authToken, apiKey, watch } = options;
    this.secret = {
      accountSid: ACCOUNT_SID,
      authTokens: [authToken],
      rest: apiKey
        ? { username: `SK${'b'.repeat(32)}`, password: 'key' }
        : { username: ACCOUNT_SID, password: authToken },
    };
    const { table, bucket, queues } = servicesOf(options);
    this.table = table;
    this.bucket = bucket;
    this.queues = queues;
    this.twilio = new TwilioWorld({
      scheduler,
      seed: options.seed,
      apiUrl: API_URL,
      accountSid: ACCOUNT_SID,
      authToken,
      processingMs: options.processingMs,
      mediaDelayMs: options.mediaDelayMs,
      transfer: options.transfer,
      encryption: options.encryption,
      lists: options.lists,
      numbers: [
        [CALLED, PUBLIC_URL + HTTP_PATHS.voice],
        [CALLED_ELSEWHERE, 'https://elsewhere.test/voice'],
      ],
      deliver: async (webhook) => {
        // Callbacks of other applications and stages go to them.
        if (!webhook.url.startsWith(PUBLIC_URL)) return 204;
        if (this.unreachableFor.has(webhook.parameters.CallSid ?? '')) return undefined;
        const answer = await this.webhook(webhook);
        if (answer) options.onDelivered(webhook);
        return answer?.status;
      },
      onChange: (change) => {
        for (const draw of drawsAt(change.request, change.after, change.reply)) options.note(draw);
        watch.onTwilio(change);
      },
      trace: watch.trace,
    });
    if (apiKey) {
      const { credentials } = this.twilio.state;
      const key = { apiKeySid: this.secret.rest.username, apiKeySecret: this.secret.rest.password };
      this.twilio.state = { ...this.twilio.state, credentials: { ...credentials, ...key } };
    }
    this.invocations = new Invocations(options, this.signals);
    this.schedules = this.#schedulesOf(options);
    this.noteWrite = (row) => watch.onWrite(row, this.#rows.note(row, scheduler.now));
    const { connections, twilio, noteWrite } = this;
    this.#wiring = new Wiring({
      ...{ twilio, services: { table, bucket, queues, connections, watch, noteWrite } },
      configuration: () => this.configuration,
      secret: () => this.secret,
      reconcileBudgetMs: options.reconcileBudgetMs,
    });
    this.sources = new EventSources(
      this.queues,
      options.note,
      () => throttledUntil(options.throttled, scheduler.now),
      (worker, messages) =>
        this.invocations.run(worker, false, (environment) => this.#wiring.consume(worker, environment, messages)),
      (worker, count) => this.signals.parked(worker, count, scheduler.now),
    );
  }

  /** `POST` through the HTTP API; `undefined` where the function died or ran out of time. */
  async webhook(
    { url, parameters, signature }: Webhook,
    forged = false,
  ): Promise<{ status: number; body?: string | undefined } | undefined> {
    const { pathname, search } = new URL(url);
    const { scheduler } = this.#options;
    if (this.signals.refuses('HTTP', `POST ${pathname}`, scheduler.now)) return { status: 429 };
    const request = {
      rawPath: pathname,
      rawQueryString: search.slice(1),
      headers: { 'x-twilio-signature': signature },
      body: Buffer.from(new URLSearchParams(parameters).toString()).toString('base64'),
      isBase64Encoded: true,
    };
    const step = STEP_OF_PATH[pathname] ?? 'recording-callback';
    const reply = await this.invocations.run(step, forged, (environment) => {
      if (step === 'incoming-call') return incomingCall(this.#wiring.incomingCall(environment), request);
      if (step === 'stream-status') return streamStatus(this.#wiring.streamStatus(environment), request);
      return recordingCallback(this.#wiring.recordingCallback(environment), request);
    });
    const status = reply === undefined || reply === 'failed' ? 500 : reply.statusCode;
    this.signals.answered('HTTP', `POST ${pathname}`, status, scheduler.now);
    if (reply === undefined) return undefined;
    this.#options.watch.onAnswer({ step, status, forged, parameters });
    return { status, body: reply === 'failed' ? undefined : reply.body };
  }

  /** An event of the WebSocket API; the status matters to `$connect` alone. */
  async streamEvent(event: StreamEvent, forged = false): Promise<number | undefined> {
    if (this.signals.refuses('WEBSOCKET', event.requestContext.routeKey, this.#options.scheduler.now)) return 429;
    const reply = await this.invocations.run('stream-connect', forged, (environment) =>
      routeStreamEvent(this.#wiring.streamConnect(environment), event),
    );
    if (reply === undefined || reply === 'failed') {
      this.signals.failed('WEBSOCKET', reply ? 'IntegrationError' : 'ExecutionError', this.#options.scheduler.now);
    }
    if (reply === undefined) return undefined;
    const status = reply === 'failed' ? 500 : reply.statusCode;
    if (event.requestContext.routeKey === '$connect') {
      this.#options.watch.onAnswer({ step: 'stream-connect', status, forged });
    }
    return status;
  }

  #schedulesOf(options: WorldOptions): Schedules {
    return new Schedules({
      ...{ ...options, ...options.schedules },
      ...{ now: () => options.scheduler.now, rows: this.#rows, signals: this.signals },
      outages: options.outages.filter(({ service }) => service === 'dynamodb'),
      run: (step) => this.#scheduled(step),
    });
  }

  async #scheduled(step: Step): Promise<ScheduledRun> {
    let ran: Environment | undefined;
    const { scheduler, reconcilesFrom } = this.#options;
    if (step === 'reconcile' && scheduler.now < reconcilesFrom) return { kind: 'acted', notes: [] };
    const done = await this.invocations.run(step, false, async (environment) => {
      ran = environment;
      await this.#wiring.runScheduled(step, environment);
      return true;
    });
    if (!ran || ran.acted) return { kind: 'acted', notes: [] };
    return done === true ? { kind: 'idle', notes: ran.notes } : { kind: 'blind', notes: [] };
  }

  readonly note = (draw: Draw): void => this.#options.note(draw);

  turnDeletions(deletions: Deletions): void {
    this.configuration = { ...this.configuration, deletions };
    this.#rows.change(this.#options.scheduler.now);
    this.deletionsOffSince = deletions === 'on' ? undefined : (this.deletionsOffSince ?? this.#options.scheduler.now);
  }

  /** What a recording is kept as: Twilio makes no MP3 of an encrypted one. */
  keptAs(recordingSid: string): AudioFormat {
    const { encryption } = this.twilio.state.recordings.get(recordingSid) ?? {};
    return encryption ? 'wav' : this.configuration.audioFormat;
  }

  isOut(service: string): boolean {
    const { outages, scheduler } = this.#options;
    return isOut(outages, service, scheduler.now);
  }
}
