/** A deployed stack, found through CloudFormation and asked for its alarms: both answer here as AWS does. */
import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { dynamoDbTable } from '../../lambdas/shared/adapters/aws/dynamodb-table.ts';
import { BUCKET, startAws, TABLE_NAME } from '../lambdas/shared/adapters/aws.ts';
import { CALL, callRow } from '../lambdas/support/fixtures.ts';
import { temporaryDirectory } from '../local/support.ts';

/** Ends what hangs; a busy machine is slow. */

const MAIN = join(import.meta.dirname, '..', '..', 'cli', 'main.ts');
const REGION = 'eu-central-1';
const OUTPUTS: { readonly [name: string]: string } = {
  ...{ Prefix: 'call-recorder-sales', VoiceUrl: 'http://127.0.0.1:1/voice', StreamUrl: 'ws://127.0.0.1:1' },
  ...{ SecretName: 'secret', TableName: TABLE_NAME, BucketName: BUCKET, Deletions: 'on', Events: 'off' },
};

let aws: Awaited<ReturnType<typeof startAws>>;
let service: Server;
let url: string;
/** What the services answer next. */
let stackReply: [number, string];
let alarmPages: object[][];
let history: object[];
/** By the topic that is asked for: its subscriptions, or the code of an error. */
let topics: { readonly [arn: string]: readonly string[] | string };
const seen: { service: string; request: string }[] = [];
/** Without any file of a deployment. */
const directory = temporaryDirectory();

beforeAll(async () => {
  aws = await startAws();
  await dynamoDbTable(aws.clients.dynamodb, TABLE_NAME).write(callRow({ state: 'recording' }), undefined);
  service = createServer((request, response) => void answer(request, response));
  await new Promise<void>((done) => service.listen(0, '127.0.0.1', done));
  url = `http://127.0.0.1:${(service.address() as AddressInfo).port}`;
});
afterAll(async () => {
  service.closeAllConnections();
  service.close();
  await aws.close();
});
beforeEach(() => {
  stackReply = [200, stackXml('UPDATE_COMPLETE', OUTPUTS)];
  alarmPages = [[alarm('sweep-silent')]];
  history = [];
  topics = { [PAGES]: ['arn:aws:sns:eu-central-1:1:pages:1'], [NOTICES]: ['arn:aws:sns:eu-central-1:1:notices:1'] };
  seen.length = 0;
});

/** CloudFormation speaks forms and XML, CloudWatch JSON. */
async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  let body = '';
  for await (const chunk of request) body += String(chunk);
  if (request.headers['x-amz-target'] === 'GraniteServiceVersion20100801.DescribeAlarms') {
    seen.push({ service: 'cloudwatch', request: body });
    const page = Number(JSON.parse(body).NextToken ?? 0);
    const next = page + 1 < alarmPages.length ? { NextToken: String(page + 1) } : {};
    response.writeHead(200, { 'content-type': 'application/x-amz-json-1.0' });
    response.end(JSON.stringify({ MetricAlarms: alarmPages[page], ...next }));
    return;
  }
  if (request.headers['x-amz-target'] === 'GraniteServiceVersion20100801.DescribeAlarmHistory') {
    seen.push({ service: 'history', request: body });
    response.writeHead(200, { 'content-type': 'application/x-amz-json-1.0' });
    response.end(JSON.stringify({ AlarmHistoryItems: history }));
    return;
  }
  const form = new URLSearchParams(body);
  if (form.get('Action') === 'ListSubscriptionsByTopic') {
    const [status, xml] = subscriptionsXml(topics[form.get('TopicArn') ?? ''] ?? 'NotFound');
    response.writeHead(status, { 'content-type': 'text/xml' }).end(xml);
    return;
  }
  seen.push({ service: 'cloudformation', request: body });
  response.writeHead(stackReply[0], { 'content-type': 'text/xml' }).end(stackReply[1]);
}

function stackXml(status: string, outputs: { readonly [name: string]: string }): string {
  const members = Object.entries(outputs).map(
    ([key, value]) => `<member><OutputKey>${key}</OutputKey><OutputValue>${value}</OutputValue></member>`,
  );
  return `<DescribeStacksResponse xmlns="http://cloudformation.amazonaws.com/doc/2010-05-15/"><DescribeStacksResult><Stacks>
<member><StackName>sales</StackName><StackStatus>${status}</StackStatus><CreationTime>2026-03-01T12:00:00Z</CreationTime>
<Outputs>${members.join('')}</Outputs></member></Stacks></DescribeStacksResult></DescribeStacksResponse>`;
}
const errorXml = (code: string, message: string): string =>
  `<ErrorResponse xmlns="http://cloudformation.amazonaws.com/doc/2010-05-15/"><Error><Type>Sender</Type><Code>${code}</Code>
<Message>${message}</Message></Error><RequestId>1</RequestId></ErrorResponse>`;

