/** What the options that few owners need do to the template. */
import { join } from 'node:path';
import type { StartBy, WithoutStream } from '../../../lambdas/shared/contract/settings.ts';
import { STEPS, type Step } from '../../../lambdas/shared/contract/steps.ts';
import { shared } from '../../shared/shared.ts';
import { CANARY, type Json, type Synthesized, synthesize } from '../synthesized.ts';

const constructs = shared<typeof import('../constructs.ts')>(join(import.meta.dirname, '..', 'constructs.ts'));
const KEY = 'arn:aws:kms:eu-central-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab';
const TOPIC = 'arn:aws:sns:eu-central-1:111122223333:on-call';
const CERTIFICATE = 'arn:aws:acm:eu-central-1:111122223333:certificate/1234abcd-12ab-34cd-56ef-1234567890ab';

const environmentOf = (stack: Synthesized, step: Step): Json =>
  stack.functionOf(step)[1].Properties.Environment.Variables;

describe('custom domains', () => {
  let stack: Synthesized;
  beforeAll(async () => {
    stack = await synthesize({
      stage: 'blue',
      webhookDomain: { name: 'calls.example.com', certificateArn: CERTIFICATE },
      streamDomain: { name: 'stream.example.com', certificateArn: CERTIFICATE },
    });
  });

  it.each([
    ['calls.example.com', 'HTTP', '$default'],
    ['stream.example.com', 'WEBSOCKET', 'blue'],
  ] as const)('%s leads to the %s API, by TLS 1.2 and with the certificate', (name, protocol, stageName) => {
    const [id, domain] = stack.one('AWS::ApiGatewayV2::DomainName', ({ DomainName }) => DomainName === name);
    expect(domain.Properties.DomainNameConfigurations).toEqual([
      { CertificateArn: CERTIFICATE, EndpointType: 'REGIONAL', SecurityPolicy: 'TLS_1_2' },
    ]);
    const [, mapping] = stack.one('AWS::ApiGatewayV2::ApiMapping', ({ DomainName }) => DomainName.Ref === id);
    const [api] = stack.one('AWS::ApiGatewayV2::Api', ({ ProtocolType }) => ProtocolType === protocol);
    expect(mapping.Properties.ApiId).toEqual({ Ref: api });
    expect(mapping.Properties.ApiMappingKey).toBeUndefined();
    const [stage] = stack.one('AWS::ApiGatewayV2::Stage', ({ StageName }) => StageName === stageName);
    expect(mapping.Properties.Stage).toBe(stageName);
    // CloudFormation cannot see from the name alone that the stage must be there first.
    expect(mapping.DependsOn).toContain(stage);
  });

  it('are what Twilio is given, without a stage, and what signatures are checked over', () => {
    expect(environmentOf(stack, 'incoming-call')).toMatchObject({
      PUBLIC_URL: 'https://calls.example.com',
      STREAM_URL: 'wss://stream.example.com',
    });
    expect(environmentOf(stack, 'recording-callback').PUBLIC_URL).toBe('https://calls.example.com');
    expect(environmentOf(stack, 'stream-connect').STREAM_URL).toBe('wss://stream.example.com');
  });

  it('leave commands to connections to the address that needs no DNS record, which has the stage', () => {
    const url = environmentOf(stack, 'stream-connect').CONNECTIONS_URL['Fn::Join'][1];
    expect(url.slice(-1)).toEqual(['/blue']);
    expect(JSON.stringify(url)).toContain('.execute-api.');
  });

  it('say in the outputs where their DNS records must lead', () => {
    const outputs = stack.outputs;
    const [webhooks] = stack.one(
      'AWS::ApiGatewayV2::DomainName',
      ({ DomainName }) => DomainName === 'calls.example.com',
    );
    const [stream] = stack.one(
      'AWS::ApiGatewayV2::DomainName',
      ({ DomainName }) => DomainName === 'stream.example.com',
    );
    expect(outputs.WebhookDomainTarget?.Value).toEqual({ 'Fn::GetAtt': [webhooks, 'RegionalDomainName'] });
    expect(outputs.StreamDomainTarget?.Value).toEqual({ 'Fn::GetAtt': [stream, 'RegionalDomainName'] });
    expect(outputs.VoiceUrl?.Value).toBe('https://calls.example.com/voice');
  });
});

