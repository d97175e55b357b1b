/** Alarms: whatever is parked, refused or doubtful tells a person, with the runbook article that says what to do. */
import { Duration } from 'aws-cdk-lib';
import { Alarm, ComparisonOperator, type IMetric, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import type { StepLambda } from '../steps/step-lambda.ts';
import { type AlarmText, MEASURE_ALARMS, METRIC_ALARMS, type Severity } from './metric-alarms.ts';
import { StepMetrics } from './step-metrics.ts';
import { type TopicsProps, topicsOf } from './topics.ts';

const PERIOD = Duration.minutes(5);

export interface AlarmsProps extends TopicsProps {
  /** The deployment's, which its metrics carry. */
  readonly stage: string;
}

/** How an alarm differs from one that sounds at the first count. */
interface Deviation {
  readonly threshold?: number;
  readonly comparisonOperator?: ComparisonOperator;
  readonly treatMissingData?: TreatMissingData;
}

/** The topics that alarms go to, and the ways of making one. */
export class Alarms extends Construct {
  readonly topics: { readonly [severity in Severity]: ITopic };
  private readonly prefix: string;
  private readonly metrics: StepMetrics;
  private readonly made: Alarm[] = [];

  constructor(scope: Construct, id: string, props: AlarmsProps) {
    super(scope, id);
    this.prefix = props.prefix;
    this.metrics = new StepMetrics(props.stage);
    this.topics = topicsOf(this, props);
  }

  /**
   * Alarms when a measure of {@link MEASURE_ALARMS} reaches its threshold, and when a metric of {@link METRIC_ALARMS} is counted at all, one alarm for each step: an expression over them all
   * would cost as much, and what it makes of metrics that were never counted is not documented.
   */
  onMetrics(): void {
    for (const { metric, steps, ...text } of METRIC_ALARMS) {
      for (const step of steps) {
        this.add(`${metric}-${step}`, text, this.metrics.of(metric, step, { statistic: 'Sum', period: PERIOD }));
      }
    }
    for (const { measure, step, threshold, ...text } of MEASURE_ALARMS) {
      const largest = this.metrics.of(measure, step, { statistic: 'Maximum', period: PERIOD });
      this.add(`${measure}-${step}`, text, largest, { threshold });
    }
  }

  /** Every alarm so far. */
  get all(): readonly Alarm[] {
    return this.made;
  }

  /** Alarms when a step's function fails. */
  onErrors(step: StepLambda, severity: Severity, whatBreaks: string): void {
    const text = { severity, article: step.step, whatBreaks };
    this.add(`${step.step}-errors`, text, step.function.metricErrors({ period: PERIOD }));
  }

  /** Alarms when Lambda has no environment left for a step that someone waits for. */
  onThrottles(step: StepLambda, severity: Severity, whatBreaks: string): void {
    const text = { severity, article: step.step, whatBreaks };
    this.add(`${step.step}-throttles`, text, step.function.metricThrottles({ period: PERIOD }));
  }

  /** Alarms when a scheduled function did not run for `silence`: here missing data is what is wrong. */
  onSilence(step: StepLambda, severity: Severity, silence: Duration, whatBreaks: string): void {
    const name = `${step.step}-silent`;
    this.add(name, { severity, article: name, whatBreaks }, step.function.metricInvocations({ period: silence }), {
      comparisonOperator: ComparisonOperator.LESS_THAN_THRESHOLD,
      treatMissingData: TreatMissingData.BREACHING,
    });
  }

  /** Alarms when `metric` reaches 1, unless `deviation` says otherwise. */
  add(name: string, { severity, article, whatBreaks }: AlarmText, metric: IMetric, deviation: Deviation = {}): void {
    const alarm = new Alarm(this, name, {
      alarmName: `${this.prefix}-${name}`,
      alarmDescription: `${whatBreaks} See docs/runbook.md#${article}`,
      metric,
      threshold: 1,
      evaluationPeriods: 1,
      comparisonOperator: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      treatMissingData: TreatMissingData.NOT_BREACHING,
      ...deviation,
    });
    alarm.addAlarmAction(new SnsAction(this.topics[severity]));
    this.made.push(alarm);
  }
}
