import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { METRICS_NAMESPACE } from '../../../lambdas/shared/contract/metrics.ts';
import { MEASURE_ALARMS, METRIC_ALARMS } from '../../../lib/watch/metric-alarms.ts';
import { type Resource, type Synthesized, synthesize } from '../synthesized.ts';

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
  stack = await synthesize({ alarmEmail: 'owner@example.com' });
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

  it('has its article, and every article its alarm', () => {
    const linked = alarms().map(({ Properties }) => Properties.AlarmDescription.split('#').at(-1));
    const articles = [...ARTICLES.matchAll(/^## (.+)$/gm)].map(([, article]) => article);
    expect([...new Set(linked)].sort()).toEqual(articles.sort());
  });

  it('is a page or a notice, as the runbook says with its reason, and the runbook names no other', () => {
    const [pages] = stack.one('AWS::SNS::Topic', ({ TopicName }) => TopicName === 'call-recorder-prod-alarms');
    const severities = alarms().map(({ Properties }) => [
      Properties.AlarmName.replace('call-recorder-prod-', ''),
      Properties.AlarmActions[0].Ref === pages ? 'page' : 'notice',
    ]);
    expect(Object.fromEntries(severities)).toEqual(severitiesOfRunbook());
  });

  it('watches one metric, sounds at the first count, and takes missing data for good news', () => {
    for (const { Properties } of alarms()) {
      const measure = MEASURE_ALARMS.find((one) => one.measure === Properties.MetricName);
      expect(Properties).toMatchObject({ Threshold: measure?.threshold ?? 1, EvaluationPeriods: 1 });
      expect(Properties.MetricName).toEqual(expect.any(String));
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
        Dimensions: [
          { Name: 'service', Value: step },
          { Name: 'stage', Value: 'prod' },
        ],
        Statistic: 'Sum',
      });
    },
  );
});

describe('alarms on what the steps measure', () => {
  it.each(MEASURE_ALARMS)('$measure of $step: the largest value of five minutes', ({ measure, step, threshold }) => {
    expect(alarmCalled(`${measure}-${step}`).Properties).toMatchObject({
      Namespace: METRICS_NAMESPACE,
      MetricName: measure,
      Dimensions: [
        { Name: 'service', Value: step },
        { Name: 'stage', Value: 'prod' },
      ],
      Statistic: 'Maximum',
      Period: 300,
      Threshold: threshold,
    });
  });
});

describe('alarms on the functions', () => {
  it.each([
    ['incoming-call', ['Errors', 'Throttles']],
    ['stream-connect', ['Errors', 'Throttles']],
    ['recording-start', ['Throttles']],
    ['stream-status', ['Errors', 'Throttles']],
    ['recording-callback', ['Errors', 'Throttles']],
    ['sweep', ['Errors']],
    ['reconcile', ['Errors']],
    ['announce', ['Errors']],
    ['look-up', ['Errors']],
    ['recording-play', ['Errors', 'Throttles']],
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