describe('what must be in the region of the stack', () => {
  const webhookDomain = { name: 'calls.example.com', certificateArn: CERTIFICATE };
  const options = { webhookDomain, kmsKeyArn: KEY, alarmTopicArn: TOPIC, noticeTopicArn: TOPIC };
  it.each([
    'certificateArn: the certificate of calls.example.com is in eu-central-1, but',
    'kmsKeyArn: the key is in eu-central-1, but',
    'alarmTopicArn: the topic is in eu-central-1, but',
    'noticeTopicArn: the topic is in eu-central-1, but',
  ])('%s …: is an error elsewhere, as soon as the region is known', async (message) => {
    const errorsIn = async (region: string) => {
      const errors = await constructs('errorsWith', options, { region });
      return errors.filter((error) => new RegExp(`${message} must be .* us-east-1`).test(error));
    };
    expect(await errorsIn('eu-central-1')).toEqual([]);
    expect(await errorsIn('us-east-1')).toHaveLength(1);
  });
});

describe('a KMS key of the owner', () => {
  const encrypted = { kmsKeyArn: KEY };
  const everything = ['bucket', 'table', 'queues', 'secret', 'topic', 'logs'] as const;
  /** What a step may do with the key. */
  const keyActions = (stack: Synthesized, step: Step): readonly string[] =>
    stack
      .statementsOf(step)
      .filter(({ Resource }) => Resource === KEY)
      .flatMap(({ Action }) => Action)
      .sort();

  it('encrypts bucket, table, queues and secret, unless told otherwise', async () => {
    const stack = await synthesize(encrypted);
    const [, bucket] = stack.one('AWS::S3::Bucket');
    expect(bucket.Properties.BucketEncryption.ServerSideEncryptionConfiguration).toEqual([
      { BucketKeyEnabled: true, ServerSideEncryptionByDefault: { SSEAlgorithm: 'aws:kms', KMSMasterKeyID: KEY } },
    ]);
    const [, table] = stack.one('AWS::DynamoDB::Table');
    expect(table.Properties.SSESpecification).toEqual({ KMSMasterKeyId: KEY, SSEEnabled: true, SSEType: 'KMS' });
    const queues = Object.values(stack.all('AWS::SQS::Queue'));
    expect(queues.map(({ Properties }) => Properties.KmsMasterKeyId)).toEqual(queues.map(() => KEY));
    const secrets = Object.values(stack.all('AWS::SecretsManager::Secret'));
    expect(secrets.map(({ Properties }) => Properties.KmsKeyId)).toEqual([KEY, KEY]);
    for (const { Properties } of Object.values(stack.all('AWS::SNS::Topic'))) {
      expect(Properties.KmsMasterKeyId).toBeUndefined();
    }
    for (const { Properties } of Object.values(stack.all('AWS::Logs::LogGroup'))) {
      expect(Properties.KmsKeyId).toBeUndefined();
    }
  });

  it('encrypts the alarms on their way and the logs where it is told to', async () => {
    const stack = await synthesize({ ...encrypted, kmsKeyFor: everything });
    const topics = Object.values(stack.all('AWS::SNS::Topic'));
    expect(topics.map(({ Properties }) => Properties.KmsMasterKeyId)).toEqual([KEY, KEY]);
    for (const { Properties } of Object.values(stack.all('AWS::Logs::LogGroup'))) expect(Properties.KmsKeyId).toBe(KEY);
  });

  it('is used by each step for what it reads and writes, and for nothing else', async () => {
    const stack = await synthesize({ ...encrypted, canary: CANARY });
    const read = ['kms:Decrypt'];
    const write = ['kms:Decrypt', 'kms:GenerateDataKey'];
    const table = [
      ...write,
      'kms:DescribeKey',
      'kms:Encrypt',
      'kms:GenerateDataKeyWithoutPlaintext',
      'kms:ReEncryptFrom',
      'kms:ReEncryptTo',
    ].sort();
    const readers: readonly Step[] = ['recording-play'];
    for (const step of readers) {
      expect([step, keyActions(stack, step)]).toEqual([step, ['kms:Decrypt', 'kms:DescribeKey']]);
    }
    for (const step of STEPS) {
      // Nothing is encrypted of what is served to anyone.
      const expected = step === 'disclaimer' ? [] : table;
      if (!readers.includes(step)) expect([step, keyActions(stack, step)]).toEqual([step, expected]);
    }

    // Without one nothing invokes its function.
    expect(keyActions(await synthesize(encrypted), 'canary')).toEqual([]);

    const bucketOnly = await synthesize({ ...encrypted, canary: CANARY, kmsKeyFor: ['bucket'] });
    expect(keyActions(bucketOnly, 'canary')).toEqual(write);
    expect(keyActions(bucketOnly, 'recording-copy')).toEqual(write);
    expect(keyActions(bucketOnly, 'recording-delete')).toEqual(read);
    expect(keyActions(bucketOnly, 'look-up')).toEqual(read);
    expect(keyActions(bucketOnly, 'erase')).toEqual(write);
    const users: readonly Step[] = ['canary', 'recording-copy', 'recording-delete', 'erase', 'look-up'];
    const others = STEPS.filter((step) => !users.includes(step));
    for (const step of others) expect([step, keyActions(bucketOnly, step)]).toEqual([step, []]);

    const queuesOnly = await synthesize({ ...encrypted, kmsKeyFor: ['queues'] });
    expect(keyActions(queuesOnly, 'stream-connect')).toEqual(write);
    expect(keyActions(queuesOnly, 'recording-copy')).toEqual(read);
    expect(keyActions(queuesOnly, 'incoming-call')).toEqual([]);
  });
});

