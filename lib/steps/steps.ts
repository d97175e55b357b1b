/** The steps of a call in the order in which they happen, each with what it may touch and what alarms when it fails. */
import { Duration, Stack, Validations } from 'aws-cdk-lib';
import { Rule, Schedule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction as LambdaTarget } from 'aws-cdk-lib/aws-events-targets';
import type { Construct } from 'constructs';
import { HTTP_PATHS, LOOK_UP_ROUTES } from '../../lambdas/shared/contract/http.ts';
import { DISCLAIMER_FILE } from '../../lambdas/shared/contract/stream.ts';
import type { StreamApi } from '../apis/stream-api.ts';
import type { WebhookApi } from '../apis/webhook-api.ts';
import type { CallRecorderConfiguration } from '../configuration/configuration.ts';
import type { Encryption } from '../storage/encryption.ts';
import type { Storage } from '../storage/storage.ts';
import type { Alarms } from '../watch/alarms.ts';
import { placeOf } from './after-disclaimer.ts';
import { readDisclaimer } from './disclaimer.ts';
import { QueuedFunction } from './queued-function.ts';
import { RecordingPlay } from './recording-play.ts';
import { type LogsProps, StepLambda } from './step-lambda.ts';

/** What the steps are put between. */
export interface Parts {
  readonly prefix: string;
  /** Folder that holds the steps' folders. */
  readonly lambdas: string;
  readonly configuration: CallRecorderConfiguration;
  readonly logs: LogsProps;
  readonly encryption: Encryption;
  readonly alarms: Alarms;
  readonly storage: Storage;
  readonly webhooks: WebhookApi;
  readonly stream: StreamApi;
}

/** Every step, by its own name. */
export interface Steps {
  readonly 'incoming-call': StepLambda;
  readonly 'stream-connect': StepLambda;
  readonly 'recording-start': QueuedFunction;
  readonly 'recording-callback': StepLambda;
  readonly 'recording-copy': QueuedFunction;
  readonly 'recording-delete': QueuedFunction;
  readonly sweep: StepLambda;
  readonly reconcile: StepLambda;
  readonly announce: StepLambda;
  readonly 'look-up': StepLambda;
  readonly 'recording-play': RecordingPlay;
}

/** Makes all steps, and lets each send to the queues that it feeds. */
export function createSteps(scope: Construct, parts: Parts): Steps {
  const steps: Steps = {
    'incoming-call': incomingCall(scope, parts),
    'stream-connect': streamConnect(scope, parts),
    'recording-start': recordingStart(scope, parts),
    'recording-callback': recordingCallback(scope, parts),
    'recording-copy': recordingCopy(scope, parts),
    'recording-delete': recordingDelete(scope, parts),
    sweep: sweep(scope, parts),
    reconcile: reconcile(scope, parts),
    announce: announce(scope, parts),
    'look-up': lookUp(scope, parts),
    'recording-play': new RecordingPlay(scope, parts),
  };
  steps['recording-start'].allowSending(steps['stream-connect']);
  steps['recording-copy'].allowSending(steps['recording-callback']);
  for (const worker of ['recording-start', 'recording-copy', 'recording-delete'] as const) {
    steps[worker].allowSending(steps.sweep);
  }
  steps['recording-copy'].allowSending(steps.reconcile);
  steps['recording-play'].allowLinks(steps['look-up'].function);
  return steps;
}

const common = ({ prefix, lambdas, logs }: Parts) => ({ prefix, lambdas, logs });

/** Twilio waits 15 s at most, its own retry included. A caller hears nothing during a cold start, which is a matter of CPU. */
const webhook = (parts: Parts) => ({ ...common(parts), timeout: Duration.seconds(10), memory: 1024 });

/** No worker needs more than a few requests to Twilio and AWS for a message. */
const worker = (parts: Parts) => ({
  ...common(parts),
  timeout: Duration.seconds(60),
  memory: 512,
  alarms: parts.alarms,
  encryption: parts.encryption,
});

/** A caller dials the number: Twilio asks what to do, and is told to stream the call, then what comes next. */
function incomingCall(scope: Construct, parts: Parts): StepLambda {
  const { alarms, storage, webhooks, configuration } = parts;
  const step = new StepLambda(scope, 'incoming-call', {
    ...webhook(parts),
    files: placeOf(configuration.afterDisclaimer).files,
    reservedConcurrency: configuration.reservedConcurrency['incoming-call'],
  });
  webhooks.post(HTTP_PATHS.voice, step);
  storage.allowCredentials(step);
  alarms.onErrors(step, 'Callers hear an error of Twilio instead of the disclaimer.');
  alarms.onThrottles(step, 'Callers hear an error of Twilio instead of the disclaimer.');
  return step;
}

