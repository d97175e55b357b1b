/** Alarms: whatever is parked, refused or doubtful tells a person, with the runbook article that says what to do. */
import { Duration, Stack, Validations } from 'aws-cdk-lib';
import { Alarm, ComparisonOperator, type IMetric, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { type ITopic, Topic } from 'aws-cdk-lib/aws-sns';
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import { Construct } from 'constructs';
import { METRICS, type MeasureName, type MetricName } from '../../lambdas/shared/contract/metrics.ts';
import type { Step } from '../../lambdas/shared/contract/steps.ts';
import { checkRegion } from '../configuration/region.ts';
import type { StepLambda } from '../steps/step-lambda.ts';
import { StepMetrics } from './step-metrics.ts';

export interface AlarmText {
  /** Article of the runbook: `docs/runbook.md#<article>`. */
  readonly article: string;
  /** What goes wrong for callers or owners while the alarm lasts: one sentence. */
  readonly whatBreaks: string;
}

export interface MetricAlarm extends AlarmText {
  readonly metric: MetricName;
  /** The steps that count it. */
  readonly steps: readonly Step[];
}

/** Metrics that no healthy call produces, and what it means when they are counted. */
export const METRIC_ALARMS: readonly MetricAlarm[] = [
  {
    metric: METRICS.signatureRefused,
    steps: ['incoming-call', 'stream-connect', 'recording-callback'],
    article: 'credentials-invalid',
    whatBreaks: 'Requests without a valid signature are refused: if they are from Twilio, calls are not recorded.',
  },
  {
    metric: METRICS.credentialsInvalid,
    steps: ['recording-start', 'recording-copy', 'recording-delete', 'reconcile', 'recording-play'],
    article: 'credentials-invalid',
    whatBreaks: 'Twilio refuses the credentials: recordings are neither started nor copied.',
  },
  {
    metric: METRICS.credentialsUnread,
    steps: [
      ...(['incoming-call', 'stream-connect', 'recording-start', 'recording-callback'] as const),
      ...(['recording-copy', 'recording-delete', 'reconcile', 'recording-play'] as const),
    ],
    article: 'credentials-unread',
    whatBreaks: 'The secret cannot be read: a token that you revoke stays valid here until it can be read again.',
  },
  {
    metric: METRICS.recordingStartRefused,
    steps: ['recording-start'],
    article: 'recording-start-refused',
    whatBreaks: 'Twilio refuses to record a call for a reason that waiting seldom cures: that call may go unrecorded.',
  },
  {
    metric: METRICS.callUnrecordable,
    steps: ['recording-start'],
    article: 'call-unrecordable',
    whatBreaks: 'A call was over before its recording could be started: it has none.',
  },
  {
    metric: METRICS.extraRecording,
    steps: ['recording-start', 'recording-callback', 'recording-copy', 'reconcile'],
    article: 'extra-recording',
    whatBreaks: 'A call has more than one recording: all are kept and copied, but cost more and need a look.',
  },
  {
    metric: METRICS.recordingFailed,
    steps: ['recording-callback'],
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
  {
    metric: METRICS.deletionRefused,
    steps: ['recording-delete'],
    article: 'deletion-refused',
    whatBreaks: 'Twilio has refused to delete a recording for an hour or more: it costs more, none is lost.',
  },
  {
    metric: METRICS.streamRefused,
    steps: ['stream-connect'],
    article: 'stream-refused',
    whatBreaks: 'A stream of your own Twilio account was refused: that call is neither recorded nor told so.',
  },
  {
    metric: METRICS.requestRefused,
    steps: ['incoming-call', 'recording-callback'],
    article: 'request-refused',
    whatBreaks:
      'A request could not be read: if it is from Twilio, a caller is not served or a recording noticed late.',
  },
];

export interface MeasureAlarm extends AlarmText {
  readonly measure: MeasureName;
  readonly step: Step;
  /** What the largest value of five minutes must not reach, in the measure's unit. */
  readonly threshold: number;
}

/** Values that tell that something is slow, where nothing has failed. */
export const MEASURE_ALARMS: readonly MeasureAlarm[] = [
  {
    measure: 'SecondsToRecording',
    step: 'recording-start',
    threshold: 30,
    article: 'recording-late',
    whatBreaks: 'A recording began half a minute or more after its call: what was said before is on no recording.',
  },
  {
    measure: 'OldestCopySeconds',
    step: 'sweep',
    threshold: 24 * 3600,
    article: 'copies-late',
    whatBreaks: 'A recording has been complete for a day and is still at Twilio only.',
  },
];

const PERIOD = Duration.minutes(5);

export interface AlarmsProps {
  readonly prefix: string;
  /** The deployment's, which its metrics carry. */
  readonly stage: string;
  readonly email?: string | undefined;
  /** A topic of the owner's; otherwise one is made. */
  readonly topicArn?: string | undefined;
  readonly encryptionKey?: IKey | undefined;
}

/** How an alarm differs from one that sounds at the first count. */
interface Deviation {
  readonly threshold?: number;
  readonly comparisonOperator?: ComparisonOperator;
  readonly treatMissingData?: TreatMissingData;
}

/** The topic that all alarms go to, and the ways of making one. */
export class Alarms extends Construct {
  readonly topic: ITopic;
  private readonly prefix: string;
  private readonly metrics: StepMetrics;
  private readonly made: Alarm[] = [];

  constructor(scope: Construct, id: string, { prefix, stage, email, topicArn, encryptionKey }: AlarmsProps) {
    super(scope, id);
    this.prefix = prefix;
    this.metrics = new StepMetrics(stage);
    checkRegion(this, topicArn, 'alarmTopicArn: the topic');
    this.topic = topicArn !== undefined ? Topic.fromTopicArn(this, 'Topic', topicArn) : this.makeTopic(encryptionKey);
    if (email !== undefined) {
      const subscription = this.topic.addSubscription(new EmailSubscription(email));
      Validations.of(subscription).acknowledge({
        id: 'Serverless-SNSRedrivePolicy',
        reason: 'An e-mail that cannot be delivered is of no use in a queue; the alarm itself stays to be seen.',
      });
    }
  }

  /**
   * `enforceSSL` gives the topic a policy, which replaces the one that SNS makes. Without a statement that allows it, CloudWatch
   * may not publish, and every alarm is silent.
   *
   * @see https://docs.aws.amazon.com/sns/latest/dg/sns-access-policy-use-cases.html
   */
  private makeTopic(encryptionKey: IKey | undefined): ITopic {
    const topic = new Topic(this, 'Topic', {
      topicName: `${this.prefix}-alarms`,
      displayName: `Alarms of ${this.prefix}`,
      enforceSSL: true,
      ...(encryptionKey && { masterKey: encryptionKey }),
    });
    topic.addToResourcePolicy(
      new PolicyStatement({
        sid: 'AllowAlarmsOfThisAccount',
        principals: [new ServicePrincipal('cloudwatch.amazonaws.com')],
        actions: ['sns:Publish'],
        resources: [topic.topicArn],
        conditions: { StringEquals: { 'aws:SourceAccount': Stack.of(this).account } },
      }),
    );
    return topic;
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
  onErrors(step: StepLambda, whatBreaks: string): void {
    const text = { article: step.step, whatBreaks };
    this.add(`${step.step}-errors`, text, step.function.metricErrors({ period: PERIOD }));
  }

  /** Alarms when Lambda has no environment left for a step that someone waits for. */
  onThrottles(step: StepLambda, whatBreaks: string): void {
    const text = { article: step.step, whatBreaks };
    this.add(`${step.step}-throttles`, text, step.function.metricThrottles({ period: PERIOD }));
  }

  /** Alarms when a scheduled function did not run for `silence`: here missing data is what is wrong. */
  onSilence(step: StepLambda, silence: Duration, whatBreaks: string): void {
    const name = `${step.step}-silent`;
    this.add(name, { article: name, whatBreaks }, step.function.metricInvocations({ period: silence }), {
      comparisonOperator: ComparisonOperator.LESS_THAN_THRESHOLD,
      treatMissingData: TreatMissingData.BREACHING,
    });
  }

  /** Alarms when `metric` reaches 1, unless `deviation` says otherwise. */
  add(name: string, { article, whatBreaks }: AlarmText, metric: IMetric, deviation: Deviation = {}): void {
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
    alarm.addAlarmAction(new SnsAction(this.topic));
    this.made.push(alarm);
  }
}
