/** Metrics of the steps, under the names and dimensions that the functions of one deployment write them by. */
import type { Duration } from 'aws-cdk-lib';
import { Metric, type MetricOptions } from 'aws-cdk-lib/aws-cloudwatch';
import {
  METRICS_NAMESPACE,
  type MeasureName,
  type MetricDimensions,
  type MetricName,
} from '../../lambdas/shared/contract/metrics.ts';
import type { Step } from '../../lambdas/shared/contract/steps.ts';

/** How a metric is looked at. */
export interface MetricView extends MetricOptions {
  readonly statistic: string;
  readonly period: Duration;
}

/** The metrics of one deployment. */
export class StepMetrics {
  private readonly stage: string;

  constructor(stage: string) {
    this.stage = stage;
  }

  /** What a step of this deployment counts or measures. */
  of(metricName: MetricName | MeasureName, service: Step, view: MetricView): Metric {
    // CloudWatch finds a metric only by exactly the dimensions that it was written with.
    const dimensions: MetricDimensions = { service, stage: this.stage };
    return new Metric({ ...view, namespace: METRICS_NAMESPACE, metricName, dimensionsMap: { ...dimensions } });
  }
}