/** Twilio opens the stream: the call is noted, its recording queued, the disclaimer played. */
function streamConnect(scope: Construct, parts: Parts): StepLambda {
  const { alarms, storage, stream, configuration } = parts;
  const step = new StepLambda(scope, 'stream-connect', {
    ...webhook(parts),
    // Nobody waits for its answer but API Gateway, for 29 s: it can outlast requests that hang, and still serve the caller.
    timeout: Duration.seconds(28),
    files: { [DISCLAIMER_FILE]: readDisclaimer(configuration.disclaimer) },
    reservedConcurrency: configuration.reservedConcurrency['stream-connect'],
  });
  stream.route(step);
  stream.allowConnections(step);
  storage.allowCredentials(step);
  storage.allowTable(step, ['GetItem', 'PutItem']);
  alarms.onErrors(step, 'Calls are not recorded, or callers do not hear the disclaimer.');
  alarms.onThrottles(step, 'Calls are not recorded, or callers do not hear the disclaimer.');
  return step;
}

/**
 * A second later the recording is started. Twilio may not know the call yet, so that a start may take many attempts.
 * While an environment that has died keeps its message, nothing is recorded: it comes back as soon as the dead one's claim
 * on the call has run out, 25 s. Claims make an earlier second delivery harmless.
 */
function recordingStart(scope: Construct, parts: Parts): QueuedFunction {
  const { alarms, storage, configuration } = parts;
  const step = new QueuedFunction(scope, 'recording-start', {
    ...worker(parts),
    timeout: Duration.seconds(20),
    visibilityTimeout: Duration.seconds(30),
    batchSize: 1,
    maxConcurrency: configuration.recordingConcurrency,
    maxReceiveCount: 50,
    whatBreaks: 'The recording of a call could not be started, for a reason that nobody foresaw.',
  });
  storage.allowCredentials(step);
  storage.allowTable(step, ['GetItem', 'PutItem', 'Query']);
  alarms.onThrottles(step, 'Recordings begin late: what is said until then is on no recording.');
  return step;
}

/** Twilio says that the recording is in progress, completed or absent: that is kept, then the copy is queued. */
function recordingCallback(scope: Construct, parts: Parts): StepLambda {
  const { alarms, storage, webhooks, configuration } = parts;
  const step = new StepLambda(scope, 'recording-callback', {
    ...webhook(parts),
    reservedConcurrency: configuration.reservedConcurrency['recording-callback'],
  });
  webhooks.post(HTTP_PATHS.recordingCallback, step);
  storage.allowCredentials(step);
  storage.allowTable(step, ['GetItem', 'PutItem', 'Query']);
  alarms.onErrors(step, 'Finished recordings are noticed up to an hour late, by reconcile.');
  alarms.onThrottles(step, 'Finished recordings are noticed up to an hour late, by reconcile.');
  return step;
}

/**
 * A million calls in a day, thirty a second in the busiest hour, are copied as they end; their deletions a day later lag by
 * an hour or two. More would take the requests at once that Twilio grants an account from the starts: docs/scale.md.
 */
const COPIES_AT_ONCE = 30;
const DELETIONS_AT_ONCE = 6;

/** The recording is copied to S3. 2.8 GB, a whole day in two channels, must go through within Lambda's longest timeout. */
function recordingCopy(scope: Construct, parts: Parts): QueuedFunction {
  const { storage } = parts;
  const step = new QueuedFunction(scope, 'recording-copy', {
    ...worker(parts),
    timeout: Duration.minutes(15),
    memory: 1024,
    batchSize: 1,
    maxConcurrency: COPIES_AT_ONCE,
    maxReceiveCount: 10,
    whatBreaks: 'A recording could not be copied, for a reason that nobody foresaw: it is at Twilio only.',
  });
  storage.allowCredentials(step);
  storage.allowTable(step, ['GetItem', 'PutItem', 'Query']);
  storage.allowStoring(step);
  return step;
}

