import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ENVIRONMENT_OF_STEP } from '../../../lambdas/shared/contract/environment.ts';
import { METRICS_NAMESPACE } from '../../../lambdas/shared/contract/metrics.ts';
import { STEPS, type Step } from '../../../lambdas/shared/contract/steps.ts';
import { DISCLAIMER_FILE } from '../../../lambdas/shared/contract/stream.ts';
import { type Resource, type Synthesized, synthesize } from '../synthesized.ts';

const WORKERS = [
  'recording-start',
  'recording-copy',
  'recording-delete',
  'erase',
  'reconcile',
] as const satisfies Step[];

let stack: Synthesized;
beforeAll(async () => {
  stack = await synthesize();
});

/** Resolves the simple intrinsics that a reader of the template on one machine can resolve, and refuses all others. */
function resolved(value: unknown): string {
  if (typeof value === 'string') return value;
  const [[intrinsic, argument] = ['', undefined], ...others] = Object.entries(value as object);
  if (others.length === 0 && intrinsic === 'Ref') return `{${argument}}`;
  if (others.length === 0 && intrinsic === 'Fn::GetAtt') return `{${argument.join('.')}}`;
  if (others.length === 0 && intrinsic === 'Fn::Join') return argument[1].map(resolved).join(argument[0]);
  throw new Error(`not a simple intrinsic: ${JSON.stringify(value)}`);
}

const environmentOf = (step: Step): { [name: string]: string } =>
  Object.fromEntries(
    Object.entries(stack.functionOf(step)[1].Properties.Environment.Variables).map(([name, value]) => [
      name,
      resolved(value),
    ]),
  );

describe('the function of each step', () => {
  it.each(STEPS)('%s runs its own bundle on the current runtime', (step) => {
    const [, resource] = stack.functionOf(step);
    expect(resource.Properties).toMatchObject({
      FunctionName: `call-recorder-prod-${step}`,
      Runtime: 'nodejs24.x',
      Architectures: ['arm64'],
      Handler: 'index.handler',
    });
    const asset = stack.codeFolderOf(step);
    expect(readFileSync(join(asset, 'index.js'), 'utf8')).toContain(`"${step}"`);
    expect(existsSync(join(asset, DISCLAIMER_FILE))).toBe(step === 'stream-connect');
  });

  it.each(STEPS)('%s gets the variables that its code reads, and no other', (step) => {
    expect(Object.keys(environmentOf(step)).sort()).toEqual(
      [
        'POWERTOOLS_SERVICE_NAME',
        'POWERTOOLS_METRICS_NAMESPACE',
        ...(step === 'recording-copy' ? ['NODE_OPTIONS'] : []),
        ...ENVIRONMENT_OF_STEP[step],
      ].sort(),
    );
    expect(environmentOf(step)).toMatchObject({
      POWERTOOLS_SERVICE_NAME: step,
      POWERTOOLS_METRICS_NAMESPACE: METRICS_NAMESPACE,
    });
  });

  it('knows the APIs by their ids, so that no function waits for a route to itself', () => {
    const [webhooks] = stack.one('AWS::ApiGatewayV2::Api', ({ ProtocolType }) => ProtocolType === 'HTTP');
    const [stream] = stack.one('AWS::ApiGatewayV2::Api', ({ ProtocolType }) => ProtocolType === 'WEBSOCKET');
    const host = (id: string) => `{${id}}.execute-api.{AWS::Region}.{AWS::URLSuffix}`;
    expect(environmentOf('incoming-call').PUBLIC_URL).toBe(`https://${host(webhooks)}`);
    expect(environmentOf('incoming-call').STREAM_URL).toBe(`wss://${host(stream)}/prod`);
    expect(environmentOf('stream-connect').CONNECTIONS_URL).toBe(`https://${host(stream)}/prod`);
  });

  it.each(STEPS)('%s writes to a log group of its own that forgets', (step) => {
    const [, resource] = stack.functionOf(step);
    const [logGroup] = stack.one(
      'AWS::Logs::LogGroup',
      ({ LogGroupName, RetentionInDays }) => LogGroupName === `/call-recorder-prod/${step}` && RetentionInDays === 90,
    );
    expect(resource.Properties.LoggingConfig.LogGroup).toEqual({ Ref: logGroup });
  });

  it('reserves no concurrency unless told to, since a new account would refuse it', () => {
    for (const step of STEPS) {
      expect(stack.functionOf(step)[1].Properties.ReservedConcurrentExecutions).toBeUndefined();
    }
  });
});

