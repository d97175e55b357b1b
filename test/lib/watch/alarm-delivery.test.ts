/** The whole way of an alarm: who writes its metric, its action, the topic of its severity, the topic's policy, and the person who is subscribed. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { STEPS } from '../../../lambdas/shared/contract/steps.ts';
import { ACCOUNT_OF_STACK, isAllowed, type ServiceRequest } from '../policies.ts';
import { type Json, type Resource, type Synthesized, synthesize } from '../synthesized.ts';

const OTHER_ACCOUNT = '444455556666';
const CLOUDWATCH = 'cloudwatch.amazonaws.com';
const KEY = 'arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab';
const DOCUMENT = readFileSync(join(import.meta.dirname, '..', '..', '..', 'docs', 'configuration.md'), 'utf8');

const publishing = (resource: unknown, account = ACCOUNT_OF_STACK, tls = 'true'): ServiceRequest => ({
  service: CLOUDWATCH,
  action: 'sns:Publish',
  resource,
  context: { 'aws:SourceAccount': account, 'aws:SecureTransport': tls },
});

/** The policy's statements where there is one; SNS makes one for a topic that has none, which is not judged here. */
function statementsOfTopic(stack: Synthesized, topic: string): readonly Json[] {
  const [, policy] = stack.one('AWS::SNS::TopicPolicy', ({ Topics }) => Topics.some(({ Ref }: Json) => Ref === topic));
  return policy.Properties.PolicyDocument.Statement;
}

/** The metrics that an alarm watches, or computes with. */
const metricsOf = ({ Properties }: Resource): readonly Json[] =>
  Properties.Metrics?.flatMap(({ MetricStat }: Json) => MetricStat?.Metric ?? []) ?? [Properties];

const dimensionOf = (metric: Json, name: string): Json =>
  metric.Dimensions?.find((dimension: Json) => dimension.Name === name)?.Value;
const hasAll = (metric: Json, names: readonly string[]): boolean =>
  JSON.stringify(metric.Dimensions?.map(({ Name }: Json) => Name)) === JSON.stringify(names);

/** Whether something that is deployed writes a metric, under exactly these dimensions: a fault that nobody counts sets nothing off. */
function isWritten(stack: Synthesized, metric: Json): boolean {
  const { Namespace, MetricName } = metric;
  switch (Namespace) {
    case 'CallRecorder': {
      const step = STEPS.find((one) => one === dimensionOf(metric, 'service'));
      if (step === undefined || !hasAll(metric, ['service', 'stage'])) return false;
      const { Variables } = stack.functionOf(step)[1].Properties.Environment;
      return Variables.POWERTOOLS_METRICS_NAMESPACE === Namespace && Variables.STAGE === dimensionOf(metric, 'stage');
    }
    case 'AWS/Lambda':
      return (
        hasAll(metric, ['FunctionName']) &&
        stack.resources[dimensionOf(metric, 'FunctionName').Ref]?.Type === 'AWS::Lambda::Function' &&
        ['Errors', 'Throttles', 'Invocations'].includes(MetricName)
      );
    case 'AWS/SQS': {
      const [id, attribute] = dimensionOf(metric, 'QueueName')['Fn::GetAtt'];
      const isDeadLetters = Object.values(stack.all('AWS::SQS::Queue')).some(
        ({ Properties }) => Properties.RedrivePolicy?.deadLetterTargetArn['Fn::GetAtt'][0] === id,
      );
      return isDeadLetters && attribute === 'QueueName' && MetricName === 'ApproximateNumberOfMessagesVisible';
    }
    case 'AWS/ApiGateway':
      return (
        hasAll(metric, ['ApiId', 'Stage']) &&
        Object.values(stack.all('AWS::ApiGatewayV2::Stage')).some(
          ({ Properties }) =>
            Properties.ApiId.Ref === dimensionOf(metric, 'ApiId').Ref &&
            Properties.StageName === dimensionOf(metric, 'Stage'),
        )
      );
    default:
      return Object.values(stack.all('AWS::Logs::MetricFilter')).some(
        ({
          Properties: {
            MetricTransformations: [one],
          },
        }) => one.MetricNamespace === Namespace && one.MetricName === MetricName && metric.Dimensions === undefined,
      );
  }
}

/** The topics' names end so, by the severity that the description of an alarm begins with. */
const TOPICS: { readonly [severity: string]: string } = { PAGE: '-alarms', NOTICE: '-notices' };

