/** What outlives the functions: the table of calls and recordings, the bucket of audio, and the secrets. */
import { RemovalPolicy, SecretValue, Stack, Token, Validations } from 'aws-cdk-lib';
import type { Table } from 'aws-cdk-lib/aws-dynamodb';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';
import type { TwilioCredentialsSecret } from '../../lambdas/shared/contract/credentials.ts';
import { TABLE } from '../../lambdas/shared/contract/table.ts';
import type { CallRecorderConfiguration } from '../configuration/options.ts';
import type { StepLambda } from '../steps/step-lambda.ts';
import type { Encryption } from './encryption.ts';
import {
  CANARY_PREFIX,
  PEAKS_PREFIX,
  RECEIPTS_PREFIX,
  RECORDINGS_PREFIX,
  recordingsBucket,
} from './recordings-bucket.ts';
import { createTable } from './table.ts';

export interface StorageProps {
  readonly prefix: string;
  readonly configuration: CallRecorderConfiguration;
  readonly encryption: Encryption;
  /** Origin of the hosted console's page, where there is one: its player reads the audio. */
  readonly consoleOrigin: string | undefined;
}

const RECORDINGS = `${RECORDINGS_PREFIX}*`;
const PEAKS = `${PEAKS_PREFIX}*`;

/** What is in the secret until the owner puts the credentials there: the form to fill in. */
const PLACEHOLDER: TwilioCredentialsSecret = { accountSid: '', authToken: '' };

/**
 * Table, bucket and secrets. CloudFormation names them: a chosen name, kept after its stack is deleted, would block the next stack.
 */
export class Storage extends Construct {
  readonly table: Table;
  readonly bucket: IBucket;
  readonly secret: Secret;
  /** Keys the HMAC of telephone numbers. */
  readonly partySecret: Secret;
  private readonly encryption: Encryption;

  constructor(scope: Construct, id: string, { prefix, configuration, encryption, consoleOrigin }: StorageProps) {
    super(scope, id);
    this.encryption = encryption;
    // Kept when the stack is deleted, but not when its very first deployment fails and is rolled back, still empty.
    const retain = configuration.removalPolicy === 'retain';
    const removalPolicy = retain ? RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE : RemovalPolicy.DESTROY;

    this.table = createTable(this, retain, encryption);
    this.bucket = recordingsBucket(this, 'Recordings', {
      ...{ encryption, removalPolicy, configuration, consoleOrigin },
    });
    this.secret = createSecret(this, prefix, removalPolicy, encryption);
    this.partySecret = createPartySecret(this, prefix, removalPolicy, encryption);
  }

  /** `https://…` where links to stored audio lead; the path too, where the bucket's name cannot be part of a host's. */
  get audioOrigin(): string {
    const { region, urlSuffix } = Stack.of(this);
    const { bucketName } = this.bucket;
    const name = Token.isUnresolved(bucketName) ? '' : bucketName;
    return name.includes('.')
      ? `https://s3.${region}.${urlSuffix}/${name}/`
      : `https://${bucketName}.s3.${region}.${urlSuffix}`;
  }

  allowCredentials(step: StepLambda): void {
    step.allow(['secretsmanager:GetSecretValue'], [this.secret.secretArn]);
    this.encryption.allow(step, 'secret', 'read');
  }

  /** Allows to make HMACs of telephone numbers, by which calls are found. */
  allowParties(step: StepLambda): void {
    step.allow(['secretsmanager:GetSecretValue'], [this.partySecret.secretArn]);
    this.encryption.allow(step, 'secret', 'read');
  }

  /** Allows the named operations on the table itself, not on its index. What only reads may decrypt, and not encrypt. */
  allowTable(step: StepLambda, operations: readonly ('GetItem' | 'PutItem' | 'Query')[]): void {
    step.allow(
      operations.map((operation) => `dynamodb:${operation}`),
      [this.table.tableArn],
    );
    this.encryption.allow(step, 'table', operations.includes('PutItem') ? 'write-table' : 'read-table');
  }

