import { join } from 'node:path';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { S3Client } from '@aws-sdk/client-s3';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { SQSClient } from '@aws-sdk/client-sqs';
import { type AwsRequest, type AwsService, startEmulator } from './emulator-process.ts';
import { type BusEvent, startEventsServer } from './events-server.ts';
import { startSecretsServer } from './secrets-server.ts';

export const REGION = 'us-east-1';
export const ACCOUNT_ID = '000000000000';
/** The key ID tells who asks. */
export const PLATFORM_ACCESS_KEY_ID = 'LOCALPLATFORM';

/** The AWS services of local mode, embedded or somebody else's. */
export interface LocalAws {
  readonly endpoints: { readonly [service in AwsService]: string };
  /** What every client signs with. Emulators check no signature, but the gateway does, and the SDK wants credentials. */
  readonly secretAccessKey: string;
  /** False where the endpoint is not ours: nobody counts requests there. */
  readonly countsRequests: boolean;
  /** Process IDs of the emulators, for whoever wants to disturb them. */
  readonly processIds: readonly number[];
  /** Kills an emulator, and starts it again at the same address with the same data. */
  crash(service: CrashableService): Promise<void>;
  close(): Promise<void>;
}

/** The services whose emulators are processes of their own. */
export type CrashableService = Exclude<AwsService, 'eventbridge' | 'secretsmanager'>;

export interface AwsOptions {
  /** Where the data lives. */
  readonly directory: string;
  readonly secretAccessKey: string;
  readonly onRequest?: (request: AwsRequest) => void;
  readonly onProblem?: (problem: string) => void;
  /** Told of every event that the bus accepts. */
  readonly onEvent?: (event: BusEvent) => void;
}

/** Starts all emulators at once. */
export async function startLocalAws(options: AwsOptions): Promise<LocalAws> {
  const { directory, secretAccessKey, onRequest, onProblem, onEvent } = options;
  const start = (service: CrashableService) =>
    startEmulator({
      service,
      directory: join(directory, service),
      ...(onRequest === undefined ? {} : { onRequest }),
      ...(onProblem === undefined ? {} : { onUnexpectedExit: onProblem }),
    });
  const settled = await Promise.allSettled([
    start('dynamodb'),
    start('s3'),
    start('sqs'),
    startSecretsServer({
      file: join(directory, 'secretsmanager.json'),
      region: REGION,
      accountId: ACCOUNT_ID,
      ...(onRequest === undefined ? {} : { onRequest }),
    }),
    startEventsServer({
      file: join(directory, 'events.jsonl'),
      ...(onRequest === undefined ? {} : { onRequest }),
      ...(onEvent === undefined ? {} : { onEvent }),
    }),
  ]);
  const running = settled.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
  const close = async () => {
    await Promise.all(running.map((emulator) => emulator.close()));
  };
  const [dynamodb, s3, sqs, secretsmanager, eventbridge] = settled;
  if (
    dynamodb.status === 'rejected' ||
    s3.status === 'rejected' ||
    sqs.status === 'rejected' ||
    secretsmanager.status === 'rejected' ||
    eventbridge.status === 'rejected'
  ) {
    await close();
    const failed = settled.find((result) => result.status === 'rejected');
    throw failed?.status === 'rejected' ? failed.reason : new Error('An emulator cannot start.');
  }
  return {
    endpoints: {
      dynamodb: dynamodb.value.url,
      s3: s3.value.url,
      sqs: sqs.value.url,
      secretsmanager: secretsmanager.value.url,
      eventbridge: eventbridge.value.url,
    },
    secretAccessKey,
    countsRequests: true,
    get processIds() {
      return [dynamodb, s3, sqs].map(({ value }) => value.processId);
    },
    crash: (service) => ({ dynamodb, s3, sqs })[service].value.crash(),
    close,
  };
}

/**
 * An AWS stand-in that already runs, such as LocalStack or moto: one URL for all services.
 *
 * @throws if nothing answers there.
 */
export async function externalAws(url: string, secretAccessKey: string): Promise<LocalAws> {
  const endpoint = url.replace(/\/+$/, '');
  try {
    const reply = await fetch(endpoint, { signal: AbortSignal.timeout(5000) });
    await reply.body?.cancel();
  } catch (error) {
    const { message, cause } = error as Error & { cause?: Error };
    throw new Error(`--aws-endpoint ${url}: nothing answers there (${cause?.message ?? message}). Start it first.`);
  }
  return {
    endpoints: { dynamodb: endpoint, s3: endpoint, sqs: endpoint, secretsmanager: endpoint, eventbridge: endpoint },
    secretAccessKey,
    countsRequests: false,
    processIds: [],
    crash: (service) => Promise.reject(new Error(`${service} is not ours to crash.`)),
    close: async () => undefined,
  };
}

export interface AwsClients {
  readonly dynamodb: DynamoDBClient;
  readonly s3: S3Client;
  readonly sqs: SQSClient;
  readonly secretsmanager: SecretsManagerClient;
  destroy(): void;
}

/** Real SDK clients against the endpoints; `accessKeyId` says who asks. */
export function createAwsClients(aws: LocalAws, accessKeyId: string = PLATFORM_ACCESS_KEY_ID): AwsClients {
  const common = { region: REGION, credentials: { accessKeyId, secretAccessKey: aws.secretAccessKey } };
  const dynamodb = new DynamoDBClient({ ...common, endpoint: aws.endpoints.dynamodb });
  const s3 = new S3Client({ ...common, endpoint: aws.endpoints.s3, forcePathStyle: true });
  const sqs = new SQSClient({ ...common, endpoint: aws.endpoints.sqs });
  const secretsmanager = new SecretsManagerClient({ ...common, endpoint: aws.endpoints.secretsmanager });
  return {
    dynamodb,
    s3,
    sqs,
    secretsmanager,
    destroy() {
      for (const client of [dynamodb, s3, sqs, secretsmanager]) client.destroy();
    },
  };
}