describe('each worker', () => {
  const queueOf = (step: Step): readonly [string, Resource] =>
    stack.one('AWS::SQS::Queue', ({ QueueName }) => QueueName === `call-recorder-prod-${step}`);
  const deadLettersOf = (step: Step): readonly [string, Resource] =>
    stack.one('AWS::SQS::Queue', ({ QueueName }) => QueueName === `call-recorder-prod-${step}-dead-letters`);

  it('is one of five', () => {
    expect(Object.keys(stack.all('AWS::Lambda::EventSourceMapping'))).toHaveLength(WORKERS.length);
    expect(Object.keys(stack.all('AWS::SQS::Queue'))).toHaveLength(2 * WORKERS.length);
  });

  it.each([
    ['recording-start', 1, 20, 50],
    ['recording-copy', 1, 30, 10],
    ['recording-delete', 10, 6, 10],
    ['erase', 1, 2, 10],
    ['reconcile', 1, 4, 50],
  ] as const)('%s takes %i at a time, %i times over, and gives up after %i', (step, batch, concurrency, receives) => {
    const [queue, { Properties }] = queueOf(step);
    const [, mapping] = stack.one(
      'AWS::Lambda::EventSourceMapping',
      ({ EventSourceArn }) => EventSourceArn['Fn::GetAtt'][0] === queue,
    );
    expect(mapping.Properties).toMatchObject({
      FunctionName: { Ref: stack.functionOf(step)[0] },
      BatchSize: batch,
      FunctionResponseTypes: ['ReportBatchItemFailures'],
      ScalingConfig: { MaximumConcurrency: concurrency },
    });
    expect(Properties.RedrivePolicy).toEqual({
      deadLetterTargetArn: { 'Fn::GetAtt': [deadLettersOf(step)[0], 'Arn'] },
      maxReceiveCount: receives,
    });
  });

  it.each(WORKERS)('%s hides a message for six timeouts of its function, a start for less than two', (step) => {
    const timeout = stack.functionOf(step)[1].Properties.Timeout;
    expect(queueOf(step)[1].Properties.VisibilityTimeout).toBe(step === 'recording-start' ? 30 : 6 * timeout);
  });

  it.each(WORKERS)('%s keeps dead letters for 14 days, encrypts, and takes nothing without TLS', (step) => {
    expect(deadLettersOf(step)[1].Properties.MessageRetentionPeriod).toBe(14 * 24 * 3600);
    for (const [id, { Properties }] of [queueOf(step), deadLettersOf(step)]) {
      expect(Properties.SqsManagedSseEnabled).toBe(true);
      const [, policy] = stack.one('AWS::SQS::QueuePolicy', ({ Queues }) => Queues[0].Ref === id);
      expect(policy.Properties.PolicyDocument.Statement).toContainEqual(
        expect.objectContaining({ Effect: 'Deny', Condition: { Bool: { 'aws:SecureTransport': 'false' } } }),
      );
    }
  });

  it.each(WORKERS)('%s raises an alarm for the first dead letter', (step) => {
    const [, alarm] = stack.one(
      'AWS::CloudWatch::Alarm',
      ({ AlarmName }) => AlarmName === `call-recorder-prod-${step}-dead-letters`,
    );
    expect(alarm.Properties).toMatchObject({
      MetricName: 'ApproximateNumberOfMessagesVisible',
      Dimensions: [{ Name: 'QueueName', Value: { 'Fn::GetAtt': [deadLettersOf(step)[0], 'QueueName'] } }],
      Threshold: 1,
      ComparisonOperator: 'GreaterThanOrEqualToThreshold',
    });
  });
});