/** SNS speaks as CloudFormation does. */
function subscriptionsXml(found: readonly string[] | string): [number, string] {
  const namespace = 'http://sns.amazonaws.com/doc/2010-03-31/';
  if (typeof found === 'string') {
    const error = `<Error><Type>Sender</Type><Code>${found}</Code><Message>no</Message></Error>`;
    return [found === 'NotFound' ? 404 : 403, `<ErrorResponse xmlns="${namespace}">${error}</ErrorResponse>`];
  }
  const members = found.map((arn) => `<member><SubscriptionArn>${arn}</SubscriptionArn></member>`).join('');
  const result = `<ListSubscriptionsByTopicResult><Subscriptions>${members}</Subscriptions></ListSubscriptionsByTopicResult>`;
  return [200, `<ListSubscriptionsByTopicResponse xmlns="${namespace}">${result}</ListSubscriptionsByTopicResponse>`];
}

const PAGES = 'arn:aws:sns:eu-central-1:1:pages';
const NOTICES = 'arn:aws:sns:eu-central-1:1:notices';
const alarm = (name: string, over: object = {}): object => ({
  AlarmName: `call-recorder-sales-${name}`,
  AlarmDescription:
    'PAGE: Nothing sweeps.\nFirst: Enable the rule.\nArticle "sweep-silent": https://a.test\nLog: https://b.test',
  StateValue: 'OK',
  StateUpdatedTimestamp: Date.UTC(2026, 2, 1, 12) / 1000,
  ActionsEnabled: true,
  AlarmActions: [PAGES],
  ...over,
});

interface Ended {
  readonly exit: number | null;
  readonly out: string;
  readonly err: string;
}

/** The command in a process of its own, whose AWS is here. */
function recorder(args: readonly string[], over: { readonly [name: string]: string | undefined } = {}): Promise<Ended> {
  const { dynamodb, s3, sqs, secretsmanager } = aws.aws.endpoints;
  const env = {
    ...{ AWS_REGION: REGION, AWS_ACCESS_KEY_ID: 'a', AWS_SECRET_ACCESS_KEY: 'b', AWS_EC2_METADATA_DISABLED: 'true' },
    ...{ AWS_CONFIG_FILE: join(directory, 'none'), AWS_SHARED_CREDENTIALS_FILE: join(directory, 'none') },
    ...{
      AWS_ENDPOINT_URL_CLOUDFORMATION: url,
      AWS_ENDPOINT_URL_CLOUDWATCH: url,
      AWS_ENDPOINT_URL_SNS: url,
      AWS_ENDPOINT_URL_DYNAMODB: dynamodb,
    },
    ...{ AWS_ENDPOINT_URL_S3: s3, AWS_ENDPOINT_URL_SQS: sqs, AWS_ENDPOINT_URL_SECRETS_MANAGER: secretsmanager },
    ...over,
  };
  const child = spawn(process.execPath, [MAIN, ...args], { cwd: directory, env });
  let [out, err] = ['', ''];
  child.stdout.on('data', (text: Buffer) => {
    out += text.toString();
  });
  child.stderr.on('data', (text: Buffer) => {
    err += text.toString();
  });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (exit) => resolve({ exit, out, err }));
  });
}
const show = (over?: { readonly [name: string]: string | undefined }, ...more: string[]) =>
  recorder(['calls', 'show', CALL, '--stack', 'sales', ...more], over);

