import { randomBytes } from 'node:crypto';
import { CreateTableCommand, type CreateTableCommandInput, DescribeTableCommand } from '@aws-sdk/client-dynamodb';
import { CreateBucketCommand, HeadBucketCommand, PutBucketVersioningCommand } from '@aws-sdk/client-s3';
import { CreateSecretCommand, DescribeSecretCommand } from '@aws-sdk/client-secrets-manager';
import {
  CreateQueueCommand,
  GetQueueAttributesCommand,
  GetQueueUrlCommand,
  SetQueueAttributesCommand,
} from '@aws-sdk/client-sqs';
import { type Template, TemplateError, type TemplateResource } from '../template/assembly.ts';
import type { PhysicalResource, Resolver } from '../template/resolver.ts';
import { ACCOUNT_ID, type AwsClients, type LocalAws, REGION } from './aws.ts';

interface Creation {
  readonly aws: LocalAws;
  readonly clients: AwsClients;
  readonly resolver: Resolver;
  readonly stackName: string;
  readonly template: Template;
}

type Creator = (creation: Creation, logicalId: string, properties: Properties) => Promise<PhysicalResource>;
type Properties = { readonly [name: string]: unknown };

const CREATORS: { readonly [type: string]: Creator } = {
  'AWS::DynamoDB::Table': createTable,
  'AWS::DynamoDB::GlobalTable': createTable,
  'AWS::S3::Bucket': createBucket,
  'AWS::SecretsManager::Secret': createSecret,
  'AWS::SQS::Queue': createQueue,
};

/**
 * Creates the template's tables, buckets, secrets and queues through the real SDK, so that any AWS stand-in serves.
 * What exists is kept and brought up to date. Fills `physical` with what each answers to `Ref` and `Fn::GetAtt`.
 */
export async function createResources(creation: Creation, physical: Map<string, PhysicalResource>): Promise<void> {
  const resources = Object.entries(creation.template.Resources).filter(([, { Type }]) => Type in CREATORS);
  const create = async ([logicalId, { Type, Properties = {} }]: [string, TemplateResource]) => {
    const creator = CREATORS[Type];
    if (creator !== undefined) physical.set(logicalId, await creator(creation, logicalId, Properties));
  };
  // A dead-letter queue comes before the queue that names it.
  const isSecond = ([, { Properties }]: [string, TemplateResource]) => Properties?.RedrivePolicy !== undefined;
  await Promise.all(resources.filter((resource) => !isSecond(resource)).map(create));
  await Promise.all(resources.filter(isSecond).map(create));
}

async function createTable({ clients, resolver, stackName }: Creation, logicalId: string, properties: Properties) {
  const given = resolver.value(properties, logicalId) as CreateTableCommandInput & {
    GlobalSecondaryIndexes?: object[];
  };
  const name = given.TableName ?? `${stackName}-${logicalId}`;
  const input: CreateTableCommandInput = {
    TableName: name,
    KeySchema: given.KeySchema,
    AttributeDefinitions: given.AttributeDefinitions,
    BillingMode: 'PAY_PER_REQUEST',
    GlobalSecondaryIndexes: given.GlobalSecondaryIndexes?.map(({ IndexName, KeySchema, Projection }) => {
      return { IndexName, KeySchema, Projection };
    }),
  };
  await ifMissing(['ResourceInUseException'], () => clients.dynamodb.send(new CreateTableCommand(input)));
  // A table that was made for an older template may lack what the functions need.
  const { Table: table } = await clients.dynamodb.send(new DescribeTableCommand({ TableName: name }));
  const wanted = (given.GlobalSecondaryIndexes ?? []).map(({ IndexName }) => IndexName);
  const existing = (table?.GlobalSecondaryIndexes ?? []).map(({ IndexName }) => IndexName);
  if (!wanted.every((index) => existing.includes(index))) {
    throw new TemplateError(
      logicalId,
      `table ${name} exists without all of its indexes. Use another --data directory.`,
    );
  }
  const arn = table?.TableArn ?? `arn:aws:dynamodb:${REGION}:${ACCOUNT_ID}:table/${name}`;
  return { ref: name, attributes: { Arn: arn } };
}

