/** A call begins: it is answered, its stream opens, its recording starts. */
import { Duration } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { DISCLAIMERS_FILE } from '../../lambdas/shared/contract/environment.ts';
import { DISCLAIMER_PATH, HTTP_PATHS, RECORD_ROUTE } from '../../lambdas/shared/contract/http.ts';
import { DISCLAIMER_FILE, namedDisclaimerFile } from '../../lambdas/shared/contract/stream.ts';
import { SUSTAINED } from '../watch/alarm-text.ts';
import { placeOf } from './after-disclaimer.ts';
import { namesAndLogs, type StepContext, webhookStep, workerStep } from './context.ts';
import { type PlayableFile, playableFile, playableFiles, readDisclaimer } from './disclaimer.ts';
import { QueuedFunction } from './queued-function.ts';
import { StepLambda } from './step-lambda.ts';

/** A caller dials the number: Twilio asks what to do. The call is noted, and the answer says how it is recorded, then what comes next. */
export function incomingCall(scope: Construct, context: StepContext): StepLambda {
  const { alarms, storage, webhooks, configuration } = context;
  const step = new StepLambda(scope, 'incoming-call', {
    ...webhookStep(context),
    files: {
      ...placeOf(configuration.afterDisclaimer).files,
      [DISCLAIMERS_FILE]: Buffer.from(JSON.stringify(namesOf(playableFiles(configuration.disclaimers)))),
    },
    reservedConcurrency: configuration.reservedConcurrency['incoming-call'],
  });
  webhooks.post(HTTP_PATHS.voice, step);
  storage.allowCredentials(step);
  storage.allowParties(step);
  storage.allowTable(step, ['PutItem']);
  alarms.onFailures(step, 'page', 'Callers hear an error of Twilio instead of the disclaimer.');
  return step;
}

/** File names by the names of the disclaimers. */
const namesOf = (files: { readonly [name: string]: PlayableFile }): { readonly [name: string]: string } =>
  Object.fromEntries(Object.entries(files).map(([name, file]) => [name, file.name]));

/** Twilio fetches the disclaimer, where TwiML starts the recording. Anyone may: the function has no rights at all. */
export function disclaimer(scope: Construct, context: StepContext): StepLambda {
  const { alarms, webhooks, configuration } = context;
  const standard = playableFile(readDisclaimer(configuration.disclaimer));
  const files = [standard, ...Object.values(playableFiles(configuration.disclaimers))];
  const step = new StepLambda(scope, 'disclaimer', {
    ...webhookStep(context),
    files: Object.fromEntries(files.map(({ name, bytes }) => [name, bytes])),
    reservedConcurrency: configuration.reservedConcurrency.disclaimer,
  });
  webhooks.getOpen(`${DISCLAIMER_PATH}/{file}`, step);
  const whatBreaks = 'Calls whose recording TwiML starts are recorded, and their callers hear no disclaimer.';
  alarms.onErrors(step, 'page', whatBreaks, SUSTAINED);
  alarms.onThrottles(step, 'notice', whatBreaks);
  return step;
}

/** Twilio opens the stream: this notes the call, queues the start of its recording, and plays the disclaimer. */
export function streamConnect(scope: Construct, context: StepContext): StepLambda {
  const { alarms, storage, stream, configuration } = context;
  const step = new StepLambda(scope, 'stream-connect', {
    ...webhookStep(context),
    // Only API Gateway waits for the answer, for 29 s. The step can outlast requests that hang, and still serve the caller.
    timeout: Duration.seconds(28),
    files: {
      [DISCLAIMER_FILE]: readDisclaimer(configuration.disclaimer),
      ...namedDisclaimers(configuration.disclaimers),
    },
    reservedConcurrency: configuration.reservedConcurrency['stream-connect'],
  });
  stream.route(step);
  stream.allowConnections(step);
  storage.allowCredentials(step);
  storage.allowTable(step, ['GetItem', 'PutItem']);
  alarms.onFailures(step, 'page', 'Calls are not recorded, or callers do not hear the disclaimer.');
  return step;
}

const namedDisclaimers = (files: { readonly [name: string]: string }): { readonly [file: string]: Uint8Array } =>
  Object.fromEntries(Object.entries(files).map(([name, path]) => [namedDisclaimerFile(name), readDisclaimer(path)]));

/** Twilio tells that the stream has started, has stopped or has failed. A call whose stream failed is looked up at once. */
export function streamStatus(scope: Construct, context: StepContext): StepLambda {
  const { alarms, storage, webhooks, configuration } = context;
  const step = new StepLambda(scope, 'stream-status', {
    ...webhookStep(context),
    reservedConcurrency: configuration.reservedConcurrency['stream-status'],
  });
  webhooks.post(HTTP_PATHS.streamStatus, step);
  storage.allowCredentials(step);
  storage.allowTable(step, ['GetItem', 'PutItem']);
  alarms.onFailures(step, 'notice', 'Calls whose stream fails are noticed a minute or two late, by sweep.');
  return step;
}

/** Starts the recording of a live call that this recorder did not answer, when the owner's people or programs request it. */
export function recordCall(scope: Construct, context: StepContext): StepLambda {
  const { alarms, storage, webhooks } = context;
  // API Gateway waits 30 s. Twilio is asked twice at most, where the credentials were rotated.
  const step = new StepLambda(scope, 'record-call', {
    ...namesAndLogs(context),
    timeout: Duration.seconds(28),
    memory: 512,
  });
  webhooks.authorized([RECORD_ROUTE], step);
  storage.allowCredentials(step);
  storage.allowParties(step);
  storage.allowTable(step, ['GetItem', 'PutItem']);
  alarms.onErrors(step, 'notice', 'Recordings of live calls cannot be requested. The requester is told so.');
  return step;
}

/**
 * Starts the recording a second later. Twilio may not know the call yet, so a start can take many attempts.
 *
 * A message whose environment died returns after 30 s. By then the claim of the dead environment on the call, 25 s, has expired, so
 * the call is recorded as soon as possible. An earlier second delivery is harmless, since the claim stops it.
 */
export function recordingStart(scope: Construct, context: StepContext): QueuedFunction {
  const { alarms, storage, configuration } = context;
  const step = new QueuedFunction(scope, 'recording-start', {
    ...workerStep(context),
    timeout: Duration.seconds(20),
    visibilityTimeout: Duration.seconds(30),
    batchSize: 1,
    maxConcurrency: configuration.recordingConcurrency,
    maxReceiveCount: 50,
    severity: 'page',
    whatBreaks: 'The recording of a call could not be started, for a reason that nobody foresaw.',
  });
  storage.allowCredentials(step);
  storage.allowTable(step, ['GetItem', 'PutItem', 'Query']);
  alarms.onErrors(step, 'page', 'Starts of recordings break off: those calls are not recorded yet.', SUSTAINED);
  alarms.onThrottles(step, 'notice', 'Recordings begin late: what is said until then is on no recording.');
  return step;
}