/** Where the alarm's way to a person ends too soon; nothing where it does not. */
function breakIn(stack: Synthesized, alarm: Resource): string | undefined {
  const { Properties } = alarm;
  const { ActionsEnabled, AlarmActions = [] } = Properties;
  if (!metricsOf(alarm).every((metric) => isWritten(stack, metric))) return 'nothing writes its metric';
  if (ActionsEnabled === false) return 'its actions are switched off';
  const topics = Object.keys(stack.all('AWS::SNS::Topic')).filter((id) =>
    AlarmActions.some(({ Ref }: Json) => Ref === id),
  );
  const [topic] = topics;
  if (topic === undefined || topics.length !== AlarmActions.length) return 'its action is not the topic';
  const [, severity = ''] = /"(PAGE|NOTICE): /.exec(JSON.stringify(Properties.AlarmDescription)) ?? [];
  const { TopicName } = stack.resources[topic]?.Properties ?? {};
  if (TopicName !== `call-recorder-prod${TOPICS[severity]}`) return 'the topic is not of its severity';
  if (!isAllowed(statementsOfTopic(stack, topic), publishing({ Ref: topic }))) return 'the topic does not take it';
  const subscriptions = Object.values(stack.all('AWS::SNS::Subscription')).filter(
    (one) => one.Properties.TopicArn.Ref === topic && one.Properties.FilterPolicy === undefined,
  );
  return subscriptions.length === 0 ? 'nobody is subscribed' : undefined;
}

const breaksIn = (stack: Synthesized): readonly string[] =>
  Object.values(stack.all('AWS::CloudWatch::Alarm')).flatMap((alarm) => {
    const where = breakIn(stack, alarm);
    return where === undefined ? [] : [`${alarm.Properties.AlarmName}: ${where}`];
  });

describe('every alarm', () => {
  it.each([
    ['with keys of AWS', {}],
    ['with a key of the owner', { kmsKeyArn: KEY, kmsKeyFor: ['topic'] as const }],
  ])('reaches the owner, %s', async (_what, options) => {
    const stack = await synthesize({ alarmEmail: 'owner@example.com', ...options });
    expect(Object.keys(stack.all('AWS::CloudWatch::Alarm')).length).toBeGreaterThan(20);
    expect(breaksIn(stack)).toEqual([]);
  });

  it('reaches the topic also where nobody is subscribed yet', async () => {
    const breaks = breaksIn(await synthesize());
    expect(breaks.length).toBeGreaterThan(20);
    for (const one of breaks) expect(one).toMatch(/: nobody is subscribed$/);
  });
});

describe('a break anywhere on the way is found', () => {
  const alarm = 'call-recorder-prod-sweep-errors';
  /** The stack with the properties of some resources changed. */
  async function broken(type: string, is: (properties: Json) => boolean, change: (properties: Json) => object) {
    const stack = await synthesize({ alarmEmail: 'owner@example.com' });
    const resources = Object.fromEntries(
      Object.entries(stack.resources).map(([id, one]) => [
        id,
        one.Type === type && is(one.Properties)
          ? { ...one, Properties: { ...one.Properties, ...change(one.Properties) } }
          : one,
      ]),
    );
    const all: Synthesized['all'] = (wanted) =>
      Object.fromEntries(Object.entries(resources).filter(([, { Type }]) => Type === wanted));
    const one: Synthesized['one'] = (wanted, condition = () => true) => {
      const [found] = Object.entries(all(wanted)).filter(([, { Properties }]) => condition(Properties));
      if (found === undefined) throw new Error(`none of ${wanted}`);
      return found;
    };
    return breaksIn({ ...stack, resources, all, one }).filter((text) => text.startsWith(`${alarm}:`));
  }
  const isAlarm = ({ AlarmName }: Json) => AlarmName === alarm;
  const isPages = ({ TopicName }: Json) => TopicName === 'call-recorder-prod-alarms';

  it.each<[string, string, (properties: Json) => boolean, (properties: Json) => object]>([
    [
      'nothing writes its metric',
      'AWS::CloudWatch::Alarm',
      isAlarm,
      () => ({ Dimensions: [{ Name: 'FunctionName', Value: 'x' }] }),
    ],
    ['its actions are switched off', 'AWS::CloudWatch::Alarm', isAlarm, () => ({ ActionsEnabled: false })],
    ['its action is not the topic', 'AWS::CloudWatch::Alarm', isAlarm, () => ({ AlarmActions: [] })],
    [
      'the topic is not of its severity',
      'AWS::SNS::Topic',
      isPages,
      () => ({ TopicName: 'call-recorder-prod-notices' }),
    ],
    [
      'the topic does not take it',
      'AWS::SNS::TopicPolicy',
      () => true,
      (policy) => {
        const Statement = policy.PolicyDocument.Statement.filter(({ Effect }: Json) => Effect === 'Deny');
        return { PolicyDocument: { ...policy.PolicyDocument, Statement } };
      },
    ],
    ['nobody is subscribed', 'AWS::SNS::Subscription', () => true, () => ({ FilterPolicy: {} })],
  ])('%s', async (where, type, is, change) => {
    expect(await broken(type, is, change)).toEqual([`${alarm}: ${where}`]);
  });
});

