/** Alarms: whatever is parked, refused or doubtful tells a person, with the runbook article that says what to do. */
import { Duration } from 'aws-cdk-lib';
import {
  Alarm,
  type AlarmProps,
  ComparisonOperator,
  type IMetric,
  MathExpression,
  type Metric,
  TreatMissingData,
} from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import type { MetricName } from '../../lambdas/shared/contract/metrics.ts';
import type { Canary } from '../../lambdas/shared/contract/settings.ts';
import type { Step } from '../../lambdas/shared/contract/steps.ts';
import type { StepLambda } from '../steps/step-lambda.ts';
import type { Severity, Shape, StepAlarmText } from './alarm-text.ts';
import { COMPUTED_ALARMS } from './computed-alarms.ts';
import { alarmMail } from './mail.ts';
import { MEASURE_ALARMS } from './measure-alarms.ts';
import { METRIC_ALARMS } from './metric-alarms.ts';
import { StepMetrics } from './step-metrics.ts';
import { type TopicsProps, topicsOf } from './topics.ts';

/** All alarms look at single minutes: over longer periods they would come later than five minutes. */
export const ALARM_PERIOD = Duration.minutes(1);

export interface AlarmsProps extends TopicsProps {
  readonly canary?: Canary;
  /** The deployment's, which its metrics carry. */
  readonly stage: string;
}

/** The topics that alarms go to, and the ways of making one. */
export class Alarms extends Construct {
  readonly topics: { readonly [severity in Severity]: ITopic };
  private readonly prefix: string;
  private readonly hasCanary: boolean;
  private readonly metrics: StepMetrics;
  private readonly made: { readonly [severity in Severity]: Alarm[] } = { page: [], notice: [] };

  constructor(scope: Construct, id: string, props: AlarmsProps) {
    super(scope, id);
    this.prefix = props.prefix;
    this.hasCanary = props.canary !== undefined;
    this.metrics = new StepMetrics(props.stage);
    this.topics = topicsOf(this, props);
  }

  /**
   * Alarms on what the steps count, measure, and what is computed of that. There is one alarm for each step: an expression over them all
   * would cost as much, and what it makes of metrics that were never counted is not documented.
   */
  onMetrics(): void {
    for (const { metric, steps, ...alarm } of METRIC_ALARMS) {
      for (const step of steps.filter((one) => this.watches(one))) {
        this.add(`${metric}-${step}`, { ...alarm, step }, this.counted(metric, step), alarm);
      }
    }
    for (const { measure, ...alarm } of MEASURE_ALARMS.filter(({ step }) => this.watches(step))) {
      const largest = this.metrics.of(measure, alarm.step, { statistic: 'Maximum', period: ALARM_PERIOD });
      const shape = {
        threshold: alarm.threshold,
        evaluationPeriods: alarm.toldForMinutes ?? 5,
        datapointsToAlarm: 1,
      };
      this.add(`${measure}-${alarm.step}`, alarm, largest, shape);
    }
    for (const { name, expression, metrics, ...alarm } of COMPUTED_ALARMS) {
      const usingMetrics = Object.fromEntries(
        Object.entries(metrics).map(([id, [metric, step]]) => [id, this.counted(metric, step)]),
      );
      this.add(name, alarm, new MathExpression({ expression, usingMetrics, period: ALARM_PERIOD }), alarm);
    }
  }

  /** Without a canary there is nothing of it to watch. */
  private watches(step: Step): boolean {
    return step !== 'canary' || this.hasCanary;
  }

  private counted(metric: MetricName, step: Step): Metric {
    return this.metrics.of(metric, step, { statistic: 'Sum', period: ALARM_PERIOD });
  }

  /** Every alarm so far that is a page, or a notice. */
  of(severity: Severity): readonly Alarm[] {
    return this.made[severity];
  }

  /** Alarms on the errors and on the throttles of a step that someone waits for: to the person who waits they look the same. */
  onFailures(step: StepLambda, severity: Severity, whatBreaks: string): void {
    this.onErrors(step, severity, whatBreaks);
    this.onThrottles(step, severity, whatBreaks);
  }

  /** Alarms when a step's function fails: where it throws, runs out of time, or cannot even start. */
  onErrors(step: StepLambda, severity: Severity, whatBreaks: string, shape: Shape = {}): void {
    const text = { severity, article: step.step, whatBreaks, step: step.step };
    this.add(`${step.step}-errors`, text, step.function.metricErrors({ period: ALARM_PERIOD }), shape);
  }

  /** Alarms when Lambda has no environment left for a step that someone waits for. */
  onThrottles(step: StepLambda, severity: Severity, whatBreaks: string): void {
    const text = { severity, article: step.step, whatBreaks, step: step.step };
    this.add(`${step.step}-throttles`, text, step.function.metricThrottles({ period: ALARM_PERIOD }));
  }

  /**
   * Alarms when a scheduled function did not run in so many minutes, one after the other. CloudWatch looks further back than that before it
   * believes that data are missing, so missing minutes are filled with zeros; should it have nothing to fill, what is missing alarms too.
   */
  onSilence(step: StepLambda, severity: Severity, minutes: number, whatBreaks: string): void {
    const name = `${step.step}-silent`;
    const invocations = step.function.metricInvocations({ period: ALARM_PERIOD });
    const filled = new MathExpression({
      expression: 'FILL(m, 0)',
      usingMetrics: { m: invocations },
      period: ALARM_PERIOD,
    });
    this.add(
      name,
      { severity, article: name, whatBreaks, step: step.step },
      filled,
      { evaluationPeriods: minutes },
      { comparisonOperator: ComparisonOperator.LESS_THAN_THRESHOLD, treatMissingData: TreatMissingData.BREACHING },
    );
  }

  /** Alarms when `metric` reaches the threshold of the shape, 1 unless it says otherwise. */
  add(
    name: string,
    text: StepAlarmText,
    metric: IMetric,
    { threshold = 1, evaluationPeriods = 1, datapointsToAlarm = evaluationPeriods }: Shape = {},
    over: Partial<Pick<AlarmProps, 'comparisonOperator' | 'treatMissingData'>> = {},
  ): void {
    const alarm = new Alarm(this, name, {
      alarmName: `${this.prefix}-${name}`,
      alarmDescription: alarmMail(this, this.prefix, text),
      metric,
      threshold,
      evaluationPeriods,
      datapointsToAlarm,
      comparisonOperator: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      treatMissingData: TreatMissingData.NOT_BREACHING,
      ...over,
    });
    alarm.addAlarmAction(new SnsAction(this.topics[text.severity]));
    this.made[text.severity].push(alarm);
  }
}
