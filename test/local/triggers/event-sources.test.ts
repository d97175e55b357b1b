import { GetQueueAttributesCommand, ReceiveMessageCommand, SendMessageCommand } from '@aws-sdk/client-sqs';
import { type AwsClients, createAwsClients, type LocalAws, startLocalAws } from '../../../local/emulators/aws.ts';
import type { InvocationResult } from '../../../local/lambda/environment.ts';
import { type Deployment, deploy } from '../../../local/system/deployment.ts';
import { readCloudAssembly } from '../../../local/template/assembly.ts';
import { type EventSource, startEventSource, succeeded } from '../../../local/triggers/event-sources.ts';
import { startSchedules } from '../../../local/triggers/schedules.ts';
import { FIXTURE_ASSEMBLY, temporaryDirectory, until } from '../support.ts';

interface Batch {
  readonly Records: readonly { readonly messageId: string; readonly body: string; readonly [name: string]: unknown }[];
}

let aws: LocalAws;
let clients: AwsClients;
let deployment: Deployment;
let source: EventSource | undefined;
const problems: string[] = [];

beforeAll(async () => {
  aws = await startLocalAws({ directory: temporaryDirectory(), secretAccessKey: 'test' });
  clients = createAwsClients(aws);
  const urls = { gateway: 'http://127.0.0.1:1', public: 'http://127.0.0.1:1' };
  deployment = await deploy({ assembly: readCloudAssembly(FIXTURE_ASSEMBLY), aws, clients, urls });
});
afterEach(async () => {
  await source?.stop();
  source = undefined;
});
afterAll(async () => {
  clients.destroy();
  await aws.close();
});

const url = (logicalId: string) => deployment.queues.get(logicalId)?.url ?? '';
const send = (MessageBody: string, logicalId = 'Queue') =>
  clients.sqs.send(new SendMessageCommand({ QueueUrl: url(logicalId), MessageBody }));

function listen(invoke: (batch: Batch) => Promise<InvocationResult> | InvocationResult): void {
  const [model] = deployment.eventSources;
  if (model === undefined) throw new Error('The fixture has an event source.');
  source = startEventSource({
    model,
    queueUrl: url('Queue'),
    queueArn: deployment.queues.get('Queue')?.arn ?? '',
    region: 'us-east-1',
    sqs: clients.sqs,
    invoke: async (_, event) => invoke(event as Batch),
    onProblem: (problem) => problems.push(problem),
    retryMilliseconds: 20,
    waitSeconds: 0,
  });
}

async function messagesLeft(): Promise<number> {
  const { Attributes = {} } = await clients.sqs.send(
    new GetQueueAttributesCommand({ QueueUrl: url('Queue'), AttributeNames: ['All'] }),
  );
  return Number(Attributes.ApproximateNumberOfMessages) + Number(Attributes.ApproximateNumberOfMessagesNotVisible);
}

const done: InvocationResult = { ok: true, payload: { batchItemFailures: [] } };

test('a message becomes a record, and is gone once the function has taken it', async () => {
  const batches: Batch[] = [];
  listen((batch) => {
    batches.push(batch);
    return done;
  });
  const { MessageId } = await send('hello');
  await until(() => batches.length === 1, 'the function runs');
  expect(batches[0]?.Records).toEqual([
    {
      messageId: MessageId,
      receiptHandle: expect.any(String),
      body: 'hello',
      attributes: expect.objectContaining({ ApproximateReceiveCount: '1', SentTimestamp: expect.any(String) }),
      messageAttributes: {},
      md5OfBody: '5d41402abc4b2a76b9719d911017c592',
      eventSource: 'aws:sqs',
      eventSourceARN: deployment.queues.get('Queue')?.arn,
      awsRegion: 'us-east-1',
    },
  ]);
  await until(async () => (await messagesLeft()) === 0, 'the message is gone');
});

test('what fails alone comes again alone; what keeps failing goes to the dead letters', async () => {
  const tries = new Map<string, number>();
  listen(({ Records }) => {
    for (const { body } of Records) tries.set(body, (tries.get(body) ?? 0) + 1);
    const failures = Records.filter(({ body }) => body === 'bad').map(({ messageId }) => ({
      itemIdentifier: messageId,
    }));
    return { ok: true, payload: { batchItemFailures: failures } };
  });
  await Promise.all(['good', 'bad', 'fine'].map((body) => send(body)));
  await until(() => tries.get('bad') === 2, 'the bad one comes again once its visibility of 1 s ends');
  await until(async () => (await messagesLeft()) === 0, 'the queue is empty');
  expect(Object.fromEntries(tries)).toEqual({ good: 1, fine: 1, bad: 2 });
  const { Messages } = await clients.sqs.send(
    new ReceiveMessageCommand({ QueueUrl: url('DeadLetters'), WaitTimeSeconds: 2 }),
  );
  expect(Messages).toMatchObject([{ Body: 'bad' }]);
});

