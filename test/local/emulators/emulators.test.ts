import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { GetItemCommand, PutItemCommand, QueryCommand } from '@aws-sdk/client-dynamodb';
import {
  type CompletedPart,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  GetObjectCommand,
  HeadObjectCommand,
  PutObjectCommand,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { GetSecretValueCommand, PutSecretValueCommand } from '@aws-sdk/client-secrets-manager';
import {
  ChangeMessageVisibilityCommand,
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  SetQueueAttributesCommand,
} from '@aws-sdk/client-sqs';
import { type AwsClients, createAwsClients, type LocalAws, startLocalAws } from '../../../local/emulators/aws.ts';
import type { AwsRequest } from '../../../local/emulators/emulator-process.ts';
import { type Deployment, deploy } from '../../../local/system/deployment.ts';
import { readCloudAssembly } from '../../../local/template/assembly.ts';
import { FIXTURE_ASSEMBLY, temporaryDirectory, until } from '../support.ts';

const directory = temporaryDirectory();
const requests: AwsRequest[] = [];
const problems: string[] = [];
const assembly = readCloudAssembly(FIXTURE_ASSEMBLY);
const urls = { gateway: 'http://127.0.0.1:3000', public: 'http://127.0.0.1:3000' };
let aws: LocalAws;
let clients: AwsClients;
let deployment: Deployment;

async function start(): Promise<void> {
  aws = await startLocalAws({
    directory,
    secretAccessKey: 'test',
    onRequest: (request) => requests.push(request),
    onProblem: (problem) => problems.push(problem),
  });
  clients = createAwsClients(aws);
  deployment = await deploy({ assembly, aws, clients, urls });
}

async function stop(): Promise<void> {
  clients.destroy();
  await aws.close();
}

/** As a power cut would: no emulator gets to say goodbye. */
async function killAndRestart(): Promise<void> {
  problems.length = 0;
  for (const processId of aws.processIds) process.kill(processId, 'SIGKILL');
  await until(() => problems.length === 3, 'the emulators are gone');
  await stop();
  await start();
}

beforeAll(start);
afterAll(stop);

const queueUrl = (logicalId: string) => deployment.queues.get(logicalId)?.url;

describe('deployment', () => {
  test('hands functions the names of what was created, and local URLs', () => {
    const [puppet] = deployment.functions;
    expect(puppet?.environment).toEqual({
      TABLE_NAME: 'fixture-Table',
      BUCKET_NAME: 'fixture-bucket',
      TWILIO_SECRET_ID: expect.stringMatching(/^arn:aws:secretsmanager:us-east-1:000000000000:secret:fixture-Secret-/),
      QUEUE_URL: `${aws.endpoints.sqs}/000000000000/fixture-work`,
      PUBLIC_URL: 'http://127.0.0.1:3000',
      STREAM_URL: 'ws://127.0.0.1:3000',
      CONNECTIONS_URL: 'http://127.0.0.1:3000',
      KEEP_AT_TWILIO_SECONDS: '86400',
    });
  });

  test('gives queues the attributes of the template', async () => {
    const attributes = async (logicalId: string) => {
      const command = new GetQueueAttributesCommand({ QueueUrl: queueUrl(logicalId), AttributeNames: ['All'] });
      return (await clients.sqs.send(command)).Attributes;
    };
    const queue = await attributes('Queue');
    expect(queue).toMatchObject({ VisibilityTimeout: '1' });
    expect(JSON.parse(queue?.RedrivePolicy ?? '{}')).toEqual({
      deadLetterTargetArn: deployment.queues.get('DeadLetters')?.arn,
      maxReceiveCount: 2,
    });
    expect(await attributes('DeadLetters')).toMatchObject({ MessageRetentionPeriod: '1209600' });
    expect(await attributes('DelayedQueue')).toMatchObject({ DelaySeconds: '1' });
  });

  test('brings queues of an older template up to date', async () => {
    const QueueUrl = queueUrl('Queue');
    const Attributes = { VisibilityTimeout: '77', DelaySeconds: '9' };
    await clients.sqs.send(new SetQueueAttributesCommand({ QueueUrl, Attributes }));
    await deploy({ assembly, aws, clients, urls });
    const updated = await clients.sqs.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['All'] }));
    expect(updated.Attributes).toMatchObject({ VisibilityTimeout: '1', DelaySeconds: '0' });
  });

  test('replaces variables that the caller overrides, where a function has them', async () => {
    const overridden = await deploy({
      assembly,
      aws,
      clients,
      urls,
      overrides: { KEEP_AT_TWILIO_SECONDS: '3', NEW: 'x' },
    });
    const [puppet, worker] = overridden.functions;
    expect(puppet?.environment).toMatchObject({ KEEP_AT_TWILIO_SECONDS: '3' });
    expect(puppet?.environment).not.toHaveProperty('NEW');
    expect(worker?.environment).toEqual({});
  });
});

