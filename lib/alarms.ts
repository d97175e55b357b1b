/** Alarms: whatever is parked, refused or doubtful tells a person, with the runbook article that says what to do. */
import { Duration } from 'aws-cdk-lib';
import {
  Alarm,
  ComparisonOperator,
  type IMetric,
  MathExpression,
  Metric,
  TreatMissingData,
} from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import { Construct } from 'constructs';
import { METRICS, METRICS_NAMESPACE, type MetricName, type Step } from '../lambdas/shared/contract.ts';
import type { StepLambda } from './step-lambda.ts';

export interface AlarmProps {
  /** Article of the runbook: `docs/runbook.md#<article>`. It also names the alarm. */
  readonly article: string;
  /** What goes wrong for callers or owners while the alarm lasts: one sentence. */
  readonly whatBreaks: string;
}

/** Metrics that no healthy call produces, the steps that produce them, and what it means when they do. */
export const METRIC_ALARMS: readonly (AlarmProps & { readonly metric: MetricName; readonly steps: readonly Step[] })[] =
  [
    {
      metric: METRICS.credentialsInvalid,
      steps: [
        'incoming-call',
        'stream-connect',
        'recording-start',
        'recording-callback',
        'recording-copy',
        'recording-delete',
        'reconcile',
      ],
      article: 'credentials-invalid',
      whatBreaks: 'Twilio credentials are missing or refused: calls are neither recorded nor copied.',
    },
    {
      metric: METRICS.recordingStartRefused,
      steps: ['recording-start'],
      article: 'recording-start-refused',
      whatBreaks: 'Twilio refuses to record a call, and trying again cannot help: that call is not recorded.',
    },
    {
      metric: METRICS.callUnrecordable,
      steps: ['recording-start'],
      article: 'call-unrecordable',
      whatBreaks: 'A call was over before its recording could be started: it has none.',
    },
    {
      metric: METRICS.extraRecording,
      steps: ['recording-start', 'recording-callback', 'reconcile'],
      article: 'extra-recording',
      whatBreaks: 'A call has more than one recording: all are kept and copied, but cost more and need a look.',
    },
    {
      metric: METRICS.recordingFailed,
      steps: ['recording-start', 'recording-callback', 'reconcile'],
      article: 'recording-failed',
      whatBreaks: 'Twilio says that a recording failed: its audio may not exist.',
    },
    {
      metric: METRICS.recordingFellBack,
      steps: ['recording-copy'],
      article: 'recording-fell-back',
      whatBreaks: 'A recording could not be copied: it is safe at Twilio only, and is tried again.',
    },
    {
      metric: METRICS.deletionDoubtful,
      steps: ['recording-delete'],
      article: 'deletion-doubtful',
      whatBreaks: 'The copy in S3 could not be proven: the recording stays at Twilio until someone has looked.',
    },
  ];

const PERIOD = Duration.minutes(5);

export interface AlarmsProps {
  readonly prefix: string;
  readonly email?: string | undefined;
}

/** The topic that all alarms go to, and the ways of making one. */
export class Alarms extends Construct {
  readonly topic: Topic;
  private readonly prefix: string;

  constructor(scope: Construct, id: string, { prefix, email }: AlarmsProps) {
    super(scope, id);
    this.prefix = prefix;
    this.topic = new Topic(this, 'Topic', {
      topicName: `${prefix}-alarms`,
      displayName: `Alarms of ${prefix}`,
      enforceSSL: true,
    });
    if (email !== undefined) this.topic.addSubscription(new EmailSubscription(email));
  }

  /** Alarms when a metric of {@link METRIC_ALARMS} is counted at all. */
  onMetrics(): void {
    for (const { metric, steps, ...alarm } of METRIC_ALARMS) {
      const counts = steps.map(
        (service) =>
          new Metric({
            namespace: METRICS_NAMESPACE,
            metricName: metric,
            dimensionsMap: { service },
            statistic: 'Sum',
            period: PERIOD,
          }),
      );
      this.add(alarm, sumOf(counts, metric));
    }
  }

  /** Alarms when a function fails or is refused an environment to run in. */
  onErrors(step: StepLambda, whatBreaks: string): void {
    const counts = [step.function.metricErrors({ period: PERIOD }), step.function.metricThrottles({ period: PERIOD })];
    this.add({ article: step.step, whatBreaks }, sumOf(counts, `${step.step} errors and throttles`));
  }

  /** Alarms when a scheduled function did not run for `silence`: here missing data is what is wrong. */
  onSilence(step: StepLambda, silence: Duration, whatBreaks: string): void {
    this.add({ article: `${step.step}-silent`, whatBreaks }, step.function.metricInvocations({ period: silence }), {
      comparisonOperator: ComparisonOperator.LESS_THAN_THRESHOLD,
      treatMissingData: TreatMissingData.BREACHING,
    });
  }

  /** Alarms when `metric` reaches 1, unless `deviation` says otherwise. */
  add(
    { article, whatBreaks }: AlarmProps,
    metric: IMetric,
    deviation: { readonly comparisonOperator?: ComparisonOperator; readonly treatMissingData?: TreatMissingData } = {},
  ): void {
    const alarm = new Alarm(this, article, {
      alarmName: `${this.prefix}-${article}`,
      alarmDescription: `${whatBreaks} See docs/runbook.md#${article}`,
      metric,
      threshold: 1,
      evaluationPeriods: 1,
      comparisonOperator: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      treatMissingData: TreatMissingData.NOT_BREACHING,
      ...deviation,
    });
    alarm.addAlarmAction(new SnsAction(this.topic));
  }
}

/** One metric is taken as it is, since each metric of an expression is paid for. */
function sumOf(metrics: readonly Metric[], label: string): IMetric {
  const [first] = metrics;
  if (first !== undefined && metrics.length === 1) return first;
  return new MathExpression({
    // Without FILL a step that counted nothing in a period would hide what the others counted.
    expression: 'SUM(FILL(METRICS(), 0))',
    usingMetrics: Object.fromEntries(metrics.map((metric, index) => [`m${index}`, metric])),
    label,
    period: PERIOD,
  });
}