describe('each schedule', () => {
  it.each([
    ['sweep', 'rate(1 minute)'],
    ['reconcile', 'rate(1 hour)'],
    ['announce', 'rate(1 minute)'],
  ] as const)('runs %s at %s, and leaves a failed run to the next', (step, rate) => {
    const [id, { Properties }] = stack.functionOf(step);
    const [, rule] = stack.one('AWS::Events::Rule', ({ Targets }) => Targets[0].Arn['Fn::GetAtt'][0] === id);
    expect(rule.Properties.ScheduleExpression).toBe(rate);
    expect(rule.Properties.State).toBe('ENABLED');
    expect(rule.Properties.Targets).toEqual([
      expect.objectContaining({
        Arn: { 'Fn::GetAtt': [id, 'Arn'] },
        RetryPolicy: { MaximumEventAgeInSeconds: 60, MaximumRetryAttempts: 0 },
      }),
    ]);
    const [, invocations] = stack.one('AWS::Lambda::EventInvokeConfig', ({ FunctionName }) => FunctionName.Ref === id);
    expect(invocations.Properties.MaximumRetryAttempts).toBe(0);
    expect(Properties.Timeout).toBeLessThanOrEqual(900);
  });
});

describe('what is kept of alarms and deployments', () => {
  const patterns = () => {
    const [id] = stack.functionOf('watch-log');
    return Object.values(stack.all('AWS::Events::Rule'))
      .filter(({ Properties }) => Properties.Targets[0].Arn['Fn::GetAtt'][0] === id)
      .map(({ Properties }) => Properties.EventPattern);
  };

  it('are the alarms of this deployment, and its own stack', () => {
    expect(patterns()).toHaveLength(2);
    expect(patterns()).toEqual(
      expect.arrayContaining([
        {
          source: ['aws.cloudwatch'],
          'detail-type': ['CloudWatch Alarm State Change'],
          detail: { alarmName: [{ prefix: 'call-recorder-prod-' }] },
        },
        {
          source: ['aws.cloudformation'],
          'detail-type': ['CloudFormation Stack Status Change'],
          detail: { 'stack-id': [{ Ref: 'AWS::StackId' }] },
        },
      ]),
    );
  });

  it('is tried again where it fails, as no schedule would do it', () => {
    const [id] = stack.functionOf('watch-log');
    const configured = Object.values(stack.all('AWS::Lambda::EventInvokeConfig'));
    expect(configured.filter(({ Properties }) => Properties.FunctionName.Ref === id)).toEqual([]);
  });
});

test('several runs of a schedule begin together, each with its part and a processor of its own', async () => {
  stack = await synthesize({ sweepConcurrency: 2, announceConcurrency: 3 });
  for (const [step, runs] of [
    ['sweep', 2],
    ['announce', 3],
    ['reconcile', 1],
  ] as const) {
    const [id, { Properties }] = stack.functionOf(step);
    const rules = Object.values(stack.all('AWS::Events::Rule')).map((rule) => rule.Properties);
    const targets = rules.flatMap(({ Targets }) => Targets).filter(({ Arn }) => Arn['Fn::GetAtt'][0] === id);
    const inputs = targets.map(({ Input }) => (Input === undefined ? undefined : JSON.parse(Input)));
    expect(inputs).toEqual(runs === 1 ? [undefined] : Array.from({ length: runs }, (_, part) => ({ part, of: runs })));
    expect(Properties.MemorySize).toBe(1769);
  }
});

describe('events', () => {
  it('go to the bus that the owner names', async () => {
    stack = await synthesize({ eventBusName: 'telephony', stage: 'blue' });
    expect(environmentOf('announce')).toMatchObject({ EVENT_BUS_NAME: 'telephony', STAGE: 'blue' });
    expect(JSON.stringify(stack.all('AWS::IAM::Policy'))).toContain(':event-bus/telephony');
  });

  it('can be switched off: then nothing is noted, told, or allowed', async () => {
    stack = await synthesize({ events: 'off' });
    for (const step of STEPS) expect([undefined, 'off']).toContain(environmentOf(step).EVENTS);
    expect(environmentOf('recording-copy').EVENTS).toBe('off');
    expect(JSON.stringify(stack.all('AWS::IAM::Policy'))).not.toContain('events:PutEvents');
    const [announce] = stack.functionOf('announce');
    const rules = Object.values(stack.all('AWS::Events::Rule'));
    expect(rules.filter(({ Properties }) => Properties.Targets[0].Arn['Fn::GetAtt'][0] === announce)).toEqual([]);
    const alarms = Object.values(stack.all('AWS::CloudWatch::Alarm')).map(({ Properties }) => Properties.AlarmName);
    expect(alarms.filter((name) => name.includes('announce'))).toEqual([]);
  });
});

