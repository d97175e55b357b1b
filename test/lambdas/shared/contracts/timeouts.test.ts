/** What limits what: requests end before the functions that make them, and claims outlast the functions that hold them. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { DynamoDBClient, GetItemCommand } from '@aws-sdk/client-dynamodb';
import { LARGE_REQUESTS, QUICK_REQUESTS } from '../../../../lambdas/shared/adapters/aws/timeouts.ts';
import { TIMEOUTS } from '../../../../lambdas/shared/adapters/twilio/https-client.ts';
import { AUDIO_DEADLINE_MS } from '../../../../lambdas/shared/adapters/twilio/twilio-audio.ts';
import { STEPS, type Step } from '../../../../lambdas/shared/contract/steps.ts';
import { START_CLAIM_MS } from '../../../../lambdas/shared/rules/call/call.ts';
import { RECEIVES_BEFORE_SWEEP } from '../../../../lambdas/shared/rules/call/start-retry.ts';
import { DELETE_OVERDUE_MS } from '../../../../lambdas/shared/rules/recording/recording.ts';
import {
  COPY_ENDS_MS,
  COPY_HANDS_OVER_MS,
  UPLOAD_LASTS_MS,
} from '../../../../lambdas/shared/rules/recording/resumption.ts';
import { HOUR, MINUTE } from '../../../../lambdas/shared/rules/values/instant.ts';
import { type Synthesized, synthesize } from '../../../lib/synthesized.ts';
import {
  BATCH_SIZE,
  MAX_RECEIVES,
  TIMEOUT_SECONDS,
  VISIBILITY_SECONDS,
  type Worker,
} from '../../../simulation/world/deployment.ts';

let stack: Synthesized;
beforeAll(async () => {
  stack = await synthesize();
});

test.each([
  ['recording-start', START_CLAIM_MS],
  ['recording-delete', DELETE_OVERDUE_MS],
] as const)('%s runs for less than its claim of %d ms', (step, claimMs) => {
  const [, { Properties }] = stack.functionOf(step);
  expect(Properties.Timeout * 1000).toBeLessThan(claimMs);
});

/** A source that stands still, and all attempts at the part that is under way. */
const LAST_PART_MS = TIMEOUTS.idle + 3 * LARGE_REQUESTS.requestHandler.requestTimeout;
const timeoutMs = (step: Step): number => stack.functionOf(step)[1].Properties.Timeout * 1000;

test('a copy hands over, or gives up, while its function still has time to say so', () => {
  expect(COPY_HANDS_OVER_MS + LAST_PART_MS).toBeLessThan(timeoutMs('recording-copy'));
  expect(COPY_ENDS_MS + TIMEOUTS.idle + MINUTE).toBeLessThan(timeoutMs('recording-copy'));
  expect(COPY_ENDS_MS).toBeGreaterThan(COPY_HANDS_OVER_MS);
  expect(COPY_ENDS_MS).toBeLessThan(AUDIO_DEADLINE_MS);
});

test('the bucket keeps the parts of an upload for longer than a copy may go on', () => {
  const [, { Properties }] = stack.one('AWS::S3::Bucket');
  const days = Properties.LifecycleConfiguration.Rules.flatMap(
    (rule: { AbortIncompleteMultipartUpload?: { DaysAfterInitiation: number } }) =>
      rule.AbortIncompleteMultipartUpload?.DaysAfterInitiation ?? [],
  );
  expect(days).toHaveLength(1);
  // An upload may be taken up at the last moment, and S3 counts whole days.
  expect(UPLOAD_LASTS_MS + timeoutMs('recording-copy') + 24 * HOUR).toBeLessThan(days[0] * 24 * HOUR);
});

test.each(['recording-copy', 'recording-play'] as const)(
  '%s has a minute left when its audio has had its time',
  (step) => {
    const [, { Properties }] = stack.functionOf(step);
    expect(AUDIO_DEADLINE_MS / 1000 + 60).toBeLessThanOrEqual(Properties.Timeout);
  },
);

test('a request that nobody answers ends', async () => {
  const server = createServer(() => undefined).listen(0, '127.0.0.1');
  try {
    await new Promise((resolve) => server.once('listening', resolve));
    const client = new DynamoDBClient({
      requestHandler: { ...QUICK_REQUESTS.requestHandler, requestTimeout: 50 },
      region: 'us-east-1',
      endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
      credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
      maxAttempts: 1,
    });
    const request = client.send(new GetItemCommand({ TableName: 'calls', Key: { callSid: { S: 'CA' } } }), {
      abortSignal: AbortSignal.timeout(3000),
    });
    await expect(request).rejects.toMatchObject({ name: 'TimeoutError' });
  } finally {
    server.closeAllConnections();
    server.close();
  }
});

/** Requests to AWS, one after the other, that the function may make in vain and still do its duty by the caller. */
test.each<[Step, number]>([
  // The secret; table and queue for the call while the disclaimer is refused; the stream that is closed instead.
  ['stream-connect', 4],
  ['incoming-call', 1],
  ['stream-status', 1],
  ['recording-callback', 1],
  ['recording-start', 2],
])('%s outlasts %d requests in a row that nobody answers', (step, requests) => {
  const { connectionTimeout, requestTimeout } = QUICK_REQUESTS.requestHandler;
  const ATTEMPTS = 3;
  const [, { Properties }] = stack.functionOf(step);
  expect(requests * ATTEMPTS * Math.max(connectionTimeout, requestTimeout)).toBeLessThan(Properties.Timeout * 1000);
});

test('a start whose environment died comes back as soon as nobody holds the call', () => {
  const [, { Properties }] = stack.one('AWS::SQS::Queue', ({ QueueName }) => /recording-start$/.test(QueueName));
  const [, fn] = stack.functionOf('recording-start');
  expect(Properties.VisibilityTimeout * 1000).toBeGreaterThan(START_CLAIM_MS);
  expect(Properties.VisibilityTimeout).toBeLessThan(2 * fn.Properties.Timeout);
});

test('the sweep takes a start over before its message becomes a dead letter', () => {
  const [, { Properties }] = stack.one('AWS::SQS::Queue', ({ QueueName }) => /recording-start$/.test(QueueName));
  expect(Properties.RedrivePolicy.maxReceiveCount).toBeGreaterThan(RECEIVES_BEFORE_SWEEP);
});

describe('the simulation runs what is deployed', () => {
  test.each(STEPS)('%s has the same time', (step) => {
    expect(stack.functionOf(step)[1].Properties.Timeout).toBe(TIMEOUT_SECONDS[step]);
  });

  test.each(Object.keys(MAX_RECEIVES) as Worker[])('%s has the same queue', (worker) => {
    const [, { Properties }] = stack.one('AWS::SQS::Queue', ({ QueueName }) => QueueName?.endsWith(`-${worker}`));
    expect(Properties.VisibilityTimeout).toBe(VISIBILITY_SECONDS[worker]);
    expect(Properties.RedrivePolicy.maxReceiveCount).toBe(MAX_RECEIVES[worker]);
    const [, source] = stack.one(
      'AWS::Lambda::EventSourceMapping',
      ({ FunctionName }) => FunctionName.Ref === stack.functionOf(worker)[0],
    );
    expect(source.Properties.BatchSize).toBe(BATCH_SIZE[worker]);
  });
});