describe('requests', () => {
  test('are counted by caller, service and operation', async () => {
    const one = createAwsClients(aws, 'ONE');
    const two = createAwsClients(aws, 'TWO');
    const { tableName: TableName, bucketName: Bucket, secretId: SecretId } = deployment;
    const Key = { callSid: { S: 'CA0' }, item: { S: 'CALL' } };
    await one.dynamodb.send(new GetItemCommand({ TableName, Key }));
    await one.sqs.send(new SendMessageCommand({ QueueUrl: queueUrl('DelayedQueue'), MessageBody: 'x' }));
    await one.s3.send(new PutObjectCommand({ Bucket, Key: 'counted', Body: 'x' }));
    await two.s3.send(new HeadObjectCommand({ Bucket, Key: 'counted' }));
    await two.secretsmanager.send(new PutSecretValueCommand({ SecretId, SecretString: '{}' }));
    one.destroy();
    two.destroy();
    const counted = () => requests.filter(({ accessKeyId }) => accessKeyId === 'ONE' || accessKeyId === 'TWO');
    await until(() => counted().length >= 5, 'all requests are reported');
    expect(new Set(counted())).toEqual(
      new Set([
        { accessKeyId: 'ONE', service: 'dynamodb', operation: 'GetItem' },
        { accessKeyId: 'ONE', service: 'sqs', operation: 'SendMessage' },
        { accessKeyId: 'ONE', service: 's3', operation: 'PutObject' },
        { accessKeyId: 'TWO', service: 's3', operation: 'HeadObject' },
        { accessKeyId: 'TWO', service: 'secretsmanager', operation: 'PutSecretValue' },
      ]),
    );
  });
});

describe('S3', () => {
  const put = (Key: string, Body: string | Buffer, more: object = {}) =>
    clients.s3.send(new PutObjectCommand({ Bucket: deployment.bucketName, Key, Body, ...more }));

  test('never overwrites where If-None-Match forbids it', async () => {
    await put('once', 'first', { IfNoneMatch: '*' });
    await expect(put('once', 'second', { IfNoneMatch: '*' })).rejects.toMatchObject({
      name: 'PreconditionFailed',
      $metadata: { httpStatusCode: 412 },
    });
    const { Body } = await clients.s3.send(new GetObjectCommand({ Bucket: deployment.bucketName, Key: 'once' }));
    expect(await Body?.transformToString()).toBe('first');
  });

  test('takes a body of more than 11 MiB, and multipart uploads with a checksum', async () => {
    const large = Buffer.alloc(12 * 1024 * 1024, 7);
    await put('large', large);
    const Bucket = deployment.bucketName;
    const { UploadId } = await clients.s3.send(
      new CreateMultipartUploadCommand({ Bucket, Key: 'parts', ChecksumAlgorithm: 'SHA256' }),
    );
    const Parts: CompletedPart[] = [];
    for (const [PartNumber, Body] of [
      [1, large.subarray(0, 6 * 1024 * 1024)],
      [2, Buffer.from('rest')],
    ] as const) {
      const { ETag, ChecksumSHA256 } = await clients.s3.send(
        new UploadPartCommand({ Bucket, Key: 'parts', UploadId, PartNumber, Body, ChecksumAlgorithm: 'SHA256' }),
      );
      Parts.push({ ETag, ChecksumSHA256, PartNumber });
    }
    const complete = () =>
      clients.s3.send(
        new CompleteMultipartUploadCommand({
          Bucket,
          Key: 'parts',
          UploadId,
          MultipartUpload: { Parts },
          IfNoneMatch: '*',
        }),
      );
    await complete();
    const head = await clients.s3.send(new HeadObjectCommand({ Bucket, Key: 'parts', ChecksumMode: 'ENABLED' }));
    expect(head).toMatchObject({ ContentLength: 6 * 1024 * 1024 + 4, ChecksumSHA256: expect.stringMatching(/-2$/) });
    await expect(complete()).rejects.toMatchObject({ $metadata: { httpStatusCode: 412 } });
    const { ContentLength } = await clients.s3.send(new HeadObjectCommand({ Bucket, Key: 'large' }));
    expect(ContentLength).toBe(large.length);
  });
});

