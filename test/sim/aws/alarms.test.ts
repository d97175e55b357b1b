/** The model of CloudWatch, held to the examples of its documentation. */
import { MINUTE, SECOND } from '../../../lambdas/shared/rules/values/instant.ts';
import {
  type AlarmDefinition,
  AlarmModel,
  type AlarmState,
  type Datapoint,
  type MissingData,
  stateOf,
} from '../../../sim/aws/alarms.ts';
import { metricMath } from '../../../sim/aws/metric-math.ts';
import { keyOf, MetricsModel } from '../../../sim/aws/metrics.ts';

const KEPT = 'kept' as AlarmState;
const TREATMENTS: readonly MissingData[] = ['missing', 'ignore', 'breaching', 'notBreaching'];
const OK4 = ['OK', 'OK', 'OK', 'OK'];
const ALARM4 = ['ALARM', 'ALARM', 'ALARM', 'ALARM'];

/** As the documentation writes them: the latest last. */
const pointsOf = (text: string): Datapoint[] =>
  text
    .split(' ')
    .reverse()
    .map((sign) => ({ 0: 'fine' as const, X: 'breaching' as const })[sign]);

describe("the tables of CloudWatch's documentation, five datapoints of which three are evaluated", () => {
  test.each([
    ['0 - X - X', OK4],
    ['0 - - - -', OK4],
    ['- - - - 0', OK4],
    ['- - - - -', ['INSUFFICIENT_DATA', KEPT, 'ALARM', 'OK']],
    ['0 X X - X', ALARM4],
    ['- - X - -', ['ALARM', KEPT, 'ALARM', 'OK']],
    ['- - - - X', ['INSUFFICIENT_DATA', KEPT, 'ALARM', 'OK']],
    ['X - - - -', ['ALARM', KEPT, 'ALARM', 'OK']],
  ])('three of three: %s', (points, wanted) => {
    const states = TREATMENTS.map((missingData) =>
      stateOf(pointsOf(points), { evaluationPeriods: 3, datapointsToAlarm: 3, missingData }, KEPT),
    );
    expect(states).toEqual(wanted);
  });

  test.each([
    ['0 - X - X', ALARM4],
    ['0 0 X 0 X', ALARM4],
    ['0 - X - -', ['OK', 'OK', 'ALARM', 'OK']],
    ['- - - - 0', ['OK', 'OK', 'ALARM', 'OK']],
    ['- - - X -', ['ALARM', KEPT, 'ALARM', 'OK']],
    ['- - - - X', ['INSUFFICIENT_DATA', KEPT, 'ALARM', 'OK']],
  ])('two of three: %s', (points, wanted) => {
    const states = TREATMENTS.map((missingData) =>
      stateOf(pointsOf(points), { evaluationPeriods: 3, datapointsToAlarm: 2, missingData }, KEPT),
    );
    expect(states).toEqual(wanted);
  });
});

const METRIC = { namespace: 'CallRecorder', name: 'Swept', dimensions: { stage: 'test', service: 'sweep' } };
const BEGIN = Date.parse('2026-03-01T08:00:00.000Z');
const minutes = (count: number) => BEGIN + count * MINUTE;

const alarm = (changes: Partial<AlarmDefinition> = {}) =>
  new AlarmModel({
    name: 'swept',
    metrics: [{ ...METRIC, id: 'm', statistic: 'Sum' }],
    periodSeconds: 60,
    evaluationPeriods: 1,
    datapointsToAlarm: 1,
    threshold: 1,
    comparison: 'GreaterThanOrEqualToThreshold',
    missingData: 'notBreaching',
    ...changes,
  });

