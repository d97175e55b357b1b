/** The owner's KMS key, for what the owner wants encrypted with it; everything else has a key of AWS's own. */
import { type IKey, Key } from 'aws-cdk-lib/aws-kms';
import { Construct } from 'constructs';
import { checkRegion } from '../configuration/region.ts';
import type { StepLambda } from '../steps/step-lambda.ts';

/** Something that a key of the owner's can encrypt. */
export type KmsUse = 'bucket' | 'table' | 'queues' | 'secret' | 'topic' | 'logs';
export const KMS_USES: readonly KmsUse[] = ['bucket', 'table', 'queues', 'secret', 'topic', 'logs'];

/** The others need a word in the key's policy first. */
export const KMS_USES_BY_DEFAULT: readonly KmsUse[] = ['bucket', 'table', 'queues', 'secret'];

/** What a function does with something encrypted. */
export type KmsAccess = 'read' | 'write' | 'read-table' | 'write-table';

/**
 * A queue's sender and an object's writer need both (https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-key-management.html,
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/mpuoverview.html); DynamoDB asks for its table key in the caller's name, with
 * the actions that `Table.grantReadData` and `Table.grantReadWriteData` of the CDK allow, here without their wildcards.
 */
const ACTIONS: { readonly [access in KmsAccess]: readonly string[] } = {
  read: ['kms:Decrypt'],
  write: ['kms:Decrypt', 'kms:GenerateDataKey'],
  'read-table': ['kms:Decrypt', 'kms:DescribeKey'],
  'write-table': [
    'kms:Decrypt',
    'kms:DescribeKey',
    'kms:Encrypt',
    'kms:GenerateDataKey',
    'kms:GenerateDataKeyWithoutPlaintext',
    'kms:ReEncryptFrom',
    'kms:ReEncryptTo',
  ],
};

export interface EncryptionProps {
  readonly keyArn: string | undefined;
  readonly uses: readonly KmsUse[];
}

export class Encryption extends Construct {
  private readonly key: IKey | undefined;
  private readonly uses: readonly KmsUse[];

  constructor(scope: Construct, id: string, { keyArn, uses }: EncryptionProps) {
    super(scope, id);
    this.key = keyArn === undefined ? undefined : Key.fromKeyArn(this, 'Key', keyArn);
    this.uses = uses;
    checkRegion(this, keyArn, 'kmsKeyArn: the key');
  }

  /** The owner's key, where it is to be used for this. */
  keyFor(use: KmsUse): IKey | undefined {
    return this.uses.includes(use) ? this.key : undefined;
  }

  /** Allows a step to use the key as far as it reads or writes what is encrypted with it. */
  allow(step: StepLambda, use: KmsUse, access: KmsAccess): void {
    const key = this.keyFor(use);
    if (key !== undefined) step.allow(ACTIONS[access], [key.keyArn]);
  }
}
