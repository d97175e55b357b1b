/** One call through the whole local system, and all that it took, counted from outside. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type CallQuantities, LAMBDA_LOG_BYTES } from '../../cli/cost/prices.ts';
import { disclaimerMessages } from '../../lambdas/stream-connect/disclaimer.ts';
import type { AwsService } from '../../local/emulators/emulator-process.ts';
import { synthesize } from '../../local/system/synthesize.ts';
import { type SystemEvent, startSystem } from '../../local/system/system.ts';
import { type Counts, difference, type Usage } from '../../local/system/usage.ts';
import type { FunctionModel } from '../../local/template/model.ts';
import { stepOf } from '../../local/triggers/invocations.ts';
import { startTwilioServer, type TwilioServerEvent } from '../../local/twilio/server/server.ts';
import { ACCOUNT } from '../loopback/twilio.ts';

/** Schedules run far more often than in AWS here, so that what they take says nothing of a call. */
const SCHEDULE_SPEED = 120;
const LIMIT_MS = 180_000;

export type CallRun = Awaited<ReturnType<typeof runCall>>;

interface CallRunOptions {
  readonly root: string;
  readonly directory: string;
  readonly assemblyDirectory: string;
  readonly seconds: number;
  /** How many times as fast as the clock the telephone side goes; queues and functions keep real time. */
  readonly speed: number;
  readonly disclaimer: Uint8Array;
}

/** Synthesizes the app so that it dials after the disclaimer, and a call can last. @returns the cloud assembly's folder */
export async function synthesizeDialing(root: string, directory: string): Promise<string> {
  const config = `${directory}.json`;
  writeFileSync(config, JSON.stringify({ afterDisclaimer: { kind: 'dial', number: '+14155550123' } }));
  await synthesize({ root, directory, context: { config } });
  return directory;
}

/** @throws Error where the call was not followed to the deletion of Twilio's copy in time */
export async function runCall(options: CallRunOptions) {
  const { directory, seconds, speed } = options;
  mkdirSync(directory, { recursive: true });
  const events: TwilioServerEvent[] = [];
  const seen = { gigabyteSeconds: 0, logBytes: 0, announced: 0 };
  const twilio = await startTwilioServer({
    port: 0,
    dataDirectory: join(directory, 'twilio'),
    credentials: ACCOUNT,
    registrationDelay: () => 0,
    speed,
    onEvent: (event) => events.push(event),
  });
  // By step. What runs on a schedule, or before the system is up, belongs to no call.
  let ofCalls: ReadonlyMap<string, FunctionModel> = new Map();
  const system = await startSystem({
    root: options.root,
    port: 0,
    dataDirectory: join(directory, 'system'),
    assemblyDirectory: options.assemblyDirectory,
    keepAtTwilioSeconds: 1,
    scheduleSpeed: SCHEDULE_SPEED,
    twilio: { ...ACCOUNT, apiUrl: twilio.url },
    onInvoke(step) {
      const begun = performance.now();
      return () => {
        const { memoryMegabytes = 0 } = ofCalls.get(step) ?? {};
        seen.gigabyteSeconds += (memoryMegabytes / 1024) * (Math.ceil(performance.now() - begun) / 1000);
      };
    },
    onEvent(event: SystemEvent) {
      if (event.kind === 'log' && ofCalls.has(event.step)) seen.logBytes += Buffer.byteLength(event.line.line);
      if (event.kind === 'announced') seen.announced += 1;
    },
  });
  const { functions, schedules } = system.deployment;
  const isScheduled = (model: FunctionModel) => schedules.some(({ functionId }) => functionId === model.logicalId);
  const background = functions.filter(isScheduled).map(stepOf);
  ofCalls = new Map(functions.filter((model) => !isScheduled(model)).map((model) => [stepOf(model), model]));
  try {
    const before = system.usage(background);
    const { voiceUrl } = system.endpoints;
    const call = await twilio.placeCall({ voiceUrl, hangUpAfterMs: seconds * 1000, talkMs: (seconds + 60) * 1000 });
    await call.ended;
    const until = Date.now() + LIMIT_MS;
    while (!events.some(({ kind }) => kind === 'recording-deleted')) {
      if (Date.now() > until) throw new Error(`A call of ${seconds} s was not followed to its end in ${LIMIT_MS} ms.`);
      await sleep(100);
    }
    // The row of the deletion is written after Twilio has answered.
    await sleep(500);
    return count(options.disclaimer, difference(system.usage(background), before), events, seen);
  } finally {
    await system.stop();
    await twilio.close();
  }
}

function count(
  disclaimer: Uint8Array,
  { invocations, messages, awsRequests = {} }: Usage,
  events: readonly TwilioServerEvent[],
  seen: { readonly gigabyteSeconds: number; readonly logBytes: number; readonly announced: number },
) {
  const sum = (counts: Counts) => Object.values(counts).reduce((total, one) => total + one, 0);
  const those = (counts: Counts, accepts: (name: string) => boolean): Counts =>
    Object.fromEntries(Object.entries(counts).filter(([name]) => accepts(name)));
  const requests = (service: AwsService, accepts: (operation: string) => boolean = () => true) =>
    sum(those(awsRequests[service] ?? {}, accepts));
  const messagesIn = those(messages, (route) => !/^\$(dis)?connect$/.test(route));
  const messagesOut = disclaimerMessages('MZ', disclaimer).length + 1;
  const opened = events.find(({ kind }) => kind === 'stream-opened')?.at ?? 0;
  const streamSeconds = ((events.find(({ kind }) => kind === 'stream-closed')?.at ?? opened) - opened) / 1000;
  // Each message of a queue is also received and deleted, which Lambda does at our expense.
  const sent = requests('sqs', (operation) => operation.startsWith('SendMessage'));
  const puts = requests('dynamodb', (operation) => operation === 'PutItem') + seen.announced;
  const s3Writes = requests('s3', (operation) => /Put|Post|Upload|Create|Complete/i.test(operation));
  const lambdaRequests = sum(invocations);
  return {
    invocations: lambdaRequests,
    /** WebSocket messages that came from Twilio, by route. */
    messagesIn,
    /** Seconds that the stream was open, of the call's time. */
    streamSeconds,
    quantities: {
      webSocketMessages: sum(messagesIn) + messagesOut,
      // Begun minutes count.
      webSocketConnectionMinutes: Math.ceil(streamSeconds / 60),
      httpRequests: events.filter(({ kind }) => kind === 'twiml-fetched' || kind === 'callback-sent').length,
      lambdaRequests,
      lambdaGigabyteSeconds: seen.gigabyteSeconds,
      sqsRequests: requests('sqs') + 2 * sent,
      // Each write of a row also writes the index that says what is due, and the index by day unless it only takes off an event.
      dynamoDbWriteUnits: 3 * puts - seen.announced,
      dynamoDbReadUnits: requests('dynamodb', (operation) => operation !== 'PutItem') + seen.announced,
      s3Writes,
      s3Reads: requests('s3') - s3Writes,
      secretReads: requests('secretsmanager'),
      eventBridgeEvents: seen.announced,
      logBytes: seen.logBytes + lambdaRequests * LAMBDA_LOG_BYTES,
    } satisfies CallQuantities,
  };
}
