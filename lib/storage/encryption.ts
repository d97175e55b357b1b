/** The owner's KMS key, for the resources that it is to encrypt. All others use keys of AWS. */
import { type IKey, Key } from 'aws-cdk-lib/aws-kms';
import { Construct } from 'constructs';
import type { CallRecorderConfiguration, KmsUse } from '../configuration/options.ts';
import { checkRegion } from '../configuration/region.ts';
import type { StepLambda } from '../steps/step-lambda.ts';

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

export class Encryption extends Construct {
  private readonly key: IKey | undefined;
  private readonly uses: readonly KmsUse[];

  constructor(scope: Construct, id: string, { kmsKeyArn, kmsKeyFor }: CallRecorderConfiguration) {
    super(scope, id);
    this.key = kmsKeyArn === undefined ? undefined : Key.fromKeyArn(this, 'Key', kmsKeyArn);
    this.uses = kmsKeyFor;
    checkRegion(this, kmsKeyArn, 'kmsKeyArn: the key');
  }

  /** The owner's key, if it is to encrypt this. */
  keyFor(use: KmsUse): IKey | undefined {
    return this.uses.includes(use) ? this.key : undefined;
  }

  /** Allows a step to use the key for what it reads or writes. */
  allow(step: StepLambda, use: KmsUse, access: KmsAccess): void {
    const key = this.keyFor(use);
    if (key !== undefined) step.allow(ACTIONS[access], [key.keyArn]);
  }
}