test('a batch that fails as a whole comes again as a whole', async () => {
  let failures = 0;
  const taken: string[] = [];
  listen(({ Records }) => {
    if (failures === 0) {
      failures += 1;
      return { ok: false, error: { errorType: 'Error', errorMessage: 'x' } };
    }
    taken.push(...Records.map(({ body }) => body));
    return done;
  });
  await send('one');
  await until(() => taken.length === 1, 'it comes again');
  await until(async () => (await messagesLeft()) === 0, 'the queue is empty');
});

test('no more batches run at a time than the template allows', async () => {
  let running = 0;
  let most = 0;
  const ends: (() => void)[] = [];
  listen(async () => {
    running += 1;
    most = Math.max(most, running);
    await new Promise<void>((resolve) => ends.push(resolve));
    running -= 1;
    return done;
  });
  await send('a');
  await until(() => running === 1, 'the first runs');
  await send('b');
  await until(() => running === 2, 'the second runs beside it');
  await send('c');
  ends.shift()?.();
  await until(() => running === 2 && ends.length === 2, 'the third takes the place of the first');
  for (const end of ends.splice(0)) end();
  await until(async () => (await messagesLeft()) === 0, 'all are taken');
  expect(most).toBe(2);
});

test('a stop waits for what is under way, and leaves later messages alone', async () => {
  const bodies: string[] = [];
  const { promise: end, resolve: finish } = Promise.withResolvers<void>();
  listen(async ({ Records }) => {
    bodies.push(...Records.map(({ body }) => body));
    await end;
    return done;
  });
  await send('under way');
  await until(() => bodies.length === 1, 'the function runs');
  const stopped = source?.stop();
  finish();
  await stopped;
  expect(await messagesLeft()).toBe(0);
  await send('later');
  const { Messages = [] } = await clients.sqs.send(
    new ReceiveMessageCommand({ QueueUrl: url('Queue'), WaitTimeSeconds: 2 }),
  );
  expect(Messages.map(({ Body }) => Body)).toEqual(['later']);
  expect(bodies).toEqual(['under way']);
});

describe('which messages of a batch are done', () => {
  const messages = [{ MessageId: 'a' }, { MessageId: 'b' }];
  const ids = (payload: unknown, reports = true) =>
    succeeded(messages, { ok: true, payload }, reports).map(({ MessageId }) => MessageId);

  test.each<[string, unknown, string[]]>([
    ['nothing returned', null, ['a', 'b']],
    ['no failures', { batchItemFailures: [] }, ['a', 'b']],
    ['a failure', { batchItemFailures: [{ itemIdentifier: 'a' }] }, ['b']],
    ['an unknown message', { batchItemFailures: [{ itemIdentifier: 'z' }] }, []],
    ['an empty identifier', { batchItemFailures: [{ itemIdentifier: '' }] }, []],
    ['no list', { batchItemFailures: 'a' }, []],
    ['a list of nothing', { batchItemFailures: [null] }, []],
  ])('%s', (_, payload, expected) => {
    expect(ids(payload)).toEqual(expected);
  });

  test('a report that was not asked for is not read', () => {
    expect(ids({ batchItemFailures: [{ itemIdentifier: 'a' }] }, false)).toEqual(['a', 'b']);
  });
});

test('a schedule runs at once and then at its rate, never twice at a time', async () => {
  const events: unknown[] = [];
  const ends: (() => void)[] = [];
  const base = {
    logicalId: 'Sweep',
    expression: 'rate(1 minute)',
    functionId: 'Puppet',
    arn: 'arn:rule',
    input: undefined,
  };
  const schedules = startSchedules({
    schedules: [
      { ...base, enabled: true },
      { ...base, logicalId: 'Off', enabled: false },
    ],
    invoke: async (_, event) => {
      events.push(event);
      await new Promise<void>((resolve) => ends.push(resolve));
      return { ok: false, error: { errorType: 'Error', errorMessage: 'no' } };
    },
    region: 'us-east-1',
    accountId: '000000000000',
    speed: 60_000 / 5,
    now: () => new Date('2026-01-02T03:04:05.678Z'),
    onProblem: (problem) => problems.push(problem),
  });
  expect(events).toEqual([
    {
      version: '0',
      id: expect.any(String),
      'detail-type': 'Scheduled Event',
      source: 'aws.events',
      account: '000000000000',
      time: '2026-01-02T03:04:05Z',
      region: 'us-east-1',
      resources: ['arn:rule'],
      detail: {},
    },
  ]);
  await new Promise((resolve) => setTimeout(resolve, 30));
  expect(events).toHaveLength(1);
  ends.shift()?.();
  await until(() => events.length === 2, 'the next run');
  schedules.stop();
  ends.shift()?.();
  expect(problems).toContain('Sweep failed: no');
});