describe('SQS', () => {
  const send = (logicalId: string, MessageBody: string) =>
    clients.sqs.send(new SendMessageCommand({ QueueUrl: queueUrl(logicalId), MessageBody }));
  const receive = async (logicalId: string, WaitTimeSeconds: number) => {
    const command = new ReceiveMessageCommand({
      QueueUrl: queueUrl(logicalId),
      WaitTimeSeconds,
      MessageSystemAttributeNames: ['All'],
    });
    return (await clients.sqs.send(command)).Messages?.[0];
  };

  test('shows a message again at once when its visibility is set to 0, and keeps count of it', async () => {
    await send('Queue', 'again');
    const first = await receive('Queue', 2);
    await clients.sqs.send(
      new ChangeMessageVisibilityCommand({
        QueueUrl: queueUrl('Queue'),
        ReceiptHandle: first?.ReceiptHandle,
        VisibilityTimeout: 0,
      }),
    );
    const second = await receive('Queue', 0);
    expect(second).toMatchObject({ Body: 'again', Attributes: { ApproximateReceiveCount: '2' } });
    // The template allows two receives: the third one finds it among the dead letters.
    await until(async () => (await receive('Queue', 1)) === undefined, 'the message has left the queue');
    expect(await receive('DeadLetters', 2)).toMatchObject({ Body: 'again' });
  });
});

describe('after a kill', () => {
  test('tables, queues, buckets and secrets are as they were', async () => {
    const TableName = deployment.tableName;
    const Item = { callSid: { S: 'CA1' }, item: { S: 'CALL' }, dueShard: { S: 'copy#1' }, due: { S: '2026' } };
    const secretBefore = deployment.secretId;
    await clients.dynamodb.send(new PutItemCommand({ TableName, Item }));
    await clients.s3.send(new PutObjectCommand({ Bucket: deployment.bucketName, Key: 'a/b.wav', Body: 'audio' }));
    await clients.sqs.send(new SendMessageCommand({ QueueUrl: queueUrl('DelayedQueue'), MessageBody: 'kept' }));
    await clients.secretsmanager.send(
      new PutSecretValueCommand({ SecretId: deployment.secretId, SecretString: '{"authToken":"t"}' }),
    );
    // What a kill in the middle of a write leaves behind.
    writeFileSync(join(directory, 's3', 'buckets', deployment.bucketName, 'objects', 'torn.meta.json'), '{"key":"to');

    await killAndRestart();

    const { Items } = await clients.dynamodb.send(
      new QueryCommand({
        TableName,
        IndexName: 'due',
        KeyConditionExpression: 'dueShard = :shard',
        ExpressionAttributeValues: { ':shard': { S: 'copy#1' } },
      }),
    );
    expect(Items).toMatchObject([{ callSid: { S: 'CA1' } }]);
    const { Body } = await clients.s3.send(new GetObjectCommand({ Bucket: deployment.bucketName, Key: 'a/b.wav' }));
    expect(await Body?.transformToString()).toBe('audio');
    expect(queueUrl('DelayedQueue')).toContain(aws.endpoints.sqs);
    const bodies: (string | undefined)[] = [];
    await until(async () => {
      const { Messages = [] } = await clients.sqs.send(
        new ReceiveMessageCommand({ QueueUrl: queueUrl('DelayedQueue'), WaitTimeSeconds: 1, MaxNumberOfMessages: 10 }),
      );
      bodies.push(...Messages.map((message) => message.Body));
      return bodies.includes('kept');
    }, 'the message is received');
    const secret = await clients.secretsmanager.send(new GetSecretValueCommand({ SecretId: secretBefore }));
    expect(secret.SecretString).toBe('{"authToken":"t"}');
    expect(JSON.parse(readFileSync(join(directory, 'secretsmanager.json'), 'utf8'))).toHaveLength(1);
  });
});
