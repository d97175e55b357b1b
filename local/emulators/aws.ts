import { join } from 'node:path';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { S3Client } from '@aws-sdk/client-s3';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { SQSClient } from '@aws-sdk/client-sqs';
import { type AwsRequest, type AwsService, type CrashableService, startEmulator } from './emulator-process.ts';
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
  /** Process IDs of the emulators, for code that wants to disturb them. */
  readonly processIds: readonly number[];
  /** Kills an emulator, and starts it again at the same address with the same data. */
  crash(service: CrashableService): Promise<void>;
  close(): Promise<void>;
}

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
  const { directory, secretAccessKey, onRequest, onProblem: onUnexpectedExit, onEvent } = options;
  const start = (service: CrashableService) =>
    startEmulator({ service, directory: join(directory, service), onRequest, onUnexpectedExit });
  const secretsFile = join(directory, 'secretsmanager.json');
  const starting = [
    start('dynamodb'),
    start('s3'),
    start('sqs'),
    startSecretsServer({ file: secretsFile, region: REGION, accountId: ACCOUNT_ID, onRequest }),
    startEventsServer({ file: join(directory, 'events.jsonl'), onRequest, onEvent }),
  ] as const;
  const close = async () => {
    const settled = await Promise.allSettled(starting);
    await Promise.all(settled.map((result) => result.status === 'fulfilled' && result.value.close()));
  };
  const [dynamodb, s3, sqs, secretsmanager, eventbridge] = await Promise.all(starting).catch(async (error) => {
    await close();
    throw error;
  });
  return {
    endpoints: {
      dynamodb: dynamodb.url,
      s3: s3.url,
      sqs: sqs.url,
      secretsmanager: secretsmanager.url,
      eventbridge: eventbridge.url,
    },
    secretAccessKey,
    countsRequests: true,
    get processIds() {
      return [dynamodb, s3, sqs].map(({ processId }) => processId);
    },
    crash: (service) => ({ dynamodb, s3, sqs })[service].crash(),
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

export type AwsClients = ReturnType<typeof createAwsClients>;

/** Real SDK clients against the endpoints; `accessKeyId` says who asks. */
export function createAwsClients(aws: LocalAws, accessKeyId: string = PLATFORM_ACCESS_KEY_ID) {
  const common = { region: REGION, credentials: { accessKeyId, secretAccessKey: aws.secretAccessKey } };
  const clients = {
    dynamodb: new DynamoDBClient({ ...common, endpoint: aws.endpoints.dynamodb }),
    s3: new S3Client({ ...common, endpoint: aws.endpoints.s3, forcePathStyle: true }),
    sqs: new SQSClient({ ...common, endpoint: aws.endpoints.sqs }),
    secretsmanager: new SecretsManagerClient({ ...common, endpoint: aws.endpoints.secretsmanager }),
  };
  const destroy = () => Object.values(clients).forEach((client) => void client.destroy());
  return { ...clients, destroy };
}