describe('a bucket of the owner', () => {
  it('takes the recordings, and is otherwise left alone', async () => {
    const stack = await synthesize({ bucketName: 'recordings-of-example' });
    expect(stack.all('AWS::S3::Bucket')).toEqual({});
    expect(stack.all('AWS::S3::BucketPolicy')).toEqual({});
    expect(environmentOf(stack, 'recording-copy').BUCKET_NAME).toBe('recordings-of-example');
    const arn = (path: string) => ({
      'Fn::Join': ['', ['arn:', { Ref: 'AWS::Partition' }, `:s3:::recordings-of-example${path}`]],
    });
    const statements = stack.statementsOf('recording-delete');
    expect(statements).toContainEqual({ Effect: 'Allow', Action: 's3:GetObject', Resource: arn('/recordings/*') });
    expect(statements).toContainEqual({ Effect: 'Allow', Action: 's3:ListBucket', Resource: arn('') });
  });
});

describe('ageing recordings', () => {
  it('move to colder storage, then expire with all their versions', async () => {
    const stack = await synthesize({
      coldStorage: [
        { afterDays: 30, storageClass: 'STANDARD_IA' },
        { afterDays: 90, storageClass: 'DEEP_ARCHIVE' },
      ],
      expireAfterDays: 3650,
    });
    const ofRecordings = { Prefix: 'recordings/', Status: 'Enabled' };
    const ofPeaks = { ...ofRecordings, Prefix: 'peaks/' };
    expect(stack.one('AWS::S3::Bucket')[1].Properties.LifecycleConfiguration.Rules).toEqual([
      expect.objectContaining({ Id: 'abort-incomplete-uploads' }),
      {
        ...ofRecordings,
        Id: 'cold-storage',
        Transitions: [
          { StorageClass: 'STANDARD_IA', TransitionInDays: 30 },
          { StorageClass: 'DEEP_ARCHIVE', TransitionInDays: 90 },
        ],
      },
      {
        ...ofRecordings,
        Id: 'expire',
        ExpirationInDays: 3650,
        NoncurrentVersionExpiration: { NoncurrentDays: 1 },
      },
      { ...ofRecordings, Id: 'remove-delete-markers', ExpiredObjectDeleteMarker: true },
      {
        ...ofPeaks,
        Id: 'expire-peaks',
        ExpirationInDays: 3650,
        NoncurrentVersionExpiration: { NoncurrentDays: 1 },
      },
      { ...ofPeaks, Id: 'remove-delete-markers-peaks', ExpiredObjectDeleteMarker: true },
    ]);
  });

  it('are a canary’s: they expire a week after Twilio’s copies, and no other expires', async () => {
    const stack = await synthesize({ canary: CANARY, keepAtTwilioHours: 25 });
    const ofCanary = { Prefix: 'recordings/canary/', Status: 'Enabled' };
    expect(stack.one('AWS::S3::Bucket')[1].Properties.LifecycleConfiguration.Rules).toEqual([
      expect.objectContaining({ Id: 'abort-incomplete-uploads' }),
      {
        ...ofCanary,
        Id: 'expire-canary',
        ExpirationInDays: 9,
        NoncurrentVersionExpiration: { NoncurrentDays: 1 },
      },
      { ...ofCanary, Id: 'remove-canary-delete-markers', ExpiredObjectDeleteMarker: true },
    ]);
  });

  it.each(['GOVERNANCE', 'COMPLIANCE'] as const)('are locked: %s', async (mode) => {
    const [, bucket] = (await synthesize({ objectLock: { mode, days: 365 } })).one('AWS::S3::Bucket');
    expect(bucket.Properties.ObjectLockEnabled).toBe(true);
    expect(bucket.Properties.ObjectLockConfiguration).toEqual({
      ObjectLockEnabled: 'Enabled',
      Rule: { DefaultRetention: { Mode: mode, Days: 365 } },
    });
    expect(bucket.Properties.VersioningConfiguration).toEqual({ Status: 'Enabled' });
  });
});

