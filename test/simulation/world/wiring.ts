/** What each step gets in an environment, as its index.ts gives it. */
import type { SQSBatchResponse } from 'aws-lambda';
import { announce } from '../../../lambdas/announce/announce.ts';
import { erase } from '../../../lambdas/erase/erase.ts';
import { writeTwiml } from '../../../lambdas/incoming-call/twiml.ts';
import { comparePiece } from '../../../lambdas/reconcile/pieces.ts';
import { reconcile } from '../../../lambdas/reconcile/reconcile.ts';
import { recordingCopy } from '../../../lambdas/recording-copy/recording-copy.ts';
import { recordingDelete } from '../../../lambdas/recording-delete/recording-delete.ts';
import { recordingStart } from '../../../lambdas/recording-start/recording-start.ts';
import { twilioRest } from '../../../lambdas/shared/adapters/twilio/twilio-rest.ts';
import { twilioSignatures } from '../../../lambdas/shared/adapters/twilio/twilio-signatures.ts';
import { HTTP_PATHS } from '../../../lambdas/shared/contract/http.ts';
import type { Step } from '../../../lambdas/shared/contract/steps.ts';
import {
  readEraseMessage,
  readPieceMessage,
  readRecordingMessage,
  readStartMessage,
} from '../../../lambdas/shared/entry/messages.ts';
import { consume } from '../../../lambdas/shared/entry/queue-consumer.ts';
import type { TwilioCredentials } from '../../../lambdas/shared/ports/twilio.ts';
import { sweep } from '../../../lambdas/sweep/sweep.ts';
import { recordOf } from '../../../sim/aws/event-source.ts';
import type { ReceivedMessage } from '../../../sim/aws/queue.ts';
import {
  API_URL,
  type Configuration,
  DISCLAIMER,
  DISCLAIMER_FILE,
  PARTY_KEY,
  PUBLIC_URL,
  SALES,
  SALES_FILE,
  STAGE,
  STREAM_URL,
  type Worker,
} from './deployment.ts';
import type { Environment } from './environments.ts';
import type { TwilioWorld } from './twilio-world.ts';
import { Ports, type Services } from './world-ports.ts';

export interface WiringOptions {
  readonly services: Services;
  readonly twilio: TwilioWorld;
  /** The configuration as it is deployed now: an invocation keeps what it began with. */
  readonly configuration: () => Configuration;
  /** The secret as it is now. */
  readonly secret: () => TwilioCredentials;
  readonly reconcileBudgetMs: number;
}

export class Wiring {
  readonly #options: WiringOptions;

  constructor(options: WiringOptions) {
    this.#options = options;
  }