describe('an alarm over time', () => {
  test('is in ALARM from the end of its first breaching period on, once the metric has come, and while it is in the range', () => {
    const metrics = new MetricsModel();
    metrics.put(keyOf(METRIC), 1, minutes(10) + 20 * SECOND);
    const states = [10, 11, 12, 13, 14].map((minute) => alarm().stateAt(metrics, minutes(minute)));
    // What is written in minute 10 is seen a minute later, and looked at twice more although nothing follows.
    expect(states).toEqual(['OK', 'OK', 'ALARM', 'ALARM', 'OK']);
    expect(alarm().firstAlarm(metrics, BEGIN, minutes(60))).toBe(minutes(12));
    expect(alarm().firstAlarm(metrics, minutes(20), minutes(60))).toBeUndefined();
  });

  test('slides over its period minute by minute', () => {
    const metrics = new MetricsModel();
    const five = alarm({ periodSeconds: 300, threshold: 2 });
    metrics.put(keyOf(METRIC), 1, minutes(4));
    metrics.put(keyOf(METRIC), 1, minutes(6));
    // No five minutes of the clock hold both, a window of five minutes does.
    expect(five.firstAlarm(metrics, BEGIN, minutes(60))).toBe(minutes(7));
  });

  test('tells of silence three times later than its one period says, where it waits for missing data', () => {
    const metrics = new MetricsModel();
    for (let minute = 0; minute < 60; minute++) metrics.put(keyOf(METRIC), 1, minutes(minute) + 20 * SECOND);
    const silent = { periodSeconds: 900, comparison: 'LessThanThreshold', missingData: 'breaching' } as const;
    expect(alarm(silent).firstAlarm(metrics, minutes(60), minutes(300))).toBe(minutes(60 + 3 * 15));
    // Filled, nothing is missing. What comes late looks like silence, so more than one period must be silent.
    const filled = { comparison: 'LessThanThreshold', expression: 'FILL(m, 0)' } as const;
    const five = alarm({ ...filled, evaluationPeriods: 5, datapointsToAlarm: 5 });
    expect(five.firstAlarm(metrics, minutes(10), minutes(300))).toBe(minutes(60 + 5));
    expect(alarm(filled).firstAlarm(metrics, minutes(10), minutes(300))).toBe(minutes(10));
  });

  test('is found by exactly the dimensions of its metric', () => {
    const metrics = new MetricsModel();
    metrics.put(keyOf({ ...METRIC, dimensions: { service: 'sweep' } }), 1, minutes(1));
    metrics.put(keyOf({ ...METRIC, dimensions: { service: 'sweep', stage: 'other' } }), 1, minutes(1));
    expect(alarm().firstAlarm(metrics, BEGIN, minutes(10))).toBeUndefined();
    metrics.put(keyOf({ ...METRIC, dimensions: { service: 'sweep', stage: 'test' } }), 1, minutes(1));
    expect(alarm().firstAlarm(metrics, BEGIN, minutes(10))).toBeDefined();
  });

  test('does not see before its end what a function counts for the minute in which it was invoked', () => {
    const metrics = new MetricsModel();
    metrics.put(keyOf(METRIC), 1, minutes(0), { writtenAt: minutes(15) });
    expect(alarm().firstAlarm(metrics, BEGIN, minutes(60))).toBeUndefined();
    const longer = alarm({ periodSeconds: 900 });
    expect(longer.firstAlarm(metrics, BEGIN, minutes(60))).toBe(minutes(16));
  });
});

describe('a statistic', () => {
  const metrics = new MetricsModel();
  const key = keyOf(METRIC);
  for (const value of [4, 1, 3]) metrics.put(key, value, minutes(0));
  metrics.put(key, 2, minutes(0), { count: 7 });
  test.each([
    ['Sum', 22],
    ['SampleCount', 10],
    ['Average', 2.2],
    ['Maximum', 4],
    ['Minimum', 1],
    ['p10', 1],
    ['p50', 2],
    ['p99', 4],
  ])('%s', (statistic, wanted) => {
    expect(metrics.statistic(key, statistic, minutes(0), minutes(1), minutes(1))).toBeCloseTo(wanted);
  });

  test('of what was not written there is none; an unknown one is refused', () => {
    expect(metrics.statistic(key, 'Sum', minutes(1), minutes(2), minutes(9))).toBeUndefined();
    expect(metrics.statistic(`${key} more`, 'Sum', minutes(0), minutes(1), minutes(9))).toBeUndefined();
    expect(() => metrics.statistic(key, 'tm99', minutes(0), minutes(1), minutes(9))).toThrow('statistic tm99');
  });

  test('a span has one value in each of its minutes, which may grow', () => {
    const spans = new MetricsModel();
    spans.putEachMinute(key, { from: minutes(10), until: minutes(20), value: 5, growth: 1 });
    spans.putEachMinute(key, { from: minutes(30), until: Number.POSITIVE_INFINITY, value: 7 });
    const at = (minute: number) => spans.statistic(key, 'Sum', minutes(minute), minutes(minute + 1), minutes(100));
    expect([9, 10, 11, 19, 20, 30, 99].map(at)).toEqual([undefined, 5, 65, 545, undefined, 7, 7]);
  });

  test('what was forgotten is missing', () => {
    const short = new MetricsModel();
    short.put(key, 1, minutes(0));
    short.put(key, 1, minutes(5));
    short.forget(minutes(5));
    expect(short.statistic(key, 'Sum', minutes(0), minutes(10), minutes(10))).toBe(1);
  });
});

describe('metric math', () => {
  const values: { readonly [id: string]: number } = { a: 6, b: 3, zero: 0 };
  test.each([
    ['a', 6],
    ['a + b * 2', 12],
    ['(a + b) / 2 - 1', 3.5],
    ['FILL(none, 0) + a', 6],
    ['none + a', undefined],
    ['a / zero', undefined],
    ['IF(a >= 5 AND FILL(none, 0) < 1, a, 0)', 6],
    ['IF(a < 5 OR b == 4, a, 0)', 0],
  ])('%s', (expression, wanted) => {
    expect(metricMath(expression, ['a', 'b', 'zero', 'none'])((id) => values[id])).toBe(wanted);
  });

  test.each(['METRICS()', 'FILL(a, REPEAT)', 'ANOMALY_DETECTION_BAND(a, 2)', 'a +', 'c', 'a b', '(a', '[a, b]', ''])(
    'refuses %j',
    (expression) => {
      expect(() => metricMath(expression, ['a', 'b'])).toThrow('does not know the metric math');
    },
  );

  test('an alarm refuses what the model cannot do', () => {
    expect(() => alarm({ periodSeconds: 10 })).toThrow('a period of 10 s');
    expect(() => alarm({ metrics: [] })).toThrow('0 metrics');
  });
});
