/** What must be kept, and what must go: holds and erasures. */
import { Duration } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { ERASE_ROUTE, HOLD_ROUTES } from '../../lambdas/shared/contract/http.ts';
import { namesAndLogs, type StepContext, workerStep } from './context.ts';
import { QueuedFunction } from './queued-function.ts';
import { StepLambda } from './step-lambda.ts';

/** Places calls on hold, and releases them, when the owner's people ask for it. It can delete nothing, and has no credentials of Twilio's. */
export function hold(scope: Construct, context: StepContext): StepLambda {
  const { alarms, storage, webhooks } = context;
  const step = new StepLambda(scope, 'hold', { ...namesAndLogs(context), timeout: Duration.seconds(28), memory: 512 });
  webhooks.authorized(Object.values(HOLD_ROUTES), step);
  storage.allowTable(step, ['GetItem', 'PutItem', 'Query']);
  storage.allowByDayIndex(step);
  alarms.onErrors(step, 'notice', 'Calls cannot be placed on hold or released. Whoever asks is told so.');
  return step;
}

/**
 * Erases calls and recordings for good, when the owner's people ask for it: the only step that can delete in the bucket. A message of the
 * queue does the work; a request notes it, and has it queued.
 */
export function erase(scope: Construct, context: StepContext): QueuedFunction {
  const { alarms, storage, webhooks } = context;
  const step = new QueuedFunction(scope, 'erase', {
    ...workerStep(context),
    timeout: Duration.minutes(5),
    batchSize: 1,
    maxConcurrency: 2,
    maxReceiveCount: 10,
    severity: 'page',
    whatBreaks: 'Something that somebody has asked to be erased is not, for a reason that nobody foresaw.',
  });
  webhooks.authorized([ERASE_ROUTE], step);
  storage.allowCredentials(step);
  storage.allowTable(step, ['GetItem', 'PutItem', 'Query']);
  storage.allowErasing(step);
  storage.allowPartyRemoval(step);
  alarms.onErrors(step, 'notice', 'Erasures broke off, or cannot be asked for: they are tried again.');
  return step;
}
