import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { METRICS_NAMESPACE } from '../../lambdas/shared/contract.ts';
import { METRIC_ALARMS } from '../../lib/alarms.ts';
import { type Resource, type Synthesized, synthesize } from './synthesized.ts';

const RUNBOOK = readFileSync(join(import.meta.dirname, '..', '..', 'docs', 'runbook.md'), 'utf8');

let stack: Synthesized;
beforeAll(() => {
  stack = synthesize({ alarmEmail: 'owner@example.com' });
});

const alarms = () => Object.values(stack.all('AWS::CloudWatch::Alarm'));
const alarmCalled = (name: string): Resource =>
  stack.one('AWS::CloudWatch::Alarm', ({ AlarmName }) => AlarmName === `call-recorder-prod-${name}`)[1];

describe('every alarm', () => {
  it('says what breaks, and links an article that the runbook has', () => {
    for (const { Properties } of alarms()) {
      const [, article] = /^[A-Z].*\. See docs\/runbook\.md#([a-z-]+)$/.exec(Properties.AlarmDescription) ?? [];
      expect([Properties.AlarmName, RUNBOOK.includes(`\n## ${article}\n`)]).toEqual([Properties.AlarmName, true]);
    }
  });

  it('tells the topic, and the topic the owner', () => {
    const [topic] = stack.one('AWS::SNS::Topic');
    for (const { Properties } of alarms()) expect(Properties.AlarmActions).toEqual([{ Ref: topic }]);
    const [, subscription] = stack.one('AWS::SNS::Subscription');
    expect(subscription.Properties).toEqual({
      Protocol: 'email',
      Endpoint: 'owner@example.com',
      TopicArn: { Ref: topic },
    });
  });

  it('watches one metric, sounds at the first count, and takes missing data for good news', () => {
    for (const { Properties } of alarms()) {
      expect(Properties).toMatchObject({ Threshold: 1, EvaluationPeriods: 1, MetricName: expect.any(String) });
      if (Properties.AlarmName.endsWith('-silent')) continue;
      expect(Properties.ComparisonOperator).toBe('GreaterThanOrEqualToThreshold');
      expect(Properties.TreatMissingData).toBe('notBreaching');
    }
  });
});

describe('alarms on metrics of the steps', () => {
  it.each(METRIC_ALARMS.flatMap(({ metric, steps }) => steps.map((step) => [metric, step] as const)))(
    '%s of %s',
    (metric, step) => {
      expect(alarmCalled(`${metric}-${step}`).Properties).toMatchObject({
        Namespace: METRICS_NAMESPACE,
        MetricName: metric,
        Dimensions: [{ Name: 'service', Value: step }],
        Statistic: 'Sum',
      });
    },
  );
});

describe('alarms on the functions', () => {
  it.each([
    ['incoming-call', ['Errors', 'Throttles']],
    ['stream-connect', ['Errors', 'Throttles']],
    ['recording-callback', ['Errors', 'Throttles']],
    ['sweep', ['Errors']],
    ['reconcile', ['Errors']],
    ['announce', ['Errors']],
    ['look-up', ['Errors']],
  ] as const)('%s: %j', (step, metrics) => {
    for (const metric of metrics) {
      expect(alarmCalled(`${step}-${metric.toLowerCase()}`).Properties).toMatchObject({
        Namespace: 'AWS/Lambda',
        MetricName: metric,
        Dimensions: [{ Name: 'FunctionName', Value: { Ref: stack.functionOf(step)[0] } }],
      });
    }
  });

  it.each([
    ['sweep', 900],
    ['reconcile', 10_800],
    ['announce', 900],
  ] as const)('%s: silent for %i s, which is when data is missing', (step, seconds) => {
    expect(alarmCalled(`${step}-silent`).Properties).toMatchObject({
      MetricName: 'Invocations',
      Period: seconds,
      ComparisonOperator: 'LessThanThreshold',
      TreatMissingData: 'breaching',
    });
  });
});
