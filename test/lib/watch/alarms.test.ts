import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { METRICS_NAMESPACE } from '../../../lambdas/shared/contract/metrics.ts';
import { STEPS } from '../../../lambdas/shared/contract/steps.ts';
import type { Shape } from '../../../lib/watch/alarm-text.ts';
import { COMPUTED_ALARMS } from '../../../lib/watch/computed-alarms.ts';
import { MEASURE_ALARMS } from '../../../lib/watch/measure-alarms.ts';
import { METRIC_ALARMS } from '../../../lib/watch/metric-alarms.ts';
import { CANARY, type Json, type Resource, type Synthesized, synthesize } from '../synthesized.ts';

const RUNBOOK = readFileSync(join(import.meta.dirname, '..', '..', '..', 'docs', 'runbook.md'), 'utf8');

const [, ...REST] = RUNBOOK.split(/(?=^## )/m);
const SEVERITIES = REST.find((article) => article.startsWith('## Severities')) ?? '';
const ARTICLES = REST.filter((article) => article !== SEVERITIES).join('');

/** `| `name`, `name` | page or notice | why |`: the severity of each alarm by its name. */
function severitiesOfRunbook(): { readonly [alarm: string]: string } {
  const rows = [...SEVERITIES.matchAll(/^\| (`.+`) \| (page|notice) \| .{20,} \|$/gm)];
  const severities = rows.flatMap(([, names = '', severity = '']) =>
    [...names.matchAll(/`([^`]+)`/g)].map(([, name = '']) => [name, severity] as const),
  );
  expect(new Set(severities.map(([name]) => name)).size).toBe(severities.length);
  return Object.fromEntries(severities);
}

let stack: Synthesized;
beforeAll(async () => {
  stack = await synthesize({ alarmEmail: 'owner@example.com', canary: CANARY });
});

const alarms = () => Object.values(stack.all('AWS::CloudWatch::Alarm'));
const alarmCalled = (name: string): Resource =>
  stack.one('AWS::CloudWatch::Alarm', ({ AlarmName }) => AlarmName === `call-recorder-prod-${name}`)[1];
const articleOf = ({ Properties }: Resource): string => {
  const text = JSON.stringify(Properties.AlarmDescription);
  return /Article \\"([a-z-]+)\\":/.exec(text)?.[1] ?? text;
};
const own = (step: string) => [
  { Name: 'service', Value: step },
  { Name: 'stage', Value: 'prod' },
];
/** How often of how many minutes, and what a minute must not reach. */
const shapeOf = ({ Properties }: Resource) => {
  const { DatapointsToAlarm, EvaluationPeriods, Threshold } = Properties;
  return [DatapointsToAlarm, EvaluationPeriods, Threshold];
};
const expected = ({ threshold = 1, evaluationPeriods = 1, datapointsToAlarm }: Shape) => [
  datapointsToAlarm ?? evaluationPeriods,
  evaluationPeriods,
  threshold,
];

describe('every alarm', () => {
  it('has its article, and every article its alarm', () => {
    const articles = [...ARTICLES.matchAll(/^## (.+)$/gm)].map(([, article]) => article);
    expect([...new Set(alarms().map(articleOf))].sort()).toEqual(articles.sort());
  });

  it('is a page or a notice, as the runbook says with its reason, and the runbook names no other', () => {
    const [pages] = stack.one('AWS::SNS::Topic', ({ TopicName }) => TopicName === 'call-recorder-prod-alarms');
    const severities = alarms().map(({ Properties }) => [
      Properties.AlarmName.replace('call-recorder-prod-', ''),
      Properties.AlarmActions[0].Ref === pages ? 'page' : 'notice',
    ]);
    expect(Object.fromEntries(severities)).toEqual(severitiesOfRunbook());
  });

  it('looks at single minutes, and takes missing data for good news where it does not wait for a sign of life', () => {
    for (const { Properties } of alarms()) {
      const { AlarmName, Period, Metrics = [], ComparisonOperator, TreatMissingData } = Properties;
      const periods = [Period, ...Metrics.map(({ MetricStat }: Json) => MetricStat?.Period)];
      expect([AlarmName, [...new Set(periods.filter((one) => one !== undefined))]]).toEqual([AlarmName, [60]]);
      const silent = AlarmName.endsWith('-silent');
      expect([AlarmName, ComparisonOperator, TreatMissingData]).toEqual(
        silent
          ? [AlarmName, 'LessThanThreshold', 'breaching']
          : [AlarmName, 'GreaterThanOrEqualToThreshold', 'notBreaching'],
      );
    }
  });
});

describe('alarms on metrics of the steps', () => {
  it.each(METRIC_ALARMS.flatMap(({ steps, ...alarm }) => steps.map((step) => [alarm.metric, step, alarm] as const)))(
    '%s of %s',
    (metric, step, alarm) => {
      const found = alarmCalled(`${metric}-${step}`);
      expect(found.Properties).toMatchObject({
        Namespace: METRICS_NAMESPACE,
        MetricName: metric,
        Dimensions: own(step),
        Statistic: 'Sum',
      });
      expect(shapeOf(found)).toEqual(expected(alarm));
    },
  );
});

describe('alarms on what the steps measure', () => {
  it.each(MEASURE_ALARMS)('$measure of $step', ({ measure, step, threshold, toldForMinutes = 5 }) => {
    const found = alarmCalled(`${measure}-${step}`);
    expect(found.Properties).toMatchObject({
      Namespace: METRICS_NAMESPACE,
      MetricName: measure,
      Dimensions: own(step),
      Statistic: 'Maximum',
    });
    expect(shapeOf(found)).toEqual([1, toldForMinutes, threshold]);
  });
});

test('without a canary there is no alarm on one', async () => {
  const without = Object.values((await synthesize()).all('AWS::CloudWatch::Alarm'));
  const names = [...without, ...alarms()].map(({ Properties }) => Properties.AlarmName as string);
  expect(names.filter((name) => name.includes('anary'))).toHaveLength(5);
});

describe('alarms on what is computed', () => {
  it.each(COMPUTED_ALARMS)('$name', (alarm) => {
    const found = alarmCalled(alarm.name);
    const [{ Expression }, ...metrics] = found.Properties.Metrics;
    expect(Expression).toBe(alarm.expression);
    expect(
      metrics.map(({ Id, MetricStat, ReturnData }: Json) => [Id, MetricStat.Metric, MetricStat.Stat, ReturnData]),
    ).toEqual(
      Object.entries(alarm.metrics).map(([id, [metric, step]]) => [
        id,
        { Namespace: METRICS_NAMESPACE, MetricName: metric, Dimensions: own(step) },
        'Sum',
        false,
      ]),
    );
    expect(shapeOf(found)).toEqual(expected(alarm));
  });
});

/** Of so many minutes, so many, and what a minute must not reach: all that is not in this table sounds at the first count. */
describe('alarms that do not sound at the first count', () => {
  const SHAPES: { readonly [name: string]: readonly [number, number, number] } = {
    'SignatureRefused-incoming-call': [1, 1, 200],
    'SignatureRefused-stream-connect': [1, 1, 200],
    'SignatureRefused-recording-callback': [1, 1, 200],
    'SignatureRefused-stream-status': [1, 1, 200],
    'stream-integration-errors': [1, 1, 200],
    'streams-failed': [2, 60, 10],
    'calls-refused': [3, 60, 1],
    'calls-unrecordable': [2, 60, 10],
    'CredentialsInvalid-recording-start': [3, 5, 1],
    'RecordingStartRefused-recording-start': [3, 5, 1],
    'StepFailed-recording-start': [3, 5, 1],
    'recording-start-errors': [3, 5, 1],
    'disclaimer-errors': [3, 5, 1],
    'sweep-errors': [3, 5, 1],
    'sweep-silent': [3, 3, 1],
    'announce-silent': [10, 10, 1],
    'canary-errors': [3, 5, 1],
    'canary-silent': [10, 10, 1],
    'CanarySeconds-canary': [1, 5, 600],
    'OldestUnrecordedSeconds-recording-start': [1, 5, 120],
    'OldestUnrecordedSeconds-sweep': [1, 5, 120],
    'SecondsToRecording-recording-start': [1, 5, 30],
    'OldestCopySeconds-sweep': [1, 5, 86_400],
    'OldestUntakenCopySeconds-sweep': [1, 15, 600],
    'OldestDueDeletionSeconds-sweep': [1, 35, 86_400],
    'ReconcileAgeSeconds-sweep': [1, 5, 10_800],
  };

  it('are these', () => {
    const found = alarms()
      .map((alarm) => [alarm.Properties.AlarmName.replace('call-recorder-prod-', ''), shapeOf(alarm)] as const)
      .filter(([, shape]) => shape.join() !== '1,1,1');
    expect(Object.fromEntries(found)).toEqual(SHAPES);
  });

  it('come within five minutes where they are pages', () => {
    const needed = alarms()
      .map(({ Properties }) => [Properties.AlarmName.replace('call-recorder-prod-', ''), Properties.DatapointsToAlarm])
      .filter(([name]) => severitiesOfRunbook()[name] === 'page');
    expect(needed.length).toBeGreaterThan(15);
    expect(needed.filter(([, minutes]) => minutes > 3)).toEqual([]);
  });
});

describe('alarms on the functions', () => {
  const AT_ONCE = [1, 1, 1];
  const SUSTAINED = [3, 5, 1];
  it.each([
    ['incoming-call', AT_ONCE, ['Errors', 'Throttles']],
    ['disclaimer', SUSTAINED, ['Errors']],
    ['disclaimer', AT_ONCE, ['Throttles']],
    ['stream-connect', AT_ONCE, ['Errors', 'Throttles']],
    ['recording-start', SUSTAINED, ['Errors']],
    ['recording-start', AT_ONCE, ['Throttles']],
    ['stream-status', AT_ONCE, ['Errors', 'Throttles']],
    ['recording-callback', AT_ONCE, ['Errors', 'Throttles']],
    ['recording-copy', AT_ONCE, ['Errors', 'Throttles']],
    ['recording-delete', AT_ONCE, ['Errors']],
    ['sweep', SUSTAINED, ['Errors']],
    ['reconcile', AT_ONCE, ['Errors']],
    ['announce', AT_ONCE, ['Errors']],
    ['watch-log', AT_ONCE, ['Errors']],
    ['record-call', AT_ONCE, ['Errors']],
    ['hold', AT_ONCE, ['Errors']],
    ['erase', AT_ONCE, ['Errors']],
    ['canary', SUSTAINED, ['Errors']],
    ['look-up', AT_ONCE, ['Errors']],
    ['recording-play', AT_ONCE, ['Errors', 'Throttles']],
  ] as const)('%s, %j: %j', (step, shape, metrics) => {
    for (const metric of metrics) {
      const found = alarmCalled(`${step}-${metric.toLowerCase()}`);
      expect(found.Properties).toMatchObject({
        Namespace: 'AWS/Lambda',
        MetricName: metric,
        Statistic: 'Sum',
        Dimensions: [{ Name: 'FunctionName', Value: { Ref: stack.functionOf(step)[0] } }],
      });
      expect(shapeOf(found)).toEqual(shape);
    }
  });

  it('watch every function for errors', () => {
    for (const step of STEPS) expect(alarmCalled(`${step}-errors`).Properties.MetricName).toBe('Errors');
  });

  it.each([
    ['sweep', 3],
    ['announce', 10],
    ['canary', 10],
  ] as const)('%s: silent for %i minutes, each of them empty or missing', (step, minutes) => {
    const found = alarmCalled(`${step}-silent`);
    const [{ Expression }, { Id, MetricStat }] = found.Properties.Metrics;
    expect([Expression, Id]).toEqual(['FILL(m, 0)', 'm']);
    expect(MetricStat).toMatchObject({
      Metric: {
        Namespace: 'AWS/Lambda',
        MetricName: 'Invocations',
        Dimensions: [{ Name: 'FunctionName', Value: { Ref: stack.functionOf(step)[0] } }],
      },
      Stat: 'Sum',
    });
    expect(shapeOf(found)).toEqual([minutes, minutes, 1]);
  });
});