/** A day later the copy is proven again, then Twilio's is deleted. */
function recordingDelete(scope: Construct, parts: Parts): QueuedFunction {
  const { storage } = parts;
  const step = new QueuedFunction(scope, 'recording-delete', {
    ...worker(parts),
    timeout: Duration.minutes(2),
    batchSize: 10,
    maxConcurrency: DELETIONS_AT_ONCE,
    maxReceiveCount: 10,
    whatBreaks:
      'A recording could not be deleted at Twilio, for a reason that nobody foresaw: it costs more, none is lost.',
  });
  storage.allowCredentials(step);
  storage.allowTable(step, ['GetItem', 'PutItem']);
  storage.allowProving(step);
  return step;
}

/** Every minute: whatever is due and lies on no queue is put there, calls that wait for their recording first of all. */
function sweep(scope: Construct, parts: Parts): StepLambda {
  const { alarms, storage } = parts;
  const step = new StepLambda(scope, 'sweep', { ...worker(parts), scheduled: true });
  every(Duration.minutes(1), step);
  storage.allowDueIndex(step);
  storage.allowTable(step, ['GetItem', 'PutItem']);
  alarms.onErrors(step, 'What a lost message or an outage left behind waits, and so do all deletions at Twilio.');
  alarms.onSilence(step, Duration.minutes(15), 'Nothing sweeps: what was left behind waits, and so do all deletions.');
  return step;
}

/** Every hour: Twilio's own list of recordings is held against the table. */
function reconcile(scope: Construct, parts: Parts): StepLambda {
  const { alarms, storage } = parts;
  const step = new StepLambda(scope, 'reconcile', {
    ...worker(parts),
    // It compares 26 hours of recordings each time, which is a matter of CPU time alone: docs/scale.md.
    timeout: Duration.minutes(15),
    memory: 1769,
    scheduled: true,
  });
  every(Duration.hours(1), step);
  storage.allowCredentials(step);
  storage.allowTable(step, ['GetItem', 'PutItem', 'Query']);
  alarms.onErrors(step, 'Recordings whose callback never came are not found.');
  alarms.onSilence(step, Duration.hours(3), 'Nothing reconciles: recordings whose callback never came are not found.');
  return step;
}

/** Every minute: what became of calls and recordings, and was noted in their rows, is told to the event bus. */
function announce(scope: Construct, parts: Parts): StepLambda {
  const { alarms, storage, configuration } = parts;
  const step = new StepLambda(scope, 'announce', { ...worker(parts), scheduled: true });
  storage.allowUntoldIndex(step);
  storage.allowTable(step, ['GetItem', 'PutItem']);
  // Nothing is noted either then; what was noted before is told once events are on again.
  if (configuration.events === 'off') return step;
  every(Duration.minutes(1), step);
  const resourceName = configuration.eventBusName;
  step.allow(
    ['events:PutEvents'],
    [Stack.of(scope).formatArn({ service: 'events', resource: 'event-bus', resourceName })],
  );
  alarms.onErrors(
    step,
    'Events about calls and recordings are not told: whoever listens for them waits. None is lost.',
  );
  alarms.onSilence(step, Duration.minutes(15), 'Nothing is announced: whoever listens for events waits. None is lost.');
  return step;
}

/** Whoever may, by IAM, asks what became of a call, and gets a link to its audio. It reads, and has no credentials of Twilio's. */
function lookUp(scope: Construct, parts: Parts): StepLambda {
  const { alarms, storage, webhooks } = parts;
  // API Gateway waits 30 s; a search ends after 15 s and is gone on with by the next request.
  const step = new StepLambda(scope, 'look-up', { ...common(parts), timeout: Duration.seconds(28), memory: 512 });
  webhooks.authorized(Object.values(LOOK_UP_ROUTES), step);
  storage.allowTable(step, ['GetItem', 'Query']);
  storage.allowByDayIndex(step);
  storage.allowPlayback(step);
  alarms.onErrors(step, 'Calls and recordings cannot be looked up over HTTP. Recording goes on.');
  return step;
}

/** Invokes a step again and again. A run that fails is not repeated, since the next does the same work. */
function every(pause: Duration, step: StepLambda): void {
  const rule = new Rule(step, 'Schedule', {
    description: `Runs ${step.step}`,
    schedule: Schedule.rate(pause),
    targets: [new LambdaTarget(step.function, { retryAttempts: 0, maxEventAge: Duration.minutes(1) })],
  });
  Validations.of(rule).acknowledge({
    id: 'Serverless-EventBusDLQ',
    reason: 'The event says nothing but that it is time, which the next one says again; an alarm tells of silence.',
  });
}