  incomingCall(environment: Environment) {
    const afterDisclaimer = { kind: 'say', text: 'Goodbye' } as const;
    const table = this.#ports(environment).table();
    const { startBy } = this.#options.configuration();
    const opening = {
      startBy,
      streamUrl: STREAM_URL,
      disclaimerFile: DISCLAIMER_FILE,
      disclaimerFiles: { sales: SALES_FILE },
    };
    const partyKey = this.#partyKey(environment);
    return { ...this.#door(environment), ...opening, table, partyKey, afterDisclaimer, writeTwiml };
  }

  streamStatus(environment: Environment) {
    const ports = this.#ports(environment);
    return { ...this.#door(environment), table: ports.table(), startQueue: ports.queue('recording-start') };
  }

  recordingCallback(environment: Environment) {
    return { ...this.#door(environment), ...this.#recording(environment) };
  }

  streamConnect(environment: Environment) {
    const ports = this.#ports(environment);
    return {
      ...this.#common(environment),
      streamUrl: STREAM_URL,
      foreignStreams: this.#options.configuration().foreignStreams,
      disclaimer: DISCLAIMER,
      disclaimerCalled: (name: string) => (name === 'sales' ? SALES : undefined),
      signatures: twilioSignatures,
      table: ports.table(),
      startQueue: ports.queue('recording-start'),
      connections: ports.connections(),
    };
  }

  #sweep(environment: Environment) {
    const ports = this.#ports(environment);
    return {
      ...this.#common(environment),
      deletions: this.#options.configuration().deletions,
      table: ports.table(),
      startQueue: ports.queue('recording-start'),
      copyQueue: ports.queue('recording-copy'),
      deleteQueue: ports.queue('recording-delete'),
      eraseQueue: ports.queue('erase'),
    };
  }

  #reconcile(environment: Environment) {
    const { reconcileBudgetMs: budgetMs } = this.#options;
    const voiceUrl = PUBLIC_URL + HTTP_PATHS.voice;
    const pieceQueue = this.#ports(environment).queue('reconcile');
    const own = { partyKey: this.#partyKey(environment), pieceQueue, voiceUrl, budgetMs };
    return { ...this.#common(environment), ...this.#recording(environment), ...own };
  }

  #announce(environment: Environment) {
    const ports = this.#ports(environment);
    return { ...this.#common(environment), stage: STAGE, table: ports.table(), bus: ports.bus() };
  }

  /** One run of a step's schedule. */
  async runScheduled(step: Step, environment: Environment): Promise<void> {
    if (step === 'sweep') return sweep(this.#sweep(environment));
    if (step === 'announce') return announce(this.#announce(environment));
    if (step === 'reconcile') return reconcile(this.#reconcile(environment));
    throw new Error(`The simulation runs no ${step} on a schedule.`);
  }

  /** A worker takes messages from its queue. */
  consume(worker: Worker, environment: Environment, messages: readonly ReceivedMessage[]): Promise<SQSBatchResponse> {
    const ports = this.#ports(environment);
    const starting = { ...this.#common(environment), table: ports.table(), twilio: this.#rest(environment) };
    const { audioFormat, keepAtTwilioMs, deletions, withoutStream } = this.#options.configuration();
    const copying = { ...starting, store: ports.store(), audioFormat, keepAtTwilioMs, stage: STAGE };
    const deleting = { ...copying, deletions };
    const common = { log: environment.log, visibility: ports.visibility(worker) };
    const event = { Records: messages.map(recordOf) };
    switch (worker) {
      case 'recording-start':
        return consume(
          { ...common, read: readStartMessage, step: recordingStart.bind(null, { ...starting, withoutStream }) },
          event,
        );
      case 'recording-copy':
        return consume({ ...common, read: readRecordingMessage, step: recordingCopy.bind(null, copying) }, event);
      case 'recording-delete':
        return consume({ ...common, read: readRecordingMessage, step: recordingDelete.bind(null, deleting) }, event);
      case 'erase':
        return consume(
          {
            ...common,
            read: readEraseMessage,
            step: erase.bind(null, { ...copying, store: ports.eraseStore(), parties: ports.partyRemoval() }),
          },
          event,
        );
      case 'reconcile': {
        const comparing = this.#reconcile(environment);
        return consume({ ...common, read: readPieceMessage, step: comparePiece.bind(null, comparing) }, event);
      }
    }
  }

  #common(environment: Environment) {
    environment.credentials ??= environment.credentialsFrom(this.#options.secret);
    const { clock, randomness, log, credentials } = environment;
    return { clock, randomness, log, credentials };
  }

  #partyKey(environment: Environment) {
    environment.partyKey ??= environment.partyKeyFrom(() => PARTY_KEY);
    return environment.partyKey;
  }

  #door(environment: Environment) {
    return { publicUrl: PUBLIC_URL, signatures: twilioSignatures, ...this.#common(environment) };
  }

  #recording(environment: Environment) {
    const ports = this.#ports(environment);
    return { table: ports.table(), copyQueue: ports.queue('recording-copy'), twilio: this.#rest(environment) };
  }

  #ports(environment: Environment): Ports {
    return new Ports(environment, this.#options.services);
  }

  #rest(environment: Environment) {
    environment.rest ??= twilioRest({
      apiUrl: API_URL,
      callbackUrl: PUBLIC_URL + HTTP_PATHS.recordingCallback,
      credentials: this.#common(environment).credentials,
      client: this.#options.twilio.client(environment),
    });
    return environment.rest;
  }
}
