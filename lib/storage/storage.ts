/** What outlives the functions: the table of calls and recordings, the bucket of audio, the secret with Twilio's credentials. */
import { RemovalPolicy, SecretValue, Validations } from 'aws-cdk-lib';
import { AttributeType, BillingMode, ProjectionType, Table, TableEncryption } from 'aws-cdk-lib/aws-dynamodb';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';
import type { TwilioCredentialsSecret } from '../../lambdas/shared/contract/credentials.ts';
import { TABLE } from '../../lambdas/shared/contract/table.ts';
import type { CallRecorderConfiguration } from '../configuration/configuration.ts';
import type { StepLambda } from '../steps/step-lambda.ts';
import type { Encryption } from './encryption.ts';
import { RECORDINGS_PREFIX, recordingsBucket } from './recordings-bucket.ts';

export interface StorageProps {
  readonly prefix: string;
  readonly configuration: CallRecorderConfiguration;
  readonly encryption: Encryption;
}

const RECORDINGS = `${RECORDINGS_PREFIX}*`;

/** What is in the secret until the owner puts the credentials there: the form to fill in. */
const PLACEHOLDER: TwilioCredentialsSecret = { accountSid: '', authToken: '' };

/**
 * Table, bucket and secret. None has a name of its own choice: kept after a stack is deleted, a chosen name would stand in the
 * way of the next stack.
 */
export class Storage extends Construct {
  readonly table: Table;
  readonly bucket: IBucket;
  readonly secret: Secret;
  private readonly encryption: Encryption;

  constructor(scope: Construct, id: string, { prefix, configuration, encryption }: StorageProps) {
    super(scope, id);
    this.encryption = encryption;
    // Kept when the stack is deleted, but not when its very first deployment fails and is rolled back, still empty.
    const retain = configuration.removalPolicy === 'retain';
    const removalPolicy = retain ? RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE : RemovalPolicy.DESTROY;

    const tableKey = encryption.keyFor('table');
    this.table = new Table(this, 'Table', {
      partitionKey: { name: TABLE.partitionKey, type: AttributeType.STRING },
      sortKey: { name: TABLE.sortKey, type: AttributeType.STRING },
      billingMode: BillingMode.PAY_PER_REQUEST,
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      ...(tableKey && { encryption: TableEncryption.CUSTOMER_MANAGED, encryptionKey: tableKey }),
      deletionProtection: retain,
      // A table under deletion protection cannot be rolled back: one that was never used may stay behind, which costs nothing.
      removalPolicy: retain ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY,
    });
    // Candidates only: `sweep` decides on the table itself, so nothing but the row's place and kind is copied into the index.
    this.table.addGlobalSecondaryIndex({
      indexName: TABLE.dueIndex,
      partitionKey: { name: TABLE.dueIndexPartitionKey, type: AttributeType.STRING },
      sortKey: { name: TABLE.dueIndexSortKey, type: AttributeType.STRING },
      projectionType: ProjectionType.INCLUDE,
      nonKeyAttributes: ['next', 'completedAt'],
    });
    // Sparse: a row stands in it only until its events are told, which takes a minute.
    this.table.addGlobalSecondaryIndex({
      indexName: TABLE.untoldIndex,
      partitionKey: { name: TABLE.untoldIndexPartitionKey, type: AttributeType.STRING },
      sortKey: { name: TABLE.untoldIndexSortKey, type: AttributeType.STRING },
      projectionType: ProjectionType.KEYS_ONLY,
    });

    // Written when a recording changes its state, by which one may filter, and not when anything else of it changes.
    this.table.addGlobalSecondaryIndex({
      indexName: TABLE.byDayIndex,
      partitionKey: { name: TABLE.byDayIndexPartitionKey, type: AttributeType.STRING },
      sortKey: { name: TABLE.byDayIndexSortKey, type: AttributeType.STRING },
      projectionType: ProjectionType.INCLUDE,
      nonKeyAttributes: ['state'],
    });

    this.bucket = recordingsBucket(this, 'Recordings', {
      encryption,
      removalPolicy,
      bucketName: configuration.bucketName,
      coldStorage: configuration.coldStorage,
      expireAfterDays: configuration.expireAfterDays,
      objectLock: configuration.objectLock,
    });

    const secretKey = encryption.keyFor('secret');
    this.secret = new Secret(this, 'TwilioCredentials', {
      description: `Twilio credentials of ${prefix}: JSON with accountSid, authToken and, if there is an API key, apiKeySid and apiKeySecret`,
      // A form to fill in holds nothing secret, so that it may stand in the template.
      secretStringValue: SecretValue.unsafePlainText(JSON.stringify(PLACEHOLDER)),
      ...(secretKey && { encryptionKey: secretKey }),
      removalPolicy,
    });
    Validations.of(this.secret).acknowledge({
      id: 'AwsSolutions-SMG4',
      reason:
        'Only Twilio issues auth tokens and API keys; previousAuthToken lets the owner rotate them without a gap.',
    });
  }

  /** Allows to read Twilio's credentials. */
  allowCredentials(step: StepLambda): void {
    step.allow(['secretsmanager:GetSecretValue'], [this.secret.secretArn]);
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

  /** Allows to look for what is due. */
  allowDueIndex(step: StepLambda): void {
    step.allow(['dynamodb:Query'], [`${this.table.tableArn}/index/${TABLE.dueIndex}`]);
  }

  /** Allows to look for events that were not told yet. */
  allowUntoldIndex(step: StepLambda): void {
    step.allow(['dynamodb:Query'], [`${this.table.tableArn}/index/${TABLE.untoldIndex}`]);
  }

  /** Allows to look for recordings by day. */
  allowByDayIndex(step: StepLambda): void {
    step.allow(['dynamodb:Query'], [`${this.table.tableArn}/index/${TABLE.byDayIndex}`]);
  }

  /** Allows what links to stored audio allow: a link has the rights of whoever signed it. */
  allowPlayback(step: StepLambda): void {
    step.allow(['s3:GetObject', 's3:GetObjectVersion'], [this.bucket.arnForObjects(RECORDINGS)]);
    this.encryption.allow(step, 'bucket', 'read');
    this.acknowledgeObjects(step);
  }

  /** Allows to store recordings and to look at what is stored. Nothing may delete or list more than whether a key exists. */
  allowStoring(step: StepLambda): void {
    step.allow(['s3:PutObject', 's3:GetObject', 's3:AbortMultipartUpload'], [this.bucket.arnForObjects(RECORDINGS)]);
    this.encryption.allow(step, 'bucket', 'write');
    this.allowTellingAbsence(step);
  }

  /** Allows to look at what is stored. */
  allowProving(step: StepLambda): void {
    step.allow(['s3:GetObject'], [this.bucket.arnForObjects(RECORDINGS)]);
    // S3 decrypts to answer a HEAD that asks for the checksum.
    this.encryption.allow(step, 'bucket', 'read');
    this.allowTellingAbsence(step);
  }

  /**
   * Without ListBucket S3 answers 403 for a key that does not exist. There is no condition on the prefix: a HEAD names none, so
   * that a condition could turn the 404 into a 403 again.
   */
  private allowTellingAbsence(step: StepLambda): void {
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