describe('a stack without a file of its outputs', () => {
  test('is found through CloudFormation', async () => {
    const { exit, out, err } = await show();
    expect([exit, out, err]).toEqual([0, expect.stringMatching(/^Call CA1+\n +state +recording\n/), '']);
    expect(seen).toEqual([{ service: 'cloudformation', request: expect.stringContaining('StackName=sales') }]);
  });

  test('that the file does not know is found there too, and one that it knows is not asked for', async () => {
    const file = join(directory, 'cdk-outputs.json');
    writeFileSync(file, JSON.stringify({ other: OUTPUTS }));
    try {
      expect((await show()).exit).toBe(0);
      expect(seen).toHaveLength(1);
      expect((await recorder(['calls', 'show', CALL, '--stack', 'other'])).exit).toBe(0);
      expect(seen).toHaveLength(1);
    } finally {
      writeFileSync(file, '{}');
    }
  });

  test('with a file that is named, only that is read', async () => {
    const { exit, err } = await show({}, '--outputs', 'none.json');
    expect([exit, err, seen]).toEqual([1, expect.stringMatching(/There is no none.json/), []]);
  });

  test.each<[string, () => void, { readonly [name: string]: string | undefined }, RegExp]>([
    [
      'that does not exist',
      () => {
        stackReply = [400, errorXml('ValidationError', 'Stack with id sales does not exist')];
      },
      {},
      /^There is no stack sales in eu-central-1\. Deploy it, name another one by --stack NAME, choose account and region/,
    ],
    [
      'that was rolled back',
      () => {
        stackReply = [200, stackXml('ROLLBACK_COMPLETE', {})];
      },
      {},
      /^The stack sales has no outputs; its state is ROLLBACK_COMPLETE/,
    ],
    [
      'that is no recorder',
      () => {
        stackReply = [200, stackXml('UPDATE_COMPLETE', { Url: 'x' })];
      },
      {},
      /^The stack has no SecretName/,
    ],
    [
      'that the profile may not see',
      () => {
        stackReply = [
          403,
          errorXml('AccessDenied', 'User x is not authorized to perform: cloudformation:DescribeStacks'),
        ];
      },
      {},
      /^AWS refuses: User x is not authorized .* docs\/cli\.md lists the permissions/,
    ],
    [
      'without credentials',
      () => undefined,
      { AWS_ACCESS_KEY_ID: undefined, AWS_SECRET_ACCESS_KEY: undefined },
      /^There are no AWS credentials for CloudFormation \(asked for the outputs of the stack sales\)\. Sign in with "aws sso login".*AWS_PROFILE/,
    ],
    [
      'without credentials of a profile',
      () => undefined,
      { AWS_ACCESS_KEY_ID: undefined, AWS_SECRET_ACCESS_KEY: undefined, AWS_PROFILE: 'sales' },
      /Sign in with "aws sso login --profile sales" or "aws configure --profile sales"/,
    ],
    [
      'with credentials that have expired',
      () => {
        stackReply = [403, errorXml('ExpiredToken', 'The security token included in the request is expired')];
      },
      {},
      /^AWS rejects the credentials \(ExpiredToken\)\. Sign in with/,
    ],
    ['without a region', () => undefined, { AWS_REGION: undefined }, /^No AWS region is known\. Set AWS_REGION/],
    [
      'without a network',
      () => undefined,
      { AWS_ENDPOINT_URL_CLOUDFORMATION: 'http://127.0.0.1:1' },
      /^CloudFormation \(asked for the outputs of the stack sales\) does not answer\. Deploy it/,
    ],
  ])('%s', async (_, prepare, env, message) => {
    prepare();
    const { exit, out, err } = await show(env);
    expect([exit, out, err]).toEqual([1, '', expect.stringMatching(message)]);
    expect(err.trim().split('\n')).toHaveLength(1);
  });

  test('is told of after what is wrong with the command line', async () => {
    stackReply = [400, errorXml('ValidationError', 'Stack with id sales does not exist')];
    const { exit, err } = await recorder(['recordings', 'list', '--stack', 'sales', '--limit', '0']);
    expect([exit, err]).toEqual([2, expect.stringMatching(/--limit 0/)]);
  });
});

/** What doctor finds in one of its checks. */
async function checked(check: string): Promise<{ readonly result: string; readonly detail: string }> {
  const { out } = await recorder(['doctor', '--stack', 'sales', '--json']);
  return JSON.parse(out).checks.find(({ name }: { name: string }) => name === check);
}

