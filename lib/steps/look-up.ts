/** The step that answers look-ups over HTTP. */
import { Duration } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { LOOK_UP_ROUTES } from '../../lambdas/shared/contract/http.ts';
import { namesAndLogs, type StepContext } from './context.ts';
import { StepLambda } from './step-lambda.ts';

/** Tells a caller with the IAM permission what became of a call, with a link to its audio. It only reads, and has no Twilio credentials. */
export function lookUp(scope: Construct, context: StepContext): StepLambda {
  const { alarms, storage, webhooks } = context;
  // API Gateway waits 30 s. A search stops after 15 s, and the next request continues it.
  const step = new StepLambda(scope, 'look-up', {
    ...namesAndLogs(context),
    timeout: Duration.seconds(28),
    memory: 512,
  });
  webhooks.authorized(Object.values(LOOK_UP_ROUTES), step);
  storage.allowTable(step, ['GetItem', 'Query']);
  storage.allowByDayIndex(step);
  storage.allowPlayback(step);
  alarms.onErrors(step, 'Calls and recordings cannot be looked up over HTTP. Recording goes on.');
  return step;
}
