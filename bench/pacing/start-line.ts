/**
 * From a stream's `start` to Twilio: the two steps and their adapters, over the emulator of SQS and the event source of
 * local mode. The steps run in this process and the table is in memory: fifty calls a second in environments of their
 * own take more than two processors, and then the machine is measured, not the way of a call.
 */
import { mkdirSync } from 'node:fs';
import { CreateQueueCommand, SQSClient } from '@aws-sdk/client-sqs';
import type { SQSEvent } from 'aws-lambda';
import { recordingStart } from '../../lambdas/recording-start/recording-start.ts';
import { sqsQueue, sqsVisibility } from '../../lambdas/shared/adapters/aws/sqs-queue.ts';
import { systemClock, systemRandomness } from '../../lambdas/shared/adapters/clock.ts';
import { twilioRest } from '../../lambdas/shared/adapters/twilio/twilio-rest.ts';
import { twilioSignatures } from '../../lambdas/shared/adapters/twilio/twilio-signatures.ts';
import { readStartMessage } from '../../lambdas/shared/entry/messages.ts';
import { consume } from '../../lambdas/shared/entry/queue-consumer.ts';
import type { StartMessage } from '../../lambdas/shared/ports/queues.ts';
import { type StreamConnectDependencies, startStream } from '../../lambdas/stream-connect/stream-connect.ts';
import { DEFAULT_CONFIGURATION } from '../../lib/configuration/configuration.ts';
import { startEmulator } from '../../local/emulators/emulator-process.ts';
import { startEventSource } from '../../local/triggers/event-sources.ts';
import { TableModel } from '../../sim/aws/table.ts';
import { CREDENTIALS, SILENT_LOG } from '../loopback/ports.ts';
import { preciseNow, startFastTwilio, type TwilioOptions } from '../loopback/twilio.ts';
import { startMessage } from './loaded-system.ts';

export type StartLine = Awaited<ReturnType<typeof openStartLine>>;

export async function openStartLine(directory: string, options: TwilioOptions) {
  /** What went wrong on the way. */
  const problems: unknown[] = [];
  const twilio = await startFastTwilio(options);
  const queue = await openQueue(directory);
  const common = {
    table: new TableModel({ clock: systemClock }),
    credentials: CREDENTIALS,
    clock: systemClock,
    randomness: systemRandomness,
    log: SILENT_LOG,
  };
  const connecting: StreamConnectDependencies = {
    ...common,
    streamUrl: 'wss://recorder.test',
    foreignStreams: 'refuse',
    disclaimer: Buffer.alloc(8000),
    signatures: twilioSignatures,
    startQueue: sqsQueue<StartMessage>(queue.sqs, queue.queueUrl),
    connections: { send: async () => 'sent', close: async () => undefined },
  };
  const rest = twilioRest({
    apiUrl: twilio.url,
    callbackUrl: 'https://recorder.test/recording-callback',
    credentials: CREDENTIALS,
  });
  const consumer = {
    log: SILENT_LOG,
    visibility: sqsVisibility(queue.sqs, queue.queueUrl),
    read: readStartMessage,
    step: recordingStart.bind(null, { ...common, twilio: rest, withoutStream: 'leave' }),
  };
  const source = startEventSource({
    ...EVENT_SOURCE,
    ...queue,
    invoke: async (_function, event) => ({ ok: true, payload: await consume(consumer, event as SQSEvent) }),
    onProblem: (problem) => problems.push(problem),
  });
  return {
    twilio,
    problems,
    /** Hands a `start` to `stream-connect`. @returns when, in milliseconds since 1970. */
    start(callSid: string): number {
      const message = startMessage(callSid);
      const at = preciseNow();
      startStream(connecting, callSid, message).catch((error: unknown) => problems.push(error));
      return at;
    },
    async close() {
      await source.stop();
      await queue.close();
      await twilio.close();
    },
  };
}

const REGION = 'us-east-1';
const QUEUE_NAME = 'recording-start';

async function openQueue(directory: string) {
  mkdirSync(directory, { recursive: true });
  const emulator = await startEmulator({ service: 'sqs', directory });
  const credentials = { accessKeyId: 'BENCH', secretAccessKey: 'bench' };
  const sqs = new SQSClient({ region: REGION, endpoint: emulator.url, credentials });
  const attributes = { VisibilityTimeout: '30' };
  const create = new CreateQueueCommand({ QueueName: QUEUE_NAME, Attributes: attributes });
  const { QueueUrl: queueUrl = '' } = await sqs.send(create);
  return {
    sqs,
    queueUrl,
    async close() {
      sqs.destroy();
      await emulator.close();
    },
  };
}

/** As lib/steps/steps.ts has it. */
const EVENT_SOURCE = {
  model: {
    logicalId: 'RecordingStart',
    functionId: 'recording-start',
    queueId: QUEUE_NAME,
    batchSize: 1,
    maximumConcurrency: DEFAULT_CONFIGURATION.recordingConcurrency,
    reportsItemFailures: true,
    enabled: true,
  },
  queueArn: `arn:aws:sqs:${REGION}:000000000000:${QUEUE_NAME}`,
  region: REGION,
};