describe("the topic's policy", () => {
  it("takes nothing from another account's alarms, nothing without TLS, and nothing from another service", async () => {
    const stack = await synthesize();
    const topics = Object.keys(stack.all('AWS::SNS::Topic'));
    expect(topics).toHaveLength(2);
    for (const topic of topics) {
      const statements = statementsOfTopic(stack, topic);
      const request = publishing({ Ref: topic });
      expect(isAllowed(statements, request)).toBe(true);
      expect(isAllowed(statements, publishing({ Ref: topic }, OTHER_ACCOUNT))).toBe(false);
      expect(isAllowed(statements, publishing({ Ref: topic }, ACCOUNT_OF_STACK, 'false'))).toBe(false);
      expect(isAllowed(statements, { ...request, context: { 'aws:SecureTransport': 'true' } })).toBe(false);
      expect(isAllowed(statements, { ...request, service: 'events.amazonaws.com' })).toBe(false);
      expect(isAllowed(statements, { ...request, action: 'sns:Subscribe' })).toBe(false);
    }
  });

  it('is left to the owner of a topic that the stack did not make', async () => {
    const stack = await synthesize({ alarmTopicArn: 'arn:aws:sns:us-east-1:111122223333:on-call' });
    expect(stack.all('AWS::SNS::TopicPolicy')).toEqual({});
  });
});

/** The example of a policy's statement that a section of docs/configuration.md gives for a service. */
function documented(section: string, service: string): Json {
  const [, text = ''] = DOCUMENT.split(`\n## ${section}\n`);
  const [examples = ''] = text.split('\n## ');
  const found = [...examples.matchAll(/```json\n([\s\S]*?)```/g)]
    .map(([, example = '']) => JSON.parse(example.replaceAll('ACCOUNT', ACCOUNT_OF_STACK)))
    .filter(({ Principal }) => Principal.Service === service);
  expect(found).toHaveLength(1);
  return found[0];
}

describe('what the owner must allow, as docs/configuration.md says it', () => {
  it('lets the alarms of this account publish to a topic of the owner, and no others', () => {
    const statement = documented('A topic of your own', CLOUDWATCH);
    expect(statement.Resource).toBe(`arn:aws:sns:REGION:${ACCOUNT_OF_STACK}:TOPIC`);
    expect(isAllowed([statement], publishing(statement.Resource))).toBe(true);
    expect(isAllowed([statement], publishing(statement.Resource, OTHER_ACCOUNT))).toBe(false);
  });

  it.each(['kms:Decrypt', 'kms:GenerateDataKey'])('lets alarms use the key of an encrypted topic: %s', (action) => {
    const statement = documented('A KMS key', CLOUDWATCH);
    expect(isAllowed([statement], { ...publishing(KEY), action })).toBe(true);
  });
});

/** A policy that only denies takes away what the service allows by default. */
describe('a policy that only denies', () => {
  const POLICIES =
    /^AWS::(SNS::TopicPolicy|SQS::QueuePolicy|S3::BucketPolicy|Events::EventBusPolicy|.*::ResourcePolicy)$/;
  let resources: { readonly [logicalId: string]: Resource };
  beforeAll(async () => {
    ({ resources } = await synthesize({ alarmEmail: 'owner@example.com' }));
  });

  it('stands only on buckets and queues, which by default allow their account alone', () => {
    const onlyDenying = Object.values(resources)
      .filter(({ Type }) => POLICIES.test(Type))
      .filter(({ Properties }) => Properties.PolicyDocument.Statement.every(({ Effect }: Json) => Effect === 'Deny'))
      .map(({ Type }) => Type);
    expect([...new Set(onlyDenying)].sort()).toEqual(['AWS::S3::BucketPolicy', 'AWS::SQS::QueuePolicy']);
  });

  /** Functions come with the rights of their roles; rules, topics and notifications would need the queue's own leave. */
  it('stands on no queue that a service sends to by itself', () => {
    const queues = Object.keys(resources).filter((id) => resources[id]?.Type === 'AWS::SQS::Queue');
    const senders = Object.values(resources).filter(
      ({ Type, Properties }) =>
        /^AWS::(Events::Rule|SNS::Subscription|S3::Bucket|Lambda::EventInvokeConfig|Pipes::Pipe|Scheduler::Schedule)$/.test(
          Type,
        ) && queues.some((id) => JSON.stringify(Properties).includes(`"${id}"`)),
    );
    expect(queues).toHaveLength(10);
    expect(senders).toEqual([]);
  });
});