describe('doctor asks CloudWatch', () => {
  const alarms = () => checked('alarms');

  test('whether an alarm is in ALARM: none is, on any page', async () => {
    alarmPages = [[alarm('sweep-silent'), alarm('a')], [alarm('b', { StateValue: 'INSUFFICIENT_DATA' })]];
    expect(await alarms()).toMatchObject({ result: 'ok', detail: 'none of 3 is in ALARM' });
    const [first, second] = seen
      .filter(({ service }) => service === 'cloudwatch')
      .map(({ request }) => JSON.parse(request));
    expect([first.AlarmNamePrefix, second.NextToken]).toEqual(['call-recorder-sales-', '1']);
  });

  test('and names those that have, with since when and what to do', async () => {
    alarmPages = [[alarm('a')], [alarm('sweep-silent', { StateValue: 'ALARM' })]];
    expect(await alarms()).toMatchObject({
      result: 'failed',
      detail:
        'sweep-silent is in ALARM since 2026-03-01T12:00:00.000Z: Nothing sweeps. Enable the rule. See docs/runbook.md#sweep-silent.',
    });
  });

  test('and whether they tell anybody', async () => {
    alarmPages = [[alarm('a'), alarm('sweep-silent', { ActionsEnabled: false })]];
    expect(await alarms()).toMatchObject({
      result: 'failed',
      detail: expect.stringMatching(
        /^1 of 2 notify nobody.*: sweep-silent\. .*--alarm-names call-recorder-sales-sweep-silent"/,
      ),
    });
    alarmPages = [[]];
    expect(await alarms()).toMatchObject({
      result: 'failed',
      detail: expect.stringMatching(/^No alarm begins with call-recorder-sales-/),
    });
  });
});

describe('doctor asks whether alarms reach somebody', () => {
  const notifications = () => checked('notifications');
  const entry = (HistorySummary: string, at: number, name = 'sweep-silent') => ({
    ...{ AlarmName: `call-recorder-sales-${name}`, HistoryItemType: 'Action', HistorySummary },
    Timestamp: Date.UTC(2026, 2, 1, at) / 1000,
  });
  const refused = `Failed to execute action ${PAGES}. Received error: "Resource: arn:aws:cloudwatch:… is not authorized to perform: SNS:Publish"`;
  beforeEach(() => {
    alarmPages = [[alarm('sweep-silent'), alarm('extra-recording', { AlarmActions: [NOTICES] })]];
  });

  test('they do where each topic has a subscriber', async () => {
    history = [entry(`Successfully executed action ${PAGES}`, 2)];
    expect(await notifications()).toMatchObject({
      result: 'ok',
      detail: 'no notification failed, and each of 2 topics has a subscriber',
    });
    const [asked] = seen.filter(({ service }) => service === 'history').map(({ request }) => JSON.parse(request));
    expect(asked).toMatchObject({ HistoryItemType: 'Action', ScanBy: 'TimestampDescending' });
  });

  test('they do not where the topic refuses them', async () => {
    history = [entry(refused, 2)];
    expect(await notifications()).toMatchObject({
      result: 'failed',
      detail: expect.stringMatching(
        /^An alarm told nobody: call-recorder-sales-sweep-silent at 2026-03-01T02:00.*Failed to execute action .*not authorized.*set-alarm-state --alarm-name call-recorder-sales-sweep-silent/,
      ),
    });
  });

  test('they do again once the topic has taken one, and others of the account are none of its business', async () => {
    const others = { ...entry(refused.replace(PAGES, NOTICES), 4), AlarmName: 'somebody-elses' };
    history = [others, entry(`Successfully executed action ${PAGES}`, 3, 'a'), entry(refused, 2)];
    expect(await notifications()).toMatchObject({ result: 'ok' });
  });

  test.each<[string, readonly string[] | string, RegExp]>([
    [
      'nobody subscribes',
      [],
      /^Nobody subscribes to arn:aws:sns:eu-central-1:1:notices: .*"aws sns subscribe --topic-arn arn\S+notices /,
    ],
    [
      'nobody has confirmed it',
      ['PendingConfirmation'],
      /^Nobody has confirmed a subscription to arn\S+notices: follow the link/,
    ],
    ['the topic is gone', 'NotFound', /^arn\S+notices does not exist any more/],
  ])('they do not where %s', async (_, found, message) => {
    topics = { ...topics, [NOTICES]: found };
    expect(await notifications()).toMatchObject({ result: 'failed', detail: expect.stringMatching(message) });
  });

  test('nobody can say where the topic belongs to another account', async () => {
    topics = { ...topics, [NOTICES]: 'AuthorizationError' };
    expect(await notifications()).toMatchObject({
      result: 'ok',
      detail: `no notification failed; who subscribes to ${NOTICES}, you may not see`,
    });
  });

  test('they do not where they have no topic', async () => {
    alarmPages = [[alarm('a', { AlarmActions: [] })]];
    expect(await notifications()).toMatchObject({
      result: 'failed',
      detail: expect.stringMatching(/^No alarm has a topic/),
    });
  });
});
