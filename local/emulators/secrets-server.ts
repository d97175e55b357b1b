import { randomUUID } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { writeJsonAtomically } from '../system/atomic-file.ts';
import type { AwsRequest } from './emulator-process.ts';
import { type JsonServer, ServiceError, serveJson } from './json-protocol.ts';

export interface SecretsServerOptions {
  /** Where the secrets live, as JSON. */
  readonly file: string;
  readonly region: string;
  readonly accountId: string;
  readonly now?: () => Date;
  readonly newId?: () => string;
  readonly onRequest?: ((request: AwsRequest) => void) | undefined;
}

interface SecretVersion {
  readonly versionId: string;
  readonly value: string;
  /** Seconds since 1970. */
  readonly createdAt: number;
}

interface Secret {
  readonly name: string;
  readonly arn: string;
  readonly description?: string;
  readonly createdAt: number;
  readonly current?: SecretVersion;
  readonly previous?: SecretVersion;
}

interface SecretRequest {
  readonly Name?: string;
  readonly SecretId?: string;
  readonly SecretString?: string;
  readonly SecretBinary?: string;
  readonly Description?: string;
  readonly ClientRequestToken?: string;
  readonly VersionId?: string;
  readonly VersionStage?: string;
}

const NOT_FOUND = "Secrets Manager can't find the specified secret.";

/**
 * The part of Secrets Manager's JSON 1.1 protocol that a deployment and its functions use: CreateSecret,
 * GetSecretValue, PutSecretValue, UpdateSecret, DescribeSecret; texts only, with AWSCURRENT and AWSPREVIOUS.
 * Source: https://docs.aws.amazon.com/secretsmanager/latest/apireference/
 */
export async function startSecretsServer(options: SecretsServerOptions): Promise<JsonServer> {
  const store = openStore(options);
  return serveJson<SecretRequest>({
    ...options,
    service: 'secretsmanager',
    target: 'secretsmanager',
    perform(operation, body) {
      const perform = OPERATIONS[operation];
      if (body.SecretBinary !== undefined) {
        throw new ServiceError('InvalidParameterException', 'Local mode keeps texts only: use SecretString.');
      }
      if (perform !== undefined) return perform(store, body);
      throw new ServiceError('UnknownOperationException', `Local mode does not know ${operation}.`);
    },
  });
}

type SecretStore = ReturnType<typeof openStore>;

function openStore({ file, region, accountId, now = () => new Date(), newId = randomUUID }: SecretsServerOptions) {
  const stored = existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Secret[]) : [];
  const secrets = new Map(stored.map((secret) => [secret.name, secret]));
  const seconds = () => now().getTime() / 1000;
  return {
    find(idOrArn: string | undefined): Secret {
      for (const secret of secrets.values()) {
        // AWS takes the ARN also without its six random characters.
        if (idOrArn === secret.name || idOrArn === secret.arn || idOrArn === secret.arn.slice(0, -7)) return secret;
      }
      throw new ServiceError('ResourceNotFoundException', NOT_FOUND);
    },
    exists: (name: string) => secrets.has(name),
    save(secret: Secret) {
      secrets.set(secret.name, secret);
      writeJsonAtomically(file, [...secrets.values()]);
    },
    newSecret(name: string, description: string | undefined): Secret {
      const suffix = newId().replaceAll('-', '').slice(0, 6);
      const arn = `arn:aws:secretsmanager:${region}:${accountId}:secret:${name}-${suffix}`;
      return { name, arn, createdAt: seconds(), ...(description === undefined ? {} : { description }) };
    },
    newVersion(value: string, token: string | undefined): SecretVersion {
      return { versionId: token ?? newId(), value, createdAt: seconds() };
    },
  };
}

const OPERATIONS: { readonly [operation: string]: (store: SecretStore, body: SecretRequest) => object } = {
  CreateSecret: createSecret,
  GetSecretValue: getSecretValue,
  PutSecretValue: putSecretValue,
  UpdateSecret: putSecretValue,
  DescribeSecret: describeSecret,
};

function createSecret(store: SecretStore, { Name, Description, SecretString, ClientRequestToken }: SecretRequest) {
  if (Name === undefined || Name === '') throw new ServiceError('InvalidParameterException', 'A name is needed.');
  if (store.exists(Name)) {
    throw new ServiceError('ResourceExistsException', `The secret ${Name} exists already; use PutSecretValue.`);
  }
  const secret = store.newSecret(Name, Description);
  const current = SecretString === undefined ? undefined : store.newVersion(SecretString, ClientRequestToken);
  store.save(current === undefined ? secret : { ...secret, current });
  return { ARN: secret.arn, Name, VersionId: current?.versionId };
}

function getSecretValue(store: SecretStore, { SecretId, VersionId, VersionStage = 'AWSCURRENT' }: SecretRequest) {
  const secret = store.find(SecretId);
  const staged =
    VersionStage === 'AWSPREVIOUS' ? secret.previous : VersionStage === 'AWSCURRENT' ? secret.current : undefined;
  const versions = [secret.current, secret.previous];
  const version = VersionId === undefined ? staged : versions.find((candidate) => candidate?.versionId === VersionId);
  if (version === undefined) {
    const label = VersionId === undefined ? `staging label: ${VersionStage}` : `version ID: ${VersionId}`;
    throw new ServiceError(
      'ResourceNotFoundException',
      `Secrets Manager can't find the specified secret value for ${label}`,
    );
  }
  return {
    ARN: secret.arn,
    Name: secret.name,
    VersionId: version.versionId,
    SecretString: version.value,
    VersionStages: [version === secret.current ? 'AWSCURRENT' : 'AWSPREVIOUS'],
    CreatedDate: version.createdAt,
  };
}

function putSecretValue(
  store: SecretStore,
  { SecretId, SecretString, ClientRequestToken, Description }: SecretRequest,
) {
  const secret = store.find(SecretId);
  const described = Description === undefined ? secret : { ...secret, description: Description };
  if (SecretString === undefined) {
    store.save(described);
    return { ARN: secret.arn, Name: secret.name };
  }
  // A repeated request with the same token is answered as the first one was.
  const repeated = ClientRequestToken !== undefined && secret.current?.versionId === ClientRequestToken;
  const current = repeated && secret.current ? secret.current : store.newVersion(SecretString, ClientRequestToken);
  if (repeated && current.value !== SecretString) {
    throw new ServiceError('ResourceExistsException', 'A version with this token exists, and its value is another.');
  }
  if (!repeated) store.save({ ...described, current, ...(secret.current ? { previous: secret.current } : {}) });
  return { ARN: secret.arn, Name: secret.name, VersionId: current.versionId, VersionStages: ['AWSCURRENT'] };
}

function describeSecret(store: SecretStore, { SecretId }: SecretRequest): object {
  const secret = store.find(SecretId);
  const stages: { [versionId: string]: string[] } = {};
  if (secret.current) stages[secret.current.versionId] = ['AWSCURRENT'];
  if (secret.previous) stages[secret.previous.versionId] = ['AWSPREVIOUS'];
  return {
    ARN: secret.arn,
    Name: secret.name,
    Description: secret.description,
    CreatedDate: secret.createdAt,
    LastChangedDate: secret.current?.createdAt ?? secret.createdAt,
    VersionIdsToStages: stages,
  };
}