describe('the configuration in the functions', () => {
  it('reaches the variables', async () => {
    stack = await synthesize({
      stage: 'blue',
      afterDisclaimer: { kind: 'dial', number: '+14155550123' },
      startBy: 'twiml',
      foreignStreams: 'record-only',
      withoutStream: 'record',
      audioFormat: 'mp3',
      keepAtTwilioHours: 48,
      deletions: 'paused',
      publicUrl: 'https://calls.example.com',
      streamUrl: 'wss://stream.example.com/s',
      twilioRegion: 'ie1',
      twilioEdge: 'dublin',
      reservedConcurrency: { 'incoming-call': 7 },
      recordingConcurrency: 5,
      copyConcurrency: 8,
      deletionConcurrency: 3,
      webhooksPerSecond: 700,
    });
    expect(environmentOf('incoming-call')).toMatchObject({
      AFTER_DISCLAIMER: 'file:after-disclaimer.json',
      START_BY: 'twiml',
      PUBLIC_URL: 'https://calls.example.com',
      STREAM_URL: 'wss://stream.example.com/s',
    });
    expect(environmentOf('stream-connect').FOREIGN_STREAMS).toBe('record-only');
    expect(environmentOf('recording-start').WITHOUT_STREAM).toBe('record');
    // API Gateway takes messages for connections under its own name also behind a custom domain.
    expect(environmentOf('stream-connect').CONNECTIONS_URL).toMatch(/execute-api.*\/blue$/);
    expect(environmentOf('recording-copy')).toMatchObject({ AUDIO_FORMAT: 'mp3', KEEP_AT_TWILIO_SECONDS: '172800' });
    expect(environmentOf('recording-delete')).not.toHaveProperty('AUDIO_FORMAT');
    expect(environmentOf('recording-delete')).toMatchObject({
      KEEP_AT_TWILIO_SECONDS: '172800',
      DELETIONS: 'paused',
      TWILIO_API_URL: 'https://api.dublin.ie1.twilio.com',
    });
    expect(stack.functionOf('incoming-call')[1].Properties).toMatchObject({
      FunctionName: 'call-recorder-blue-incoming-call',
      ReservedConcurrentExecutions: 7,
    });
    const sources = Object.values(stack.all('AWS::Lambda::EventSourceMapping')).map(({ Properties }) => Properties);
    const concurrencyOf = (step: Step) =>
      sources.find(({ FunctionName }) => FunctionName.Ref === stack.functionOf(step)[0])?.ScalingConfig;
    expect(concurrencyOf('recording-start')).toEqual({ MaximumConcurrency: 5 });
    expect(concurrencyOf('recording-copy')).toEqual({ MaximumConcurrency: 8 });
    expect(concurrencyOf('recording-delete')).toEqual({ MaximumConcurrency: 3 });
    const [, webhooks] = stack.one('AWS::ApiGatewayV2::Stage', ({ StageName }) => StageName === '$default');
    expect(webhooks.Properties.DefaultRouteSettings).toMatchObject({
      ThrottlingRateLimit: 700,
      ThrottlingBurstLimit: 1400,
    });
  });
});

test('what reads tokens, rows and callbacks of a new call is deployed before what writes them, so that no call meets older code', () => {
  const [, writer] = stack.functionOf('incoming-call');
  for (const step of ['stream-connect', 'recording-start', 'recording-callback', 'disclaimer'] as const) {
    expect(writer.DependsOn).toContain(stack.functionOf(step)[0]);
  }
});

test("TwiML names the disclaimer's file that lies beside the function which serves it, by what is in it", () => {
  const { DISCLAIMER: name = '' } = environmentOf('incoming-call');
  expect(environmentOf('disclaimer').DISCLAIMER).toBe(name);
  const folder = stack.codeFolderOf('disclaimer');
  const files = readdirSync(folder).filter((file) => file.endsWith('.wav'));
  expect(files).toEqual([name]);
  const bytes = readFileSync(join(folder, name));
  expect(name).toBe(`${createHash('sha256').update(bytes).digest('hex')}.wav`);
  // Twilio takes no more than 6 MB from a function, base64 included.
  expect(bytes.length).toBeLessThan(1_000_000);
});