describe('a topic of the owner', () => {
  it('gets all alarms, and no other is made', async () => {
    const stack = await synthesize({ alarmTopicArn: TOPIC });
    expect(stack.all('AWS::SNS::Topic')).toEqual({});
    const alarms = Object.values(stack.all('AWS::CloudWatch::Alarm'));
    expect(alarms.length).toBeGreaterThan(20);
    for (const { Properties } of alarms) expect(Properties.AlarmActions).toEqual([TOPIC]);
  });
});

describe('notices', () => {
  const NOTICES = 'arn:aws:sns:eu-central-1:111122223333:notices';
  /** Who is subscribed to which topic, by the topic's name. */
  const subscriptionsOf = (stack: Synthesized): readonly (readonly [string, string])[] =>
    Object.values(stack.all('AWS::SNS::Subscription'))
      .map(({ Properties }) => {
        const topic = stack.resources[Properties.TopicArn.Ref]?.Properties.TopicName;
        return [String(topic), String(Properties.Endpoint)] as const;
      })
      .sort();
  const targetsOf = (stack: Synthesized): ReadonlySet<string> =>
    new Set(
      Object.values(stack.all('AWS::CloudWatch::Alarm')).map(({ Properties }) => String(Properties.AlarmActions)),
    );

  it('go to the address of the alarms, by a topic of their own', async () => {
    expect(subscriptionsOf(await synthesize({ alarmEmail: 'a@example.com' }))).toEqual([
      ['call-recorder-prod-alarms', 'a@example.com'],
      ['call-recorder-prod-notices', 'a@example.com'],
    ]);
  });

  it('go to their own address, and to no other', async () => {
    const own = await synthesize({ alarmEmail: 'a@example.com', noticeEmail: 'n@example.com' });
    expect(subscriptionsOf(own)).toEqual([
      ['call-recorder-prod-alarms', 'a@example.com'],
      ['call-recorder-prod-notices', 'n@example.com'],
    ]);
  });

  it('go to their own address beside a topic of the owner, encrypted where that is asked for', async () => {
    const options = { noticeEmail: 'n@example.com', kmsKeyArn: KEY, kmsKeyFor: ['topic'] as const };
    const stack = await synthesize({ alarmTopicArn: TOPIC, ...options });
    expect(subscriptionsOf(stack)).toEqual([['call-recorder-prod-notices', 'n@example.com']]);
    expect(stack.one('AWS::SNS::Topic')[1].Properties.KmsMasterKeyId).toBe(KEY);
  });

  it('go to a second topic of the owner', async () => {
    const stack = await synthesize({ alarmTopicArn: TOPIC, noticeTopicArn: NOTICES });
    expect(stack.all('AWS::SNS::Topic')).toEqual({});
    expect(targetsOf(stack)).toEqual(new Set([TOPIC, NOTICES]));
  });
});

