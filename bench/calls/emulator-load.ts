/** The requests of calls, sent straight to the emulators: neither functions nor SDK in between. */
import { Agent, request } from 'node:http';
import type { System } from '../../local/system/system.ts';

/** Mean number of requests of one call, by service and operation, such as `dynamodb PutItem`. */
export interface RequestsOfCall {
  readonly [request: string]: number;
}

type Usage = ReturnType<System['usage']>;

/** What queues need beside what functions ask of them: each message is received and deleted. */
export function countsOfCall(before: Usage, after: Usage, calls: number): RequestsOfCall {
  const counts: { [request: string]: number } = {};
  for (const [service, operations] of Object.entries(after.awsRequests ?? {})) {
    for (const [operation, count] of Object.entries(operations ?? {})) {
      const since = before.awsRequests?.[service as keyof Usage['awsRequests']]?.[operation] ?? 0;
      if (count > since) counts[`${service} ${operation}`] = (count - since) / calls;
    }
  }
  const messages = counts['sqs SendMessage'] ?? 0;
  return messages === 0 ? counts : { ...counts, 'sqs ReceiveMessage': messages, 'sqs DeleteMessageBatch': messages };
}

/** Connections at a time: as many as keep the emulators busy. */
const CONNECTIONS = 8;
const AUDIO = Buffer.alloc(32_044, 0x5a);

export async function replayCalls(system: System, requests: RequestsOfCall, calls: number): Promise<void> {
  const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS * 3 });
  const plan = Object.entries(requests);
  await json(agent, system.aws.endpoints.sqs, 'AmazonSQS.CreateQueue', { QueueName: QUEUE });
  let next = 0;
  const place = async () => {
    for (let call = next; call < calls; call = next) {
      next += 1;
      const callSid = `CA${(call + 1_000_000).toString(16).padStart(32, 'f')}`;
      const receipts: string[] = [];
      for (const [name, mean] of plan) {
        // A mean of 2.4 is two requests for some calls and three for others.
        const count = Math.floor((call + 1) * mean) - Math.floor(call * mean);
        for (let index = 0; index < count; index += 1) await send(system, agent, name, `${callSid}${index}`, receipts);
      }
    }
  };
  await Promise.all(Array.from({ length: CONNECTIONS }, place));
  agent.destroy();
}

async function send(system: System, agent: Agent, name: string, sid: string, receipts: string[]): Promise<void> {
  const { deployment, aws } = system;
  const [service, operation = ''] = name.split(' ');
  if (service === 's3') return object(system, agent, operation, sid);
  if (service === 'dynamodb') {
    const body = dynamoDbBody(deployment.tableName, operation, sid);
    return void (await json(agent, aws.endpoints.dynamodb, `DynamoDB_20120810.${operation}`, body));
  }
  if (service === 'secretsmanager') {
    const body = { SecretId: deployment.secretId };
    return void (await json(agent, aws.endpoints.secretsmanager, `secretsmanager.${operation}`, body));
  }
  if (service === 'sqs') return queue(system, agent, operation, receipts);
}

function dynamoDbBody(TableName: string, operation: string, sid: string): object {
  const [callSid, item] = [{ S: sid }, { S: 'CALL' }];
  if (operation === 'GetItem') return { TableName, Key: { callSid, item }, ConsistentRead: true };
  if (operation === 'Query') {
    return {
      TableName,
      ConsistentRead: true,
      KeyConditionExpression: 'callSid = :callSid',
      ExpressionAttributeValues: { ':callSid': callSid },
    };
  }
  // As large as a row, and in the index of what is due, far in the future.
  const due = { due: { S: '2099-01-01T00:00:00.000Z' }, dueShard: { S: 'start#0' }, next: { S: 'start' } };
  return { TableName, Item: { callSid, item, ...due, rest: { S: 'x'.repeat(500) } } };
}

/** A queue of its own: the system's would hand what it gets to a function. */
const QUEUE = 'emulators-alone';

async function queue(system: System, agent: Agent, operation: string, receipts: string[]): Promise<void> {
  const endpoint = system.aws.endpoints.sqs;
  const QueueUrl = `${endpoint}/000000000000/${QUEUE}`;
  const post = (target: string, body: object) => json(agent, endpoint, `AmazonSQS.${target}`, body);
  if (operation === 'ReceiveMessage') {
    const reply = await post(operation, { QueueUrl, MaxNumberOfMessages: 1 });
    const [message] = (reply as { Messages?: { ReceiptHandle: string }[] }).Messages ?? [];
    if (message) receipts.push(message.ReceiptHandle);
    return;
  }
  if (operation === 'DeleteMessageBatch') {
    const ReceiptHandle = receipts.pop();
    if (ReceiptHandle !== undefined) await post(operation, { QueueUrl, Entries: [{ Id: '0', ReceiptHandle }] });
    return;
  }
  if (operation === 'SendMessage') {
    await post(operation, { QueueUrl, MessageBody: JSON.stringify({ callSid: `CA${'0'.repeat(32)}`, startedAt: 0 }) });
  }
}

const AUTHORIZATION =
  'AWS4-HMAC-SHA256 Credential=BENCH/20261123/us-east-1/x/aws4_request, SignedHeaders=host, Signature=0';

async function json(agent: Agent, endpoint: string, target: string, body: object): Promise<unknown> {
  const type = target.startsWith('AmazonSQS') || target.startsWith('DynamoDB') ? '1.0' : '1.1';
  const headers = { 'x-amz-target': target, 'content-type': `application/x-amz-json-${type}` };
  return JSON.parse((await ask(agent, endpoint, 'POST', headers, Buffer.from(JSON.stringify(body)))) || '{}');
}

async function object(system: System, agent: Agent, operation: string, sid: string): Promise<void> {
  const url = `${system.aws.endpoints.s3}/${system.deployment.bucketName}/alone/${sid}`;
  const put = operation === 'PutObject';
  await ask(agent, url, put ? 'PUT' : 'HEAD', {}, put ? AUDIO : undefined, put ? [200] : [200, 404]);
}

function ask(
  agent: Agent,
  url: string,
  method: string,
  given: { readonly [name: string]: string },
  body: Buffer | undefined,
  accepted: readonly number[] = [200],
): Promise<string> {
  const headers = {
    ...given,
    authorization: AUTHORIZATION,
    'x-amz-date': '20261123T000000Z',
    'content-length': body?.length ?? 0,
  };
  return new Promise((resolve, reject) => {
    const sent = request(url, { method, headers, agent }, (reply) => {
      let text = '';
      reply.setEncoding('utf8').on('data', (piece: string) => {
        text += piece;
      });
      reply.once('end', () => {
        if (accepted.includes(reply.statusCode ?? 0)) resolve(text);
        else reject(new Error(`${method} ${url} was answered ${reply.statusCode}: ${text.slice(0, 200)}`));
      });
    });
    sent.once('error', reject);
    sent.end(body);
  });
}
