/**
 * A model of CloudWatch's alarms. It decides from what was written alone, so that it can be asked about any minute, in any order.
 *
 * @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html
 */
import { type Instant, MINUTE, SECOND } from '../../lambdas/shared/rules/values/instant.ts';
import { metricMath, type ReadId } from './metric-math.ts';
import { keyOf, type MetricName, type MetricsModel } from './metrics.ts';

export type AlarmState = 'OK' | 'ALARM' | 'INSUFFICIENT_DATA';
export type MissingData = 'missing' | 'ignore' | 'breaching' | 'notBreaching';

const COMPARISONS = {
  GreaterThanOrEqualToThreshold: (value: number, threshold: number) => value >= threshold,
  GreaterThanThreshold: (value: number, threshold: number) => value > threshold,
  LessThanThreshold: (value: number, threshold: number) => value < threshold,
  LessThanOrEqualToThreshold: (value: number, threshold: number) => value <= threshold,
};
export type Comparison = keyof typeof COMPARISONS;
export const isComparison = (text: string): text is Comparison => text in COMPARISONS;

/** A metric of an alarm; `id` names it in the alarm's expression. */
export interface AlarmMetric extends MetricName {
  readonly id: string;
  readonly statistic: string;
}

export interface AlarmDefinition {
  readonly name: string;
  readonly metrics: readonly AlarmMetric[];
  /** Metric math over the metrics; an alarm without it watches its one metric. */
  readonly expression?: string;
  readonly periodSeconds: number;
  readonly evaluationPeriods: number;
  readonly datapointsToAlarm: number;
  readonly threshold: number;
  readonly comparison: Comparison;
  readonly missingData: MissingData;
}

/**
 * CloudWatch looks at more periods than the evaluation periods before it believes that data are missing. How many is not documented;
 * its examples look at five where three are evaluated.
 */
const EXTRA_PERIODS = 2;
/** Metrics take up to a minute until an alarm sees them. */
const DELIVERY_MS = MINUTE;

/** A period's value as an alarm sees it, `undefined` where it is missing. */
export type Datapoint = 'breaching' | 'fine' | undefined;

export class AlarmModel {
  readonly definition: AlarmDefinition;
  readonly #keys: ReadonlyMap<string, { readonly key: string; readonly statistic: string }>;
  readonly #valueIn: (readId: ReadId) => number | undefined;

  constructor(definition: AlarmDefinition) {
    this.definition = definition;
    const { metrics, expression, periodSeconds } = definition;
    if (periodSeconds % 60 !== 0) throw new Error(`The model knows no alarm with a period of ${periodSeconds} s.`);
    const ids = metrics.map(({ id }) => id);
    const [only = ''] = ids;
    if (expression === undefined && ids.length !== 1) throw new Error(`${definition.name} has ${ids.length} metrics.`);
    this.#valueIn = expression === undefined ? (readId) => readId(only) : metricMath(expression, ids);
    this.#keys = new Map(metrics.map((metric) => [metric.id, { key: keyOf(metric), statistic: metric.statistic }]));
  }

  /**
   * The state at the evaluation of a minute. Windows slide: each evaluation looks at the periods that end with its minute.
   *
   * @param before what it was in, which it keeps where missing data are ignored
   */
  stateAt(metrics: MetricsModel, at: Instant, before: AlarmState = 'INSUFFICIENT_DATA'): AlarmState {
    const { periodSeconds, evaluationPeriods } = this.definition;
    const period = periodSeconds * SECOND;
    const end = Math.floor(at / MINUTE) * MINUTE;
    const points: Datapoint[] = [];
    for (let index = 0; index < evaluationPeriods + EXTRA_PERIODS; index++) {
      points.push(this.#pointOf(metrics, end - (index + 1) * period, end - index * period, at - DELIVERY_MS));
    }
    return stateOf(points, this.definition, before);
  }

  /** The first minute from `from` to `until` at which it is in ALARM. */
  firstAlarm(metrics: MetricsModel, from: Instant, until: Instant): Instant | undefined {
    let state: AlarmState = 'INSUFFICIENT_DATA';
    for (let at = Math.ceil(from / MINUTE) * MINUTE; at <= until; at += MINUTE) {
      state = this.stateAt(metrics, at, state);
      if (state === 'ALARM') return at;
    }
    return undefined;
  }

  #pointOf(metrics: MetricsModel, from: Instant, until: Instant, seen: Instant): Datapoint {
    const value = this.#valueIn((id) => {
      const metric = this.#keys.get(id);
      return metric && metrics.statistic(metric.key, metric.statistic, from, until, seen);
    });
    if (value === undefined) return undefined;
    const { comparison, threshold } = this.definition;
    return COMPARISONS[comparison](value, threshold) ? 'breaching' : 'fine';
  }
}

/**
 * @param points the latest first, as many as CloudWatch looks at
 */
export function stateOf(
  points: readonly Datapoint[],
  alarm: Pick<AlarmDefinition, 'evaluationPeriods' | 'datapointsToAlarm' | 'missingData'>,
  before: AlarmState,
): AlarmState {
  const { evaluationPeriods, datapointsToAlarm, missingData } = alarm;
  const evaluated = points.filter((point) => point !== undefined).slice(0, evaluationPeriods);
  const breaching = evaluated.filter((point) => point === 'breaching').length;
  const missing = evaluationPeriods - evaluated.length;
  if (breaching + (missingData === 'breaching' ? missing : 0) >= datapointsToAlarm) return 'ALARM';
  const treatsAsValue = missingData === 'breaching' || missingData === 'notBreaching';
  if (missing === 0 || treatsAsValue || breaching < evaluated.length) return 'OK';
  // Nothing but breaching values, fewer than it takes, or no value at all.
  if (missingData === 'ignore') return before;
  // The oldest of them is as old as it takes, and all since are missing: that counts as a breach without an interruption.
  return points.lastIndexOf('breaching') + 1 >= datapointsToAlarm ? 'ALARM' : 'INSUFFICIENT_DATA';
}
