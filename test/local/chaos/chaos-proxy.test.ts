/** Every kind of fault, met by the real clients of the services: AWS's SDK, and the adapter that talks to Twilio. */
import { CreateTableCommand, DynamoDBClient, GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import {
  CreateBucketCommand,
  GetObjectCommand,
  HeadObjectCommand,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { CreateSecretCommand, GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { CreateQueueCommand, ReceiveMessageCommand, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { twilioRest } from '../../../lambdas/shared/adapters/twilio/twilio-rest.ts';
import type { Fault } from '../../../local/chaos/faults/fault-schedule.ts';
import { type FaultProxy, type ObservedRequest, startProxy } from '../../../local/chaos/faults/proxy.ts';
import { type AwsClients, createAwsClients, type LocalAws, startLocalAws } from '../../../local/emulators/aws.ts';
import type { Backend } from '../../../local/system/backends.ts';
import { type PlacedCall, startTwilioServer, type TwilioServer } from '../../../local/twilio/server/server.ts';
import { temporaryDirectory, until } from '../support.ts';

const ACCOUNT = { accountSid: `AC${'0'.repeat(32)}`, authToken: 'token' };
const CALL = `CA${'1'.repeat(32)}`;

let aws: LocalAws;
/** Goes around the proxies. */
let direct: AwsClients;
let twilio: TwilioServer;
let queueUrl = '';
let recordingSid = '';
const proxies = new Map<Backend, FaultProxy>();
const seen: ObservedRequest[] = [];
/** What the next requests meet, in turn; none once it is empty. */
let faults: (Fault | undefined)[] = [];

/** Long enough for a machine that is busy with other tests, where nothing is to be waited for. */
const PATIENT = { requestTimeout: 300_000, connectionTimeout: 300_000 };
const options = (backend: Backend, maxAttempts: number, requestHandler: object = PATIENT) => ({
  region: 'us-east-1',
  credentials: { accessKeyId: 'LOCALTEST', secretAccessKey: 'local' },
  endpoint: urlOf(backend),
  maxAttempts,
  requestHandler,
});
const proxyOf = (backend: Backend): FaultProxy => {
  const proxy = proxies.get(backend);
  if (proxy === undefined) throw new Error(`No proxy stands before ${backend}.`);
  return proxy;
};
const urlOf = (backend: Backend) => proxyOf(backend).url;

beforeAll(async () => {
  aws = await startLocalAws({ directory: temporaryDirectory(), secretAccessKey: 'test' });
  direct = createAwsClients(aws);
  twilio = await startTwilioServer({
    port: 0,
    dataDirectory: temporaryDirectory(),
    credentials: ACCOUNT,
    registrationDelay: () => 0,
    settings: { processingMilliseconds: 0 },
  });
  const urls = { ...aws.endpoints, twilio: twilio.url };
  for (const [name, backendUrl] of Object.entries(urls)) {
    const backend = name as Backend;
    const faultOf = () => faults.shift();
    proxies.set(backend, await startProxy({ backend, backendUrl, faultOf, onSeen: (request) => seen.push(request) }));
  }
  await direct.dynamodb.send(
    new CreateTableCommand({
      TableName: 'calls',
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
      KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
    }),
  );
  await direct.s3.send(new CreateBucketCommand({ Bucket: 'audio' }));
  await direct.secretsmanager.send(new CreateSecretCommand({ Name: 'secret', SecretString: 'value' }));
  const queue = await direct.sqs.send(new CreateQueueCommand({ QueueName: 'work' }));
  queueUrl = queue.QueueUrl ?? '';
  recordingSid = await twilio.importRecording({ callSid: CALL, wav: await tone(temporaryDirectory()) });
});
afterAll(async () => {
  await Promise.all([...proxies.values()].map((proxy) => proxy.close()));
  direct.destroy();
  await Promise.all([aws.close(), twilio.close()]);
});
beforeEach(() => {
  faults = [];
  seen.length = 0;
});

/** Two seconds of two channels. */
async function tone(directory: string): Promise<string> {
  const { writeFileSync } = await import('node:fs');
  const { wavHeader } = await import('../../../local/twilio/audio/wav.ts');
  const samples = Buffer.alloc(64_000, 7);
  writeFileSync(`${directory}/tone.wav`, Buffer.concat([wavHeader(2, samples.length), samples]));
  return `${directory}/tone.wav`;
}

let ids = 0;
const put = (client: DynamoDBClient, id: string) =>
  client.send(new PutItemCommand({ TableName: 'calls', Item: { id: { S: id } } }));
const isThere = async (id: string) =>
  (await direct.dynamodb.send(new GetItemCommand({ TableName: 'calls', Key: { id: { S: id } } }))).Item !== undefined;

describe('a write', () => {
  test.each<[Fault, boolean, RegExp]>([
    [{ kind: 'reset-before' }, false, /ECONNRESET|socket hang up/],
    [{ kind: 'reset-after' }, true, /ECONNRESET|socket hang up/],
    [{ kind: 'failed-after' }, true, /InternalServerError/],
    [{ kind: 'truncated', share: 0.6 }, true, /./],
    [{ kind: 'error-500' }, false, /InternalServerError/],
    [{ kind: 'error-503' }, false, /ServiceUnavailable/],
    [{ kind: 'throttled' }, false, /ProvisionedThroughputExceededException/],
  ])('meets %j; that it has happened is %p', async (fault, hasHappened, error) => {
    const client = new DynamoDBClient(options('dynamodb', 1));
    const id = `write ${ids++}`;
    faults = [fault];
    const failure = await put(client, id).then(
      () => undefined,
      (reason: Error) => `${reason.name} ${reason.message} ${(reason as { code?: string }).code}`,
    );
    client.destroy();
    expect(failure).toMatch(error);
    expect(await isThere(id)).toBe(hasHappened);
    await until(() => seen.length === 1, 'the proxy has told');
    expect(seen[0]).toMatchObject({ backend: 'dynamodb', operation: 'PutItem', fault: fault.kind, delivered: false });
    expect(seen[0]?.effect?.status).toBe(hasHappened ? 200 : undefined);
  });

  test('is delayed, and then goes through', async () => {
    const client = new DynamoDBClient(options('dynamodb', 1));
    faults = [{ kind: 'delayed', milliseconds: 300 }];
    const begun = Date.now();
    await put(client, 'delayed');
    client.destroy();
    expect(Date.now() - begun).toBeGreaterThanOrEqual(299);
    expect(seen[0]).toMatchObject({ fault: 'delayed', delivered: true, effect: { status: 200 } });
  });

  test('comes late: its sender has given up, and it happens all the same', async () => {
    const client = new DynamoDBClient(options('dynamodb', 1, { requestTimeout: 100, throwOnRequestTimeout: true }));
    faults = [{ kind: 'late', milliseconds: 3000 }];
    await expect(put(client, 'late')).rejects.toThrow(/time|abort|hang up/i);
    expect(await isThere('late')).toBe(false);
    await until(() => isThere('late'), 'the write has come');
    client.destroy();
    expect(seen[0]).toMatchObject({ fault: 'late', delivered: false, effect: { status: 200 } });
  });
});

/** A request to each service that succeeds when it gets through. */
const REQUESTS: { readonly [service: string]: (maxAttempts: number) => Promise<{ $metadata: { attempts?: number } }> } =
  {
    dynamodb: (attempts) => put(new DynamoDBClient(options('dynamodb', attempts)), 'retried'),
    s3: (attempts) =>
      new S3Client({ ...options('s3', attempts), forcePathStyle: true }).send(
        new PutObjectCommand({ Bucket: 'audio', Key: 'retried', Body: 'sound' }),
      ),
    sqs: (attempts) =>
      new SQSClient(options('sqs', attempts)).send(
        new SendMessageCommand({ QueueUrl: queueUrl.replace(aws.endpoints.sqs, urlOf('sqs')), MessageBody: 'm' }),
      ),
    secretsmanager: (attempts) =>
      new SecretsManagerClient(options('secretsmanager', attempts)).send(
        new GetSecretValueCommand({ SecretId: 'secret' }),
      ),
  };

describe.each(Object.entries(REQUESTS))('%s', (service, request) => {
  test.each<[Fault, number]>([
    [{ kind: 'error-500' }, 500],
    [{ kind: 'error-503' }, 503],
    [{ kind: 'throttled' }, service === 's3' ? 503 : 400],
  ])('is refused in its own words, which its client repeats: %j', async (fault, status) => {
    faults = [fault];
    await expect(request(1)).rejects.toMatchObject({ $metadata: { httpStatusCode: status } });
    faults = [fault];
    expect((await request(3)).$metadata.attempts).toBe(2);
  });

  test('a connection that breaks is repeated too', async () => {
    faults = [{ kind: 'reset-before' }, { kind: 'reset-after' }];
    expect((await request(3)).$metadata.attempts).toBe(3);
  });

  test('a throttling is known as one', async () => {
    faults = [{ kind: 'throttled' }];
    const names = { dynamodb: 'ProvisionedThroughputExceededException', s3: 'SlowDown', sqs: 'RequestThrottled' };
    const name = (names as { [service: string]: string })[service] ?? 'ThrottlingException';
    await expect(request(1)).rejects.toMatchObject({ name });
  });
});

test('what goes through is unchanged: bytes, checksums, lengths', async () => {
  const client = new S3Client({ ...options('s3', 1), forcePathStyle: true });
  const object = { Bucket: 'audio', Key: 'recordings/whole' };
  const Body = Buffer.from(Array.from({ length: 100_000 }, (_, index) => index % 251));
  await client.send(new PutObjectCommand({ ...object, Body, ChecksumAlgorithm: 'SHA256' }));
  const head = await client.send(new HeadObjectCommand({ ...object, ChecksumMode: 'ENABLED' }));
  const around = await direct.s3.send(new HeadObjectCommand({ ...object, ChecksumMode: 'ENABLED' }));
  expect([head.ContentLength, head.ChecksumSHA256]).toEqual([Body.length, around.ChecksumSHA256]);
  const got = await client.send(new GetObjectCommand(object));
  expect(Buffer.from((await got.Body?.transformToByteArray()) ?? []).equals(Body)).toBe(true);
  client.destroy();
  const received = await direct.sqs.send(new ReceiveMessageCommand({ QueueUrl: queueUrl, MaxNumberOfMessages: 10 }));
  expect(received.Messages?.every((message) => message.Body === 'm')).toBe(true);
});

describe('Twilio', () => {
  const rest = () =>
    twilioRest({
      apiUrl: urlOf('twilio'),
      credentials: {
        current: async () => ({
          ...{ accountSid: ACCOUNT.accountSid, authTokens: [ACCOUNT.authToken] as const },
          rest: { username: ACCOUNT.accountSid, password: ACCOUNT.authToken },
        }),
        refresh: async () => false,
      },
      timeouts: { reply: 300_000, idle: 300_000 },
    });
  const recordings = () => twilio.recordings().length;

  let call: PlacedCall;
  let web: { url: string; close: () => void };
  beforeAll(async () => {
    web = await startWebServer('<Response><Pause length="60"/></Response>');
    call = await twilio.placeCall({ voiceUrl: web.url });
    await until(async () => (await rest().callProgress(call.callSid)).kind === 'live', 'the call is answered');
  });
  afterAll(async () => {
    const { accountSid, authToken } = ACCOUNT;
    await fetch(`${twilio.url}/2010-04-01/Accounts/${accountSid}/Calls/${call.callSid}.json`, {
      method: 'POST',
      headers: { authorization: `Basic ${Buffer.from(`${accountSid}:${authToken}`).toString('base64')}` },
      body: new URLSearchParams({ Status: 'completed' }),
    });
    await call.ended;
    web.close();
  });

  test.each<[Fault, string, number]>([
    [{ kind: 'throttled' }, 'later', 0],
    [{ kind: 'error-500' }, 'doubtful', 0],
    [{ kind: 'error-503' }, 'doubtful', 0],
    [{ kind: 'reset-before' }, 'doubtful', 0],
    [{ kind: 'reset-after' }, 'doubtful', 1],
    [{ kind: 'failed-after' }, 'doubtful', 1],
    [{ kind: 'truncated', share: 0.5 }, 'doubtful', 1],
  ])('a start meets %j: it is %s, and %d recordings begin', async (fault, kind, begun) => {
    const before = recordings();
    faults = [fault];
    expect(await rest().startRecording(call.callSid)).toMatchObject({ kind });
    expect(recordings() - before).toBe(begun);
  });

  test('a start that never left is no doubtful one', async () => {
    await proxyOf('twilio').fail('refused');
    expect(await rest().startRecording(CALL)).toMatchObject({ kind: 'later', reason: 'unreachable ECONNREFUSED' });
    await proxyOf('twilio').recover();
    expect(await rest().callProgress(CALL)).toMatchObject({ kind: 'over' });
  });

  async function audio(fault: Fault | undefined): Promise<string | number> {
    faults = [fault];
    const opened = await rest().openAudio(recordingSid, 2, 'wav');
    if (opened.kind !== 'opened') return opened.kind;
    if (!opened.contentType.startsWith('audio/')) {
      opened.close();
      return opened.contentType;
    }
    let bytes = 0;
    try {
      for await (const chunk of opened.bytes) bytes += chunk.length;
    } catch {
      // What has come until then is what matters.
      return `broke off after ${bytes > 0 ? 'some' : 'no'} bytes`;
    }
    return bytes;
  }

  test('audio', async () => {
    expect(await audio(undefined)).toBe(64_044);
    expect(await audio({ kind: 'shortened', share: 0.25 })).toBe(16_011);
    expect(await audio({ kind: 'truncated', share: 0.9 })).toMatch(/^broke off after/);
    expect(await audio({ kind: 'error-page' })).toBe('text/html');
    expect(await audio({ kind: 'not-there-yet' })).toBe('not-found');
    expect(seen.filter(({ operation }) => operation === 'Media')).toHaveLength(5);
  });
});

describe('an outage', () => {
  afterEach(() => proxyOf('dynamodb').recover());
  const client = (requestHandler?: object) => new DynamoDBClient(options('dynamodb', 1, requestHandler));

  test('refuses connections, also those that were open, and ends on the same port', async () => {
    const proxy = proxyOf('dynamodb');
    const open = client();
    await put(open, 'before');
    await proxy.fail('refused');
    await expect(put(open, 'during')).rejects.toThrow(/hang up|ECONNRESET/);
    await expect(put(open, 'during')).rejects.toThrow(/ECONNREFUSED/);
    await proxy.recover();
    await put(open, 'after');
    open.destroy();
    expect(await isThere('during')).toBe(false);
    expect(await isThere('after')).toBe(true);
  });

  test('answers nobody', async () => {
    const proxy = proxyOf('dynamodb');
    await proxy.fail('silent');
    const hasty = client({ requestTimeout: 500, throwOnRequestTimeout: true });
    await expect(put(hasty, 'unheard')).rejects.toThrow(/time/i);
    await proxy.recover();
    expect(await isThere('unheard')).toBe(false);
  });

  test('answers everybody with 503', async () => {
    const proxy = proxyOf('dynamodb');
    await proxy.fail('unavailable');
    await expect(put(client(), 'unserved')).rejects.toMatchObject({ $metadata: { httpStatusCode: 503 } });
    await proxy.recover();
    await put(client(), 'served');
  });
});

test('once it is calm, nothing goes wrong any more', async () => {
  const proxy = await startProxy({
    backend: 'dynamodb',
    backendUrl: aws.endpoints.dynamodb,
    faultOf: () => ({ kind: 'reset-before' }),
  });
  const client = new DynamoDBClient({ ...options('dynamodb', 1), endpoint: proxy.url });
  await expect(put(client, 'storm')).rejects.toThrow();
  await proxy.fail('refused');
  await proxy.calm();
  await put(client, 'calm');
  client.destroy();
  await proxy.close();
});

/** Answers every request with one document. */
async function startWebServer(xml: string): Promise<{ url: string; close: () => void }> {
  const { createServer } = await import('node:http');
  const server = createServer((_, response) => response.setHeader('content-type', 'text/xml').end(xml));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : undefined;
  return { url: `http://127.0.0.1:${port}/`, close: () => void server.close() };
}