async function createBucket(creation: Creation, logicalId: string, properties: Properties) {
  const { aws, clients, resolver, stackName } = creation;
  const generated = `${stackName}-${logicalId}`
    .toLowerCase()
    .replace(/[^a-z0-9-]/g, '-')
    .slice(0, 63);
  const name = resolver.string(properties.BucketName ?? generated, logicalId);
  await createBucketNamed(clients, name);
  const versioning = (properties.VersioningConfiguration as { Status?: unknown } | undefined)?.Status;
  // The embedded emulator keeps no versions; where nothing is ever overwritten, it needs none.
  if (versioning === 'Enabled' && !aws.countsRequests) {
    const VersioningConfiguration = { Status: 'Enabled' } as const;
    await clients.s3.send(new PutBucketVersioningCommand({ Bucket: name, VersioningConfiguration }));
  }
  return { ref: name, attributes: { Arn: `arn:aws:s3:::${name}` } };
}

/** Makes a bucket, unless it exists. Exported for one that the template names but does not hold: the owner's own. */
export async function createBucketNamed(clients: AwsClients, name: string): Promise<void> {
  await ifMissing(['BucketAlreadyOwnedByYou', 'BucketAlreadyExists'], () =>
    clients.s3.send(new CreateBucketCommand({ Bucket: name })),
  );
  await clients.s3.send(new HeadBucketCommand({ Bucket: name }));
}

async function createSecret({ clients, resolver, stackName }: Creation, logicalId: string, properties: Properties) {
  const name = resolver.string(properties.Name ?? `${stackName}-${logicalId}`, logicalId);
  // What is generated is drawn once: a secret that exists keeps its value.
  const generated = properties.GenerateSecretString !== undefined && { SecretString: randomBytes(32).toString('hex') };
  await ifMissing(['ResourceExistsException'], () =>
    clients.secretsmanager.send(new CreateSecretCommand({ Name: name, ...generated })),
  );
  const { ARN } = await clients.secretsmanager.send(new DescribeSecretCommand({ SecretId: name }));
  return { ref: ARN ?? name, attributes: { Id: ARN ?? name, Name: name } };
}

/** Seconds. Source: the documentation of AWS::SQS::Queue. */
const QUEUE_DEFAULTS = {
  DelaySeconds: 0,
  MessageRetentionPeriod: 345_600,
  ReceiveMessageWaitTimeSeconds: 0,
  VisibilityTimeout: 30,
} as const;

async function createQueue(creation: Creation, logicalId: string, properties: Properties) {
  const { aws, clients, resolver, stackName } = creation;
  const name = resolver.string(properties.QueueName ?? `${stackName}-${logicalId}`, logicalId);
  if (name.endsWith('.fifo')) throw new TemplateError(logicalId, 'local mode does not know FIFO queues.');
  // Stated in full, so that a queue of an older template loses what that one said.
  const attributes: { [name: string]: string } = {};
  for (const [attribute, otherwise] of Object.entries(QUEUE_DEFAULTS)) {
    attributes[attribute] = resolver.string(properties[attribute] ?? otherwise, logicalId);
  }
  if (properties.RedrivePolicy !== undefined) {
    const policy = resolver.value(properties.RedrivePolicy, logicalId) as { maxReceiveCount?: unknown };
    // Both spellings are valid for CloudFormation; the API wants the number as a number.
    attributes.RedrivePolicy = JSON.stringify({ ...policy, maxReceiveCount: Number(policy.maxReceiveCount) });
  }
  await ifMissing(['QueueNameExists', 'QueueAlreadyExists'], () =>
    clients.sqs.send(new CreateQueueCommand({ QueueName: name, Attributes: attributes })),
  );
  const { QueueUrl: answered } = await clients.sqs.send(new GetQueueUrlCommand({ QueueName: name }));
  if (answered === undefined) throw new TemplateError(logicalId, `the SQS endpoint does not know the queue ${name}.`);
  // The embedded emulator remembers the URL, and with it the port, of the start that made the queue.
  const url = aws.countsRequests ? `${aws.endpoints.sqs}${new URL(answered).pathname}` : answered;
  await clients.sqs.send(new SetQueueAttributesCommand({ QueueUrl: url, Attributes: attributes }));
  const { Attributes } = await clients.sqs.send(
    new GetQueueAttributesCommand({ QueueUrl: url, AttributeNames: ['QueueArn'] }),
  );
  const arn = Attributes?.QueueArn ?? `arn:aws:sqs:${REGION}:${ACCOUNT_ID}:${name}`;
  return { ref: url, attributes: { Arn: arn, QueueName: name, QueueUrl: url } };
}

/** Runs a creation; that the resource exists already, which `names` tell, is as good. */
async function ifMissing(names: readonly string[], create: () => Promise<unknown>): Promise<void> {
  try {
    await create();
  } catch (error) {
    // Some stand-ins for SQS put the name of its older protocol in front.
    const name = error instanceof Error ? error.name.replace('AWS.SimpleQueueService.', '') : '';
    if (!names.includes(name)) throw error;
  }
}
