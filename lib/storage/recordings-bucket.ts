/** The bucket for the audio: the owner's, or a new one with lifecycle rules for ageing recordings. */
import { Duration, type RemovalPolicy, Validations } from 'aws-cdk-lib';
import {
  BlockPublicAccess,
  Bucket,
  BucketEncryption,
  type CorsRule,
  HttpMethods,
  type IBucket,
  type LifecycleRule,
  ObjectLockRetention,
  ObjectOwnership,
  StorageClass,
} from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';
import type { CallRecorderConfiguration, ObjectLock } from '../configuration/options.ts';
import type { Encryption } from './encryption.ts';

interface RecordingsBucketProps {
  readonly encryption: Encryption;
  readonly removalPolicy: RemovalPolicy;
  readonly configuration: CallRecorderConfiguration;
  readonly consoleOrigin: string | undefined;
}

/** Every recording's key begins so. */
export const RECORDINGS_PREFIX = 'recordings/';
/** And those of the canary's calls so. */
export const CANARY_PREFIX = `${RECORDINGS_PREFIX}canary/`;

/** Longer than Twilio's copy is kept: the copy in S3 is proven once more before that is deleted. */
const CANARY_DAYS_MORE = 7;

/** So begins the key of what is left of an erasure. */
export const RECEIPTS_PREFIX = 'erasures/';

/** So begins the key of what a waveform is drawn from. */
export const PEAKS_PREFIX = 'peaks/';

export function recordingsBucket(scope: Construct, id: string, props: RecordingsBucketProps): IBucket {
  const { encryption, removalPolicy, configuration, consoleOrigin } = props;
  const { bucketName, objectLock } = configuration;
  // The owner sets lifecycle and lock on a bucket of their own.
  if (bucketName !== undefined) return Bucket.fromBucketName(scope, id, bucketName);
  const encryptionKey = encryption.keyFor('bucket');
  const bucket = new Bucket(scope, id, {
    // Keys of S3 itself unless the owner has another: a KMS key that is disabled or deleted takes every recording with it.
    ...(encryptionKey === undefined
      ? { encryption: BucketEncryption.S3_MANAGED }
      : { encryption: BucketEncryption.KMS, encryptionKey, bucketKeyEnabled: true }),
    blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
    objectOwnership: ObjectOwnership.BUCKET_OWNER_ENFORCED,
    enforceSSL: true,
    minimumTLSVersion: 1.2,
    versioned: true,
    lifecycleRules: lifecycleRules(configuration),
    ...(consoleOrigin !== undefined && { cors: [corsOf(consoleOrigin)] }),
    ...(objectLock === undefined
      ? {}
      : { objectLockEnabled: true, objectLockDefaultRetention: lockRetention(objectLock) }),
    removalPolicy,
  });
  Validations.of(bucket).acknowledge({
    id: 'AwsSolutions-S1',
    reason:
      'Who reads recordings is logged in full by CloudTrail data events, which an account switches on for all its buckets.',
  });
  return bucket as IBucket;
}

/** A browser lets a page draw, and mix, only audio whose host allows it. Who has no link gets nothing all the same. */
const corsOf = (origin: string): CorsRule => ({
  allowedOrigins: [origin],
  allowedMethods: [HttpMethods.GET],
  allowedHeaders: ['range'],
  exposedHeaders: ['content-length', 'content-range'],
  maxAge: 3600,
});

function lockRetention({ mode, days }: ObjectLock): ObjectLockRetention {
  const duration = Duration.days(days);
  return mode === 'COMPLIANCE' ? ObjectLockRetention.compliance(duration) : ObjectLockRetention.governance(duration);
}

function lifecycleRules({
  coldStorage,
  expireAfterDays,
  canary,
  keepAtTwilioHours,
}: CallRecorderConfiguration): LifecycleRule[] {
  const rules: LifecycleRule[] = [
    { id: 'abort-incomplete-uploads', abortIncompleteMultipartUploadAfter: Duration.days(7) },
  ];
  if (coldStorage.length > 0) {
    rules.push({
      id: 'cold-storage',
      prefix: RECORDINGS_PREFIX,
      transitions: coldStorage.map(({ storageClass, afterDays }) => ({
        storageClass: new StorageClass(storageClass),
        transitionAfter: Duration.days(afterDays),
      })),
    });
  }
  if (expireAfterDays !== undefined) {
    rules.push(
      ...expiry('', RECORDINGS_PREFIX, expireAfterDays),
      // They are made right after the audio, and go with it.
      ...expiry('-peaks', PEAKS_PREFIX, expireAfterDays),
    );
  }
  if (canary !== undefined) {
    rules.push(
      {
        id: 'expire-canary',
        prefix: CANARY_PREFIX,
        expiration: Duration.days(Math.ceil(keepAtTwilioHours / 24) + CANARY_DAYS_MORE),
        noncurrentVersionExpiration: Duration.days(1),
      },
      { id: 'remove-canary-delete-markers', prefix: CANARY_PREFIX, expiredObjectDeleteMarker: true },
    );
  }
  return rules;
}

/** In a versioned bucket expiry only hides an object. Its version, and with it the bytes, expires a day later. */
const expiry = (of: string, prefix: string, days: number): LifecycleRule[] => [
  {
    ...{ id: `expire${of}`, prefix },
    expiration: Duration.days(days),
    noncurrentVersionExpiration: Duration.days(1),
  },
  { id: `remove-delete-markers${of}`, prefix, expiredObjectDeleteMarker: true },
];
