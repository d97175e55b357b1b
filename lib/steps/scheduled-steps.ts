/** What runs on a schedule: the search for overdue work, the comparison with Twilio's list, the events. */
import { Duration, Stack, Validations } from 'aws-cdk-lib';
import { Rule, RuleTargetInput, Schedule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction as LambdaTarget } from 'aws-cdk-lib/aws-events-targets';
import type { Construct } from 'constructs';
import { CANARY_TONE_PATH } from '../../lambdas/shared/contract/http.ts';
import { SUSTAINED } from '../watch/alarm-text.ts';
import { type StepContext, workerStep } from './context.ts';
import { QueuedFunction } from './queued-function.ts';
import { StepLambda } from './step-lambda.ts';

/** Every minute: queues all work that is due and on no queue, first the calls that wait for their recording. */
export function sweep(scope: Construct, context: StepContext): StepLambda {
  const { alarms, storage, configuration } = context;
  const runs = configuration.sweepConcurrency;
  const step = new StepLambda(scope, 'sweep', { ...scheduledWorker(context, runs), scheduled: true });
  runEvery(Duration.minutes(1), step, runs);
  storage.allowDueIndex(step);
  storage.allowTable(step, ['GetItem', 'PutItem']);
  alarms.onErrors(
    step,
    'page',
    'The watch over calls fails: what a lost message or an outage left behind waits, deletions too.',
    SUSTAINED,
  );
  alarms.onSilence(step, 'page', 3, 'Nothing watches over calls: what was left behind waits, deletions too.');
  return step;
}

/** Every hour: compares Twilio's lists of calls and recordings with the table. What one run does not end, the queue works off. */
export function reconcile(scope: Construct, context: StepContext): QueuedFunction {
  const { alarms, storage, configuration } = context;
  const step = new QueuedFunction(scope, 'reconcile', {
    ...workerStep(context),
    batchSize: 1,
    maxConcurrency: configuration.reconcileConcurrency,
    maxReceiveCount: 50,
    severity: 'notice',
    whatBreaks: "A part of Twilio's lists could not be compared, for a reason that nobody foresaw.",
    // A run stops by its own clock after ten minutes, and needs little but CPU time: docs/scale.md.
    timeout: Duration.minutes(15),
    memory: 1769,
    scheduled: true,
  });
  runEvery(Duration.hours(1), step);
  step.allowSending(step);
  storage.allowCredentials(step);
  storage.allowParties(step);
  storage.allowTable(step, ['GetItem', 'PutItem', 'Query']);
  alarms.onErrors(step, 'notice', 'Calls without a row, and recordings whose callback never came, are found later.');
  return step;
}

/** Every minute: publishes the events that are noted in the rows of calls and recordings. */
export function announce(scope: Construct, context: StepContext): StepLambda {
  const { alarms, storage, configuration } = context;
  const runs = configuration.announceConcurrency;
  const step = new StepLambda(scope, 'announce', { ...scheduledWorker(context, runs), scheduled: true });
  storage.allowPendingEventsIndex(step);
  storage.allowTable(step, ['GetItem', 'PutItem']);
  // Nothing new is noted while events are off. What was noted before is published once they are on again.
  if (configuration.events === 'off') return step;
  runEvery(Duration.minutes(1), step, runs);
  const bus = { service: 'events', resource: 'event-bus', resourceName: configuration.eventBusName };
  step.allow(['events:PutEvents'], [Stack.of(scope).formatArn(bus)]);
  alarms.onErrors(
    step,
    'notice',
    'Events about calls and recordings are not announced: your applications wait for them. None is lost.',
  );
  alarms.onSilence(step, 'notice', 10, 'Nothing is announced: your applications wait for events. None is lost.');
  return step;
}

/** Where one run is not enough, each of several needs a processor of its own. */
const scheduledWorker = (context: StepContext, runs: number) => {
  const worker = workerStep(context);
  return { ...worker, memory: runs === 1 ? worker.memory : 1769 };
};

/** Every minute, where the owner has a canary: places its call when it is time, and looks for its sound in S3. */
export function canary(scope: Construct, context: StepContext): StepLambda {
  const { alarms, storage, webhooks, configuration } = context;
  const step = new StepLambda(scope, 'canary', { ...workerStep(context), scheduled: true });
  // Without one nothing invokes the function, so it gets no rights.
  if (configuration.canary === undefined) return step;
  runEvery(Duration.minutes(1), step);
  webhooks.getOpen(CANARY_TONE_PATH, step);
  storage.allowCredentials(step);
  storage.allowTable(step, ['GetItem', 'PutItem']);
  storage.allowCanary(step);
  const breaks = 'No canary shows that calls are recorded. Recording itself goes on.';
  alarms.onErrors(step, 'notice', breaks, SUSTAINED);
  alarms.onSilence(step, 'notice', 10, breaks);
  return step;
}

/**
 * Invokes a step on a schedule. A failed run is not repeated, since the next one does the same work.
 *
 * @param runs - that begin together, each with a part of the work, which its event names
 */
function runEvery(pause: Duration, step: StepLambda, runs = 1): void {
  for (let part = 0; part < runs; part += 1) {
    const rule = new Rule(step, part === 0 ? 'Schedule' : `Schedule${part + 1}`, {
      description: runs === 1 ? `Runs ${step.step}` : `Runs ${step.step}, part ${part + 1} of ${runs}`,
      schedule: Schedule.rate(pause),
      targets: [
        new LambdaTarget(step.function, {
          ...{ retryAttempts: 0, maxEventAge: Duration.minutes(1) },
          ...(runs > 1 && { event: RuleTargetInput.fromObject({ part, of: runs }) }),
        }),
      ],
    });
    Validations.of(rule).acknowledge({
      id: 'Serverless-EventBusDLQ',
      reason: 'The event says nothing but that it is time, which the next one says again; an alarm tells of silence.',
    });
  }
}
