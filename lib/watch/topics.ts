/** Where alarms go: a topic for each severity, each with its policy and its subscriber. */
import { Stack, Validations } from 'aws-cdk-lib';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { type ITopic, Topic } from 'aws-cdk-lib/aws-sns';
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import type { Construct } from 'constructs';
import type { CallRecorderConfiguration } from '../configuration/options.ts';
import { checkRegion } from '../configuration/region.ts';
import type { Severity } from './alarm-text.ts';

/** The owner's options about who is told. */
type Receivers = Pick<CallRecorderConfiguration, 'alarmEmail' | 'alarmTopicArn' | 'noticeEmail' | 'noticeTopicArn'>;

export interface TopicsProps extends Receivers {
  readonly prefix: string;
  readonly encryptionKey?: IKey | undefined;
}

interface MadeTopic extends Pick<TopicsProps, 'prefix' | 'encryptionKey'> {
  readonly name: 'alarms' | 'notices';
  /** Who is subscribed. */
  readonly email: string | undefined;
}

/** Where notices are given no place of their own, they go where pages go: to the same address, or to the same topic of the owner's. */
export function topicsOf(scope: Construct, props: TopicsProps): { readonly [severity in Severity]: ITopic } {
  const { alarmEmail, alarmTopicArn, noticeEmail, noticeTopicArn } = props;
  checkRegion(scope, alarmTopicArn, 'alarmTopicArn: the topic');
  checkRegion(scope, noticeTopicArn, 'noticeTopicArn: the topic');
  const page =
    alarmTopicArn === undefined
      ? makeTopic(scope, 'Topic', { name: 'alarms', email: alarmEmail, ...props })
      : Topic.fromTopicArn(scope, 'Topic', alarmTopicArn);
  if (noticeTopicArn !== undefined) return { page, notice: Topic.fromTopicArn(scope, 'Notices', noticeTopicArn) };
  if (alarmTopicArn !== undefined && noticeEmail === undefined) return { page, notice: page };
  return { page, notice: makeTopic(scope, 'Notices', { name: 'notices', email: noticeEmail ?? alarmEmail, ...props }) };
}

/**
 * `enforceSSL` gives the topic a policy, which replaces the one that SNS makes. Without a statement that allows it, CloudWatch
 * may not publish, and every alarm is silent.
 *
 * @see https://docs.aws.amazon.com/sns/latest/dg/sns-access-policy-use-cases.html
 */
function makeTopic(scope: Construct, id: string, { prefix, name, email, encryptionKey }: MadeTopic): ITopic {
  const topic = new Topic(scope, id, {
    topicName: `${prefix}-${name}`,
    displayName: `${name === 'alarms' ? 'Alarms' : 'Notices'} of ${prefix}`,
    enforceSSL: true,
    ...(encryptionKey && { masterKey: encryptionKey }),
  });
  topic.addToResourcePolicy(
    new PolicyStatement({
      sid: 'AllowAlarmsOfThisAccount',
      principals: [new ServicePrincipal('cloudwatch.amazonaws.com')],
      actions: ['sns:Publish'],
      resources: [topic.topicArn],
      conditions: { StringEquals: { 'aws:SourceAccount': Stack.of(scope).account } },
    }),
  );
  if (email === undefined) return topic;
  Validations.of(topic.addSubscription(new EmailSubscription(email))).acknowledge({
    id: 'Serverless-SNSRedrivePolicy',
    reason: 'An e-mail that cannot be delivered is of no use in a queue; the alarm itself stays to be seen.',
  });
  return topic;
}
