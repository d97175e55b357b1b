/** How the metrics of the steps are drawn on the dashboard. */
import { Duration } from 'aws-cdk-lib';
import type { Metric, MetricOptions } from 'aws-cdk-lib/aws-cloudwatch';
import type { MeasureName, MetricName } from '../../lambdas/shared/contract/metrics.ts';
import type { Step } from '../../lambdas/shared/contract/steps.ts';
import { StepMetrics } from './step-metrics.ts';

/** A point of a graph. */
export const GRAPH_PERIOD = Duration.minutes(5);

/** The metrics of one deployment, as graphs show them. */
export class Drawn {
  private readonly metrics: StepMetrics;

  constructor(stage: string) {
    this.metrics = new StepMetrics(stage);
  }

  /** A count of one step. */
  counted(metric: MetricName, step: Step, options: MetricOptions = {}): Metric {
    return this.metrics.of(metric, step, { statistic: 'Sum', period: GRAPH_PERIOD, label: metric, ...options });
  }

  /** A value that a step has measured. */
  measured(measure: MeasureName, step: Step, statistic: string, label: string): Metric {
    return this.metrics.of(measure, step, { statistic, period: GRAPH_PERIOD, label });
  }
}
