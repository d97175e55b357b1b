/** The whole way of an alarm: its action, the topic, the topic's policy, and the person who is subscribed. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
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

/** Where the alarm's way to a person ends too soon; nothing where it does not. */
function breakIn(stack: Synthesized, { Properties }: Resource): string | undefined {
  const { ActionsEnabled, AlarmActions = [] } = Properties;
  if (ActionsEnabled === false) return 'its actions are switched off';
  const topics = Object.keys(stack.all('AWS::SNS::Topic')).filter((id) =>
    AlarmActions.some(({ Ref }: Json) => Ref === id),
  );
  const [topic] = topics;
  if (topic === undefined || topics.length !== AlarmActions.length) return 'its action is not the topic';
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
    expect(queues).toHaveLength(6);
    expect(senders).toEqual([]);
  });
});
