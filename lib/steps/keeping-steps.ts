/** What must be kept, and what must go: holds. */
import { Duration } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { HOLD_ROUTES } from '../../lambdas/shared/contract/http.ts';
import { namesAndLogs, type StepContext } from './context.ts';
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
