/** What is told of the recorder itself: its alarms and its deployments. */
import { Stack, Validations } from 'aws-cdk-lib';
import { type EventPattern, Match, Rule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction as LambdaTarget } from 'aws-cdk-lib/aws-events-targets';
import type { Construct } from 'constructs';
import { type StepContext, workerStep } from './context.ts';
import { StepLambda } from './step-lambda.ts';

/** Keeps each change of an alarm, and of the stack, as a row: CloudWatch keeps an alarm's history for a few weeks. */
export function watchLog(scope: Construct, context: StepContext): StepLambda {
  const { alarms, storage, prefix } = context;
  const step = new StepLambda(scope, 'watch-log', workerStep(context));
  storage.allowTable(step, ['GetItem', 'PutItem']);
  runOn(step, 'Alarms', {
    source: ['aws.cloudwatch'],
    detailType: ['CloudWatch Alarm State Change'],
    detail: { alarmName: Match.prefix(`${prefix}-`) },
  });
  runOn(step, 'Deployments', {
    source: ['aws.cloudformation'],
    detailType: ['CloudFormation Stack Status Change'],
    detail: { 'stack-id': [Stack.of(scope).stackId] },
  });
  alarms.onErrors(
    step,
    'notice',
    'Changes of alarms and deployments are not kept: certificates cannot tell when the recorder was down.',
  );
  return step;
}

/** Lambda repeats an event that fails twice, over three minutes. */
function runOn(step: StepLambda, id: string, eventPattern: EventPattern): void {
  const rule = new Rule(step, id, {
    description: `Runs ${step.step}`,
    eventPattern,
    targets: [new LambdaTarget(step.function)],
  });
  Validations.of(rule).acknowledge({
    id: 'Serverless-EventBusDLQ',
    reason:
      'EventBridge tries for a day; what fails behind it is told by an alarm, and nothing is lost but a line of a report.',
  });
}