describe("Twilio's region and edge", () => {
  it('make the address of its REST API together', async () => {
    const urlOf = async (changes: object) => environmentOf(await synthesize(changes), 'recording-copy').TWILIO_API_URL;
    expect(await urlOf({})).toBe('https://api.twilio.com');
    expect(await urlOf({ twilioRegion: 'au1', twilioEdge: 'sydney' })).toBe('https://api.sydney.au1.twilio.com');
  });
});

describe('two stages in one account', () => {
  it('share no name', async () => {
    const namesIn = async (stage: string): Promise<readonly string[]> => {
      const { resources } = await synthesize({ stage });
      return Object.values(resources).flatMap(({ Properties = {} }) =>
        Object.entries(Properties).flatMap(([name, value]) =>
          /^(FunctionName|QueueName|TopicName|AlarmName|LogGroupName|TableName|BucketName|RoleName|Name)$/.test(name) &&
          typeof value === 'string'
            ? [value]
            : [],
        ),
      );
    };
    const [blue, green] = [await namesIn('blue'), await namesIn('green')];
    expect(blue.length).toBeGreaterThan(40);
    expect(blue.filter((name) => green.includes(name))).toEqual([]);
  });
});

it.each<[StartBy, WithoutStream, unknown[]]>([
  ['twiml', 'record', [expect.stringMatching(/^withoutStream: has no meaning for calls whose recording TwiML starts/)]],
  ['twiml', 'leave', []],
  ['stream', 'record', []],
])('startBy %s with withoutStream %s is said to be idle, or is not', async (startBy, withoutStream, warnings) => {
  expect(await constructs('limitsWarnedOf', { startBy, withoutStream })).toEqual(warnings);
});

describe('the caps of the workers', () => {
  const LAMBDA = /leaves nothing of the (\d+) concurrent executions/;
  const TWILIO = /Twilio may refuse more than (\d+)/;

  it.each([
    ['the defaults', {}, []],
    ['as many copies as Twilio takes', { copyConcurrency: 100 }, [TWILIO]],
    ['the same where Twilio takes more', { copyConcurrency: 100, twilioConcurrency: 200 }, []],
    ['the account of a beginner', { lambdaConcurrency: 50 }, [LAMBDA]],
    [
      'what is reserved for others',
      { reservedConcurrency: { 'incoming-call': 900 }, copyConcurrency: 80 },
      [LAMBDA, TWILIO],
    ],
    ['deletions among them', { deletionConcurrency: 60 }, [TWILIO]],
  ])('are compared with the limits: %s', async (_, options, warnings) => {
    expect(await constructs('limitsWarnedOf', options)).toEqual(warnings.map((one) => expect.stringMatching(one)));
  });

  it('are compared in each recorder, as is how recordings start', async () => {
    const warnings = await constructs('warningsWith', {
      copyConcurrency: 100,
      startBy: 'twiml',
      withoutStream: 'record',
    });
    expect(warnings).toEqual([expect.stringMatching(TWILIO), expect.stringContaining('withoutStream')]);
    expect(await constructs('warningsWith', {})).toEqual([]);
  });
});