  /**
   * Allows to write rows of the audit, and no other: IAM compares the partition key of what is written.
   *
   * @see https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/specifying-conditions.html
   */
  allowAudit(step: StepLambda): void {
    const ofAudit = { 'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': [`${TABLE.auditPrefix}*`] } };
    step.allow(['dynamodb:PutItem'], [this.table.tableArn], ofAudit);
    this.encryption.allow(step, 'table', 'write-table');
  }

  /** Allows to take away the rows that lead from a party to a call, and no other. */
  allowPartyRemoval(step: StepLambda): void {
    const ofParties = { 'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': [`${TABLE.partyPrefix}*`] } };
    step.allow(['dynamodb:DeleteItem'], [this.table.tableArn], ofParties);
  }

  allowDueIndex(step: StepLambda): void {
    step.allow(['dynamodb:Query'], [`${this.table.tableArn}/index/${TABLE.dueIndex}`]);
  }

  allowPendingEventsIndex(step: StepLambda): void {
    step.allow(['dynamodb:Query'], [`${this.table.tableArn}/index/${TABLE.pendingEventsIndex}`]);
  }

  allowByDayIndex(step: StepLambda): void {
    step.allow(['dynamodb:Query'], [`${this.table.tableArn}/index/${TABLE.byDayIndex}`]);
  }

  /** Allows to sign links to stored audio: a link has the rights of its signer. */
  allowPlayback(step: StepLambda): void {
    step.allow(['s3:GetObject', 's3:GetObjectVersion'], [this.bucket.arnForObjects(RECORDINGS)]);
    this.encryption.allow(step, 'bucket', 'read');
    this.acknowledgeObjects(step);
  }

  /** Allows to store recordings, and to read and verify them. No step may delete one. */
  allowStoring(step: StepLambda): void {
    step.allow(['s3:PutObject', 's3:GetObject', 's3:AbortMultipartUpload'], [this.bucket.arnForObjects(RECORDINGS)]);
    this.encryption.allow(step, 'bucket', 'write');
    this.allowExistenceCheck(step);
  }

  /** Allows to keep peaks beside the audio, or to read them. */
  allowPeaks(step: StepLambda, access: 'read' | 'write'): void {
    const peaks = this.bucket.arnForObjects(PEAKS);
    step.allow([access === 'read' ? 's3:GetObject' : 's3:PutObject'], [peaks]);
    step.acknowledgeResource(peaks, 'Each recording has its own, known only once they are there.');
  }

  /** Allows to remember when a canary was placed, and to find and hear the copies of its calls. */
  allowCanary(step: StepLambda): void {
    const canaries = this.bucket.arnForObjects(`${CANARY_PREFIX}*`);
    step.allow(['s3:PutObject', 's3:GetObject'], [canaries]);
    step.allow(['s3:ListBucket'], [this.bucket.bucketArn]);
    this.encryption.allow(step, 'bucket', 'write');
    step.acknowledgeResource(canaries, 'A copy is a key of its own, known only once it is there.');
  }

  /**
   * Allows to delete every version of recordings and peaks, to abort uploads of them, and to keep receipts, which it cannot delete. A lock
   * that must not end yet is obeyed: nothing here allows to get around it.
   */
  allowErasing(step: StepLambda): void {
    const objects = [RECORDINGS, PEAKS].map((prefix) => this.bucket.arnForObjects(prefix));
    const receipts = this.bucket.arnForObjects(`${RECEIPTS_PREFIX}*`);
    step.allow(['s3:DeleteObjectVersion', 's3:AbortMultipartUpload', 's3:GetObjectRetention'], objects);
    step.allow(['s3:ListBucketVersions', 's3:ListBucketMultipartUploads'], [this.bucket.bucketArn]);
    step.allow(['s3:PutObject'], [receipts]);
    this.encryption.allow(step, 'bucket', 'write');
    for (const object of [...objects, receipts]) {
      step.acknowledgeResource(object, 'What is to be erased, and its receipt, are known only once somebody asks.');
    }
  }

  allowVerifying(step: StepLambda): void {
    step.allow(['s3:GetObject'], [this.bucket.arnForObjects(RECORDINGS)]);
    // S3 decrypts to answer a HEAD that asks for the checksum.
    this.encryption.allow(step, 'bucket', 'read');
    this.allowExistenceCheck(step);
  }

  /**
   * Without ListBucket S3 answers 403 for a key that does not exist. A condition on the prefix could turn the 404 into a 403 again,
   * since a HEAD names no prefix.
   */
  private allowExistenceCheck(step: StepLambda): void {
    this.acknowledgeObjects(step);
    step.allow(['s3:ListBucket'], [this.bucket.bucketArn]);
  }

  private acknowledgeObjects(step: StepLambda): void {
    step.acknowledgeResource(
      this.bucket.arnForObjects(RECORDINGS),
      'A recording is a key of its own, known only once it is there.',
    );
  }
}

function createSecret(scope: Construct, prefix: string, removalPolicy: RemovalPolicy, encryption: Encryption): Secret {
  const secretKey = encryption.keyFor('secret');
  const secret = new Secret(scope, 'TwilioCredentials', {
    description: `Twilio credentials of ${prefix}: JSON with accountSid, authToken and, if there is an API key, apiKeySid and apiKeySecret`,
    // The placeholder holds nothing secret, so the template may show it.
    secretStringValue: SecretValue.unsafePlainText(JSON.stringify(PLACEHOLDER)),
    ...(secretKey && { encryptionKey: secretKey }),
    removalPolicy,
  });
  Validations.of(secret).acknowledge({
    id: 'AwsSolutions-SMG4',
    reason: 'Only Twilio issues auth tokens and API keys; previousAuthToken lets the owner rotate them without a gap.',
  });
  return secret;
}

/** Nobody sets it and nobody knows it. Under another value no earlier call could be found by its other party, so that it never changes. */
function createPartySecret(
  scope: Construct,
  prefix: string,
  removalPolicy: RemovalPolicy,
  encryption: Encryption,
): Secret {
  const secretKey = encryption.keyFor('secret');
  const secret = new Secret(scope, 'PartyKey', {
    description: `Keys the HMACs by which calls of ${prefix} are found by the other party's number. Do not change it.`,
    generateSecretString: { passwordLength: 64, excludePunctuation: true },
    ...(secretKey && { encryptionKey: secretKey }),
    removalPolicy,
  });
  Validations.of(secret).acknowledge({
    id: 'AwsSolutions-SMG4',
    reason: 'It keys the HMACs in the table: with another one no earlier call could be found by its other party.',
  });
  return secret;
}
