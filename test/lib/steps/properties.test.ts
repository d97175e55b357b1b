/**
 * What is deployed has these properties, and no other: one that nobody meant, such as a batching window or an event source that is off,
 * changes what a step does as much as its code, and no test of the code would notice.
 */
import { STEPS, type Step } from '../../../lambdas/shared/contract/steps.ts';
import { MEASURE_ALARMS } from '../../../lib/watch/measure-alarms.ts';
import {
  BATCH_SIZE,
  MAX_RECEIVES,
  TIMEOUT_SECONDS,
  VISIBILITY_SECONDS,
  type Worker,
} from '../../simulation/world/deployment.ts';
import { type Json, type Synthesized, synthesize } from '../synthesized.ts';

let stack: Synthesized;
beforeAll(async () => {
  stack = await synthesize();
});

const WORKERS = Object.keys(BATCH_SIZE) as Worker[];
const ONE_DAY = 24 * 3600;
const FOURTEEN_DAYS = 14 * ONE_DAY;

/** MB, where it is not the 1,024 of what Twilio waits for. */
const MEMORY: { readonly [step in Step]?: number } = {
  'recording-start': 512,
  'recording-delete': 512,
  sweep: 512,
  reconcile: 1769,
  announce: 512,
  canary: 512,
  'watch-log': 512,
  'record-call': 512,
  hold: 512,
  erase: 512,
  'look-up': 512,
  'recording-play': 256,
};

const queueOf = (name: string): readonly [string, Json] => {
  const [id, { Properties }] = stack.one(
    'AWS::SQS::Queue',
    ({ QueueName }) => QueueName === `call-recorder-prod-${name}`,
  );
  return [id, Properties];
};

test.each(STEPS)('the function of %s', (step) => {
  const [id, { Properties }] = stack.functionOf(step);
  const { Code, Role, Environment, LoggingConfig, ...rest } = Properties;
  expect(rest).toEqual({
    Architectures: ['arm64'],
    Description: `Call recorder, step ${step}`,
    FunctionName: `call-recorder-prod-${step}`,
    Handler: 'index.handler',
    MemorySize: MEMORY[step] ?? 1024,
    Runtime: 'nodejs24.x',
    Timeout: TIMEOUT_SECONDS[step],
  });
  // The steps write JSON themselves: wrapped once more, no line and no metric would be found.
  expect(LoggingConfig).toEqual({ LogFormat: 'Text', LogGroup: expect.anything() });
  expect([Code, Role, Environment, id]).not.toContain(undefined);
});

test.each(STEPS)('the role of %s is Lambda’s to take, and nobody else’s', (step) => {
  const role = stack.functionOf(step)[1].Properties.Role['Fn::GetAtt'][0];
  expect(stack.resources[role]?.Properties.AssumeRolePolicyDocument.Statement).toEqual([
    { Action: 'sts:AssumeRole', Effect: 'Allow', Principal: { Service: 'lambda.amazonaws.com' } },
  ]);
});

test.each(WORKERS)('the queue and the event source of %s', (worker) => {
  const [queue, properties] = queueOf(worker);
  const [deadLetters, parked] = queueOf(`${worker}-dead-letters`);
  expect(properties).toEqual({
    QueueName: `call-recorder-prod-${worker}`,
    MessageRetentionPeriod: FOURTEEN_DAYS,
    RedrivePolicy: {
      deadLetterTargetArn: { 'Fn::GetAtt': [deadLetters, 'Arn'] },
      maxReceiveCount: MAX_RECEIVES[worker],
    },
    SqsManagedSseEnabled: true,
    VisibilityTimeout: VISIBILITY_SECONDS[worker],
  });
  expect(parked).toEqual({
    QueueName: `call-recorder-prod-${worker}-dead-letters`,
    MessageRetentionPeriod: FOURTEEN_DAYS,
    SqsManagedSseEnabled: true,
  });
  const arn = { 'Fn::GetAtt': [queue, 'Arn'] };
  const [, source] = stack.one('AWS::Lambda::EventSourceMapping', ({ EventSourceArn }) => isSame(EventSourceArn, arn));
  expect(source.Properties).toEqual({
    BatchSize: BATCH_SIZE[worker],
    EventSourceArn: arn,
    FunctionName: { Ref: stack.functionOf(worker)[0] },
    FunctionResponseTypes: ['ReportBatchItemFailures'],
    ScalingConfig: { MaximumConcurrency: expect.any(Number) },
  });
});

test('every schedule runs, and passes nothing on', () => {
  for (const { Properties } of Object.values(stack.all('AWS::Events::Rule'))) {
    if (Properties.EventPattern) continue;
    expect(Object.keys(Properties).sort()).toEqual(['Description', 'ScheduleExpression', 'State', 'Targets']);
    expect(Properties.State).toBe('ENABLED');
    expect(Properties.Targets).toHaveLength(1);
  }
});

test('every alarm on the dead letters counts the most that lay there', () => {
  for (const worker of WORKERS) {
    const name = `call-recorder-prod-${worker}-dead-letters`;
    const [, { Properties }] = stack.one('AWS::CloudWatch::Alarm', ({ AlarmName }) => AlarmName === name);
    expect(Properties).toMatchObject({ Statistic: 'Maximum', Period: 60, Namespace: 'AWS/SQS' });
  }
});

test('every alarm on errors and throttles counts them all', () => {
  const ofFunctions = Object.values(stack.all('AWS::CloudWatch::Alarm')).filter(
    ({ Properties }) => Properties.MetricName === 'Errors' || Properties.MetricName === 'Throttles',
  );
  expect(ofFunctions.length).toBeGreaterThan(10);
  for (const { Properties } of ofFunctions) {
    expect(Properties.Statistic).toBe('Sum');
    expect(Properties.Period).toBeLessThanOrEqual(300);
  }
});

test('no alarm is muted, in any way that there is', () => {
  for (const { Properties } of Object.values(stack.all('AWS::CloudWatch::Alarm'))) {
    expect([Properties.AlarmName, Properties.ActionsEnabled ?? true]).toEqual([Properties.AlarmName, true]);
    expect([Properties.AlarmName, Properties.AlarmActions.length]).toEqual([Properties.AlarmName, 1]);
    expect(Properties.DatapointsToAlarm ?? Properties.EvaluationPeriods).toBeLessThanOrEqual(
      Properties.EvaluationPeriods,
    );
  }
});

test('what is slow is told while something can still be done', () => {
  const HIGHEST: { readonly [measure: string]: number } = { SecondsToRecording: 30 };
  expect(MEASURE_ALARMS.map(({ measure }) => measure)).toEqual(expect.arrayContaining(Object.keys(HIGHEST)));
  for (const { measure, threshold } of MEASURE_ALARMS) {
    expect([measure, threshold > 0 && threshold <= (HIGHEST[measure] ?? ONE_DAY)]).toEqual([measure, true]);
  }
});

const isSame = (one: unknown, other: unknown): boolean => JSON.stringify(one) === JSON.stringify(other);
