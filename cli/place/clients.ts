/** AWS as the commands reach it. */
import { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { S3Client } from '@aws-sdk/client-s3';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { SQSClient } from '@aws-sdk/client-sqs';
import type { Place } from './place.ts';

export interface Clients {
  readonly dynamodb: DynamoDBClient;
  readonly s3: S3Client;
  readonly sqs: SQSClient;
  readonly secretsmanager: SecretsManagerClient;
  /** Not there on a local system. */
  readonly cloudwatch: CloudWatchClient;
}

/** Milliseconds; a person waits, so a silent network is named soon. */
export const REQUESTS = { requestHandler: { connectionTimeout: 5_000, requestTimeout: 30_000 }, maxAttempts: 3 };

/** Gives `use` the clients of a place, and closes their connections behind it. */
export async function withClients<Value>({ aws }: Place, use: (clients: Clients) => Promise<Value>): Promise<Value> {
  const { region, credentials, endpoints } = aws;
  const common = { ...REQUESTS, ...(region !== undefined && { region }), ...(credentials && { credentials }) };
  const at = (service: keyof NonNullable<typeof endpoints>) => ({
    ...common,
    ...(endpoints && { endpoint: endpoints[service] }),
  });
  const clients = {
    dynamodb: new DynamoDBClient(at('dynamodb')),
    // Emulators know buckets by their path, as 127.0.0.1 has no subdomains.
    s3: new S3Client({ ...at('s3'), ...(endpoints && { forcePathStyle: true }) }),
    sqs: new SQSClient(at('sqs')),
    secretsmanager: new SecretsManagerClient(at('secretsmanager')),
    cloudwatch: new CloudWatchClient(common),
  };
  try {
    return await use(clients);
  } finally {
    for (const client of Object.values(clients)) client.destroy();
  }
}
