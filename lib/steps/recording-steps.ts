/** A recording ends: Twilio reports it, it is copied to S3, and deleted at Twilio a day later. */
import { Duration } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { HTTP_PATHS } from '../../lambdas/shared/contract/http.ts';
import { type StepContext, webhookStep, workerStep } from './context.ts';
import { QueuedFunction } from './queued-function.ts';
import { StepLambda } from './step-lambda.ts';

/** Twilio reports a recording as in progress, completed or absent: the row keeps that, then the copy is queued. */
export function recordingCallback(scope: Construct, context: StepContext): StepLambda {
  const { alarms, storage, webhooks, configuration } = context;
  const step = new StepLambda(scope, 'recording-callback', {
    ...webhookStep(context),
    reservedConcurrency: configuration.reservedConcurrency['recording-callback'],
  });
  webhooks.post(HTTP_PATHS.recordingCallback, step);
  storage.allowCredentials(step);
  storage.allowTable(step, ['GetItem', 'PutItem', 'Query']);
  alarms.onFailures(step, 'notice', 'Finished recordings are noticed up to an hour late, by reconcile.');
  return step;
}

/** Copies the recording to S3. What takes longer than Lambda's longest timeout goes on in the next invocation. */
export function recordingCopy(scope: Construct, context: StepContext): QueuedFunction {
  const { alarms, storage, configuration } = context;
  const step = new QueuedFunction(scope, 'recording-copy', {
    ...workerStep(context),
    timeout: Duration.minutes(15),
    memory: 1024,
    batchSize: 1,
    maxConcurrency: configuration.copyConcurrency,
    maxReceiveCount: 10,
    severity: 'notice',
    whatBreaks: 'A recording could not be copied, for a reason that nobody foresaw: it is at Twilio only.',
  });
  storage.allowCredentials(step);
  storage.allowTable(step, ['GetItem', 'PutItem', 'Query']);
  storage.allowStoring(step);
  storage.allowPeaks(step, 'write');
  alarms.onErrors(step, 'notice', 'A copy broke off: the recording is at Twilio, and is tried again.');
  alarms.onThrottles(step, 'notice', 'Copies wait: the recordings are at Twilio until then.');
  return step;
}

/** A day later: verifies the copy again, then deletes Twilio's. */
export function recordingDelete(scope: Construct, context: StepContext): QueuedFunction {
  const { alarms, storage, configuration } = context;
  const step = new QueuedFunction(scope, 'recording-delete', {
    ...workerStep(context),
    timeout: Duration.minutes(2),
    batchSize: 10,
    maxConcurrency: configuration.deletionConcurrency,
    maxReceiveCount: 10,
    severity: 'notice',
    whatBreaks:
      'A recording could not be deleted at Twilio, for a reason that nobody foresaw: it costs more, none is lost.',
  });
  storage.allowCredentials(step);
  storage.allowTable(step, ['GetItem', 'PutItem']);
  storage.allowVerifying(step);
  alarms.onErrors(step, 'notice', 'Deletions at Twilio broke off: they are tried again, and none is lost.');
  return step;
}
