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
import type { Log } from '../../lambdas/shared/ports/log.ts';
import type { StartMessage } from '../../lambdas/shared/ports/queues.ts';
import type { Table } from '../../lambdas/shared/ports/table.ts';
import type { Credentials } from '../../lambdas/shared/ports/twilio.ts';
import { streamToken } from '../../lambdas/shared/rules/call/stream-token.ts';
import type { Row, RowKey, RowOf } from '../../lambdas/shared/rules/table/rows.ts';
import { type StreamConnectDependencies, startStream } from '../../lambdas/stream-connect/stream-connect.ts';
import { DEFAULT_CONFIGURATION } from '../../lib/configuration/configuration.ts';
import { startEmulator } from '../../local/emulators/emulator-process.ts';
import { startEventSource } from '../../local/triggers/event-sources.ts';
import { ACCOUNT, type FastTwilio, type FastTwilioOptions, preciseNow, startFastTwilio } from './fast-twilio.ts';

export interface StartLine {
  readonly twilio: FastTwilio;
  /** Hands a `start` to `stream-connect`. @returns when, in milliseconds since 1970. */
  start(callSid: string): number;
  /** What went wrong on the way. */
  readonly problems: readonly unknown[];
  close(): Promise<void>;
}

export async function openStartLine(directory: string, options: FastTwilioOptions): Promise<StartLine> {
  mkdirSync(directory, { recursive: true });
  const problems: unknown[] = [];
  const twilio = await startFastTwilio(options);
  const emulator = await startEmulator({ service: 'sqs', directory });
  const sqs = new SQSClient({
    region: 'us-east-1',
    endpoint: emulator.url,
    credentials: { accessKeyId: 'BENCH', secretAccessKey: 'bench' },
  });
  const attributes = { VisibilityTimeout: '30' };
  const { QueueUrl: queueUrl = '' } = await sqs.send(
    new CreateQueueCommand({ QueueName: 'recording-start', Attributes: attributes }),
  );
  const table = memoryTable();
  const log = silentLog();
  const common = { table, credentials: CREDENTIALS, clock: systemClock, randomness: systemRandomness, log };
  const connecting: StreamConnectDependencies = {
    ...common,
    streamUrl: 'wss://recorder.test',
    foreignStreams: 'refuse',
    disclaimer: Buffer.alloc(8000),
    signatures: twilioSignatures,
    startQueue: sqsQueue<StartMessage>(sqs, queueUrl),
    connections: { send: async () => 'sent', close: async () => undefined },
  };
  const rest = twilioRest({
    apiUrl: twilio.url,
    callbackUrl: 'https://recorder.test/recording-callback',
    credentials: CREDENTIALS,
  });
  const consumer = {
    log,
    visibility: sqsVisibility(sqs, queueUrl),
    read: readStartMessage,
    step: recordingStart.bind(null, { ...common, twilio: rest }),
  };
  const source = startEventSource({
    // As lib/steps/steps.ts has it.
    model: {
      logicalId: 'RecordingStart',
      functionId: 'recording-start',
      queueId: 'recording-start',
      batchSize: 1,
      maximumConcurrency: DEFAULT_CONFIGURATION.recordingConcurrency,
      reportsItemFailures: true,
      enabled: true,
    },
    queueUrl,
    queueArn: 'arn:aws:sqs:us-east-1:000000000000:recording-start',
    region: 'us-east-1',
    sqs,
    invoke: async (_function, event) => ({ ok: true, payload: await consume(consumer, event as SQSEvent) }),
    onProblem: (problem) => problems.push(problem),
  });
  return {
    twilio,
    problems,
    start(callSid) {
      const streamSid = `MZ${callSid.slice(2)}`;
      const customParameters = { token: streamToken(ACCOUNT.authToken, callSid, Date.now()) };
      const start = { accountSid: ACCOUNT.accountSid, streamSid, callSid, customParameters };
      const at = preciseNow();
      startStream(connecting, callSid, JSON.stringify({ event: 'start', start, streamSid })).catch((error: unknown) => {
        problems.push(error);
      });
      return at;
    },
    async close() {
      await source.stop();
      sqs.destroy();
      await emulator.close();
      await twilio.close();
    },
  };
}

const CREDENTIALS: Credentials = {
  current: async () => ({
    accountSid: ACCOUNT.accountSid,
    authTokens: [ACCOUNT.authToken],
    rest: { username: ACCOUNT.apiKeySid, password: ACCOUNT.apiKeySecret },
  }),
  refresh: async () => false,
};

export function silentLog(): Log {
  const silent = () => undefined;
  return { info: silent, warn: silent, error: silent, count: silent, measure: silent };
}

function memoryTable(): Table {
  const rows = new Map<string, Row>();
  const nameOf = (key: RowKey): string =>
    JSON.stringify([key.kind, 'callSid' in key ? key.callSid : '', 'recordingSid' in key ? key.recordingSid : '']);
  return {
    notesEvents: false,
    async read<Key extends RowKey>(key: Key) {
      return rows.get(nameOf(keyOfRow(key))) as RowOf<Key> | undefined;
    },
    readCall: async (callSid) =>
      [...rows.values()].filter((row) => row.kind !== 'reconcile' && row.callSid === callSid),
    async write(row, expected) {
      const name = nameOf(keyOfRow(row));
      if (rows.get(name)?.version !== expected) return 'conflict';
      rows.set(name, row);
      return 'written';
    },
    due: async () => ({ candidates: [] }),
    untold: async () => ({ keys: [] }),
  };
}

function keyOfRow(row: RowKey | Row): RowKey {
  if (row.kind === 'reconcile') return { kind: 'reconcile' };
  if (row.kind === 'call') return { kind: 'call', callSid: row.callSid };
  return { kind: 'recording', callSid: row.callSid, recordingSid: row.recordingSid };
}
