/** Alarms: whatever is parked, refused or doubtful tells a person, with the runbook article that says what to do. */
import { Duration, Stack, Validations } from 'aws-cdk-lib';
import { Alarm, ComparisonOperator, type IMetric, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { type ITopic, Topic } from 'aws-cdk-lib/aws-sns';
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import { Construct } from 'constructs';
import { checkRegion } from '../configuration/region.ts';
import type { StepLambda } from '../steps/step-lambda.ts';
import { type AlarmText, MEASURE_ALARMS, METRIC_ALARMS } from './metric-alarms.ts';
import { StepMetrics } from './step-metrics.ts';

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
