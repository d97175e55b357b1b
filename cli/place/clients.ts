/** AWS as the commands reach it, and Twilio's REST API as the recorder itself uses it. */
import type { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import type { CognitoIdentityProviderClient } from '@aws-sdk/client-cognito-identity-provider';
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { S3Client } from '@aws-sdk/client-s3';
import type { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import type { SNSClient } from '@aws-sdk/client-sns';
import type { SQSClient } from '@aws-sdk/client-sqs';
import type { TwilioRest } from '../../lambdas/shared/ports/twilio.ts';
import type { AwsAccess, Place } from './place.ts';

export interface Clients {
  readonly dynamodb: DynamoDBClient;
  readonly s3: S3Client;
  readonly sqs: SQSClient;
  readonly secretsmanager: SecretsManagerClient;
  /** Only where the console is hosted. */
  readonly cognito: CognitoIdentityProviderClient;
  /** Not there on a local system. */
  readonly cloudwatch: CloudWatchClient;
  /** Not there on a local system. */
  readonly sns: SNSClient;
}

/**
 * Milliseconds. A person waits, so that a silent network is reported soon. The SDK waits for ever unless it is told to
 * throw.
 */
export const REQUESTS = {
  requestHandler: { connectionTimeout: 5_000, requestTimeout: 30_000, throwOnRequestTimeout: true },
  maxAttempts: 3,
};

type Options = ReturnType<typeof optionsFor>;

/** Each imports its own SDK: importing takes longer than most requests. */
const MAKE: { readonly [name in keyof Clients]: (options: Options) => Promise<Clients[name]> } = {
  dynamodb: async (options) => new (await import('@aws-sdk/client-dynamodb')).DynamoDBClient(options),
  // Emulators know buckets by their path, as 127.0.0.1 has no subdomains.
  s3: async (options) =>
    new (await import('@aws-sdk/client-s3')).S3Client({ ...options, forcePathStyle: options.endpoint !== undefined }),
  sqs: async (options) => new (await import('@aws-sdk/client-sqs')).SQSClient(options),
  secretsmanager: async (options) =>
    new (await import('@aws-sdk/client-secrets-manager')).SecretsManagerClient(options),
  cognito: async (options) =>
    new (await import('@aws-sdk/client-cognito-identity-provider')).CognitoIdentityProviderClient(options),
  cloudwatch: async (options) => new (await import('@aws-sdk/client-cloudwatch')).CloudWatchClient(options),
  sns: async (options) => new (await import('@aws-sdk/client-sns')).SNSClient(options),
};

/** Gives `use` the named clients of a place, and closes their connections behind it. */
export async function withClients<Name extends keyof Clients, Value>(
  { aws }: Pick<Place, 'aws'>,
  names: readonly Name[],
  use: (clients: Pick<Clients, Name>) => Promise<Value>,
  requests: typeof REQUESTS = REQUESTS,
): Promise<Value> {
  const made = await Promise.all(
    names.map(async (name) => [name, await MAKE[name](optionsFor(aws, name, requests))] as const),
  );
  try {
    return await use(Object.fromEntries(made) as Pick<Clients, Name>);
  } finally {
    for (const [, client] of made) client.destroy();
  }
}

function optionsFor({ region, credentials, endpoints }: AwsAccess, name: keyof Clients, requests: typeof REQUESTS) {
  const endpoint = name === 'cloudwatch' || name === 'sns' ? undefined : endpoints?.[name];
  return {
    ...requests,
    ...(region !== undefined && { region }),
    ...(credentials && { credentials }),
    ...(endpoint !== undefined && { endpoint }),
  };
}

/**
 * Gives `use` Twilio's REST API, with the stored credentials.
 *
 * @param timeouts in milliseconds, where the recorder's own are too short
 */
export function withTwilio<Value>(
  place: Place,
  use: (twilio: TwilioRest) => Promise<Value>,
  timeouts?: { readonly reply: number; readonly idle: number },
): Promise<Value> {
  return withClients(place, ['secretsmanager'], async ({ secretsmanager }) => {
    const [{ twilioRest }, { secretsManagerCredentials }, { systemClock }] = await Promise.all([
      import('../../lambdas/shared/adapters/twilio/twilio-rest.ts'),
      import('../../lambdas/shared/adapters/aws/secrets-manager-credentials.ts'),
      import('../../lambdas/shared/adapters/clock.ts'),
    ]);
    const credentials = secretsManagerCredentials({
      secretId: place.secretId,
      clock: systemClock,
      client: secretsmanager,
    });
    return use(twilioRest({ apiUrl: place.twilioApiUrl, credentials, ...(timeouts && { timeouts }) }));
  });
}
