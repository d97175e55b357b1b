/** Options that are right one by one, but not together. Each message names them and says which way out there is. */
import { HTTP_PATHS } from '../../lambdas/shared/contract/http.ts';
import { KMS_USES_BY_DEFAULT } from '../storage/encryption.ts';
import { COLD_STORAGE_CLASSES } from '../storage/recordings-bucket.ts';
import type { CallRecorderConfiguration } from './configuration.ts';

type Configuration = CallRecorderConfiguration;

/** @param configuration with defaults filled in, each option right by itself */
export function conflictsOf(configuration: Configuration): readonly string[] {
  return [
    ...addresses(configuration),
    ...twilio(configuration),
    ...places(configuration),
    ...ageing(configuration),
    ...lock(configuration),
  ];
}

function addresses({ afterDisclaimer, webhookDomain, streamDomain, publicUrl, streamUrl }: Configuration): string[] {
  const problems: string[] = [];
  if (webhookDomain && publicUrl) {
    problems.push('publicUrl: webhookDomain gives the address already; leave out one of the two');
  }
  if (streamDomain && streamUrl) {
    problems.push('streamUrl: streamDomain gives the address already; leave out one of the two');
  }
  if (webhookDomain && streamDomain && webhookDomain.name === streamDomain.name) {
    problems.push(
      'streamDomain: name is that of webhookDomain, but API Gateway maps no domain to an HTTP and a WebSocket API; give another',
    );
  }
  // A call handed back to our own webhook would be asked for its disclaimer again and again.
  const own = publicUrl ?? (webhookDomain && `https://${webhookDomain.name}`);
  if (
    afterDisclaimer.kind === 'redirect' &&
    own !== undefined &&
    afterDisclaimer.url.startsWith(`${own}${HTTP_PATHS.voice}`)
  ) {
    problems.push('afterDisclaimer: url is this recorder itself; name the voice application that answers the call');
  }
  return problems;
}

function twilio({ twilioRegion, twilioEdge }: Configuration): string[] {
  if (twilioRegion !== undefined && twilioEdge === undefined) {
    return [
      `twilioRegion: needs twilioEdge, the edge that leads to ${twilioRegion}, such as "dublin" for "ie1", "sydney" for "au1"`,
    ];
  }
  return twilioEdge !== undefined && twilioRegion === undefined
    ? ['twilioEdge: needs twilioRegion, the region of the account\'s calls, such as "ie1"; an edge alone is no address']
    : [];
}

function places(configuration: Configuration): string[] {
  const { bucketName, kmsKeyArn, alarmTopicArn, alarmEmail, kmsKeyFor } = configuration;
  const problems: string[] = [];
  if (bucketName !== undefined) {
    for (const name of ['coldStorage', 'expireAfterDays', 'objectLock'] as const) {
      const value = configuration[name];
      if (Array.isArray(value) ? value.length > 0 : value !== undefined) {
        problems.push(
          `${name}: bucketName names a bucket of your own; set this on the bucket itself, and leave it out here`,
        );
      }
    }
  }
  if (kmsKeyArn === undefined && kmsKeyFor.join() !== KMS_USES_BY_DEFAULT.join()) {
    problems.push('kmsKeyFor: needs kmsKeyArn, the key that is to encrypt them');
  }
  if (alarmTopicArn !== undefined && alarmEmail !== undefined) {
    problems.push(
      'alarmEmail: alarmTopicArn names a topic of your own; subscribe the address to it, and leave it out here',
    );
  }
  if (alarmTopicArn !== undefined && kmsKeyFor.includes('topic')) {
    problems.push('kmsKeyFor: alarmTopicArn names a topic of your own, encrypted as it is; leave out "topic"');
  }
  return problems;
}

/** Limits of S3: https://docs.aws.amazon.com/AmazonS3/latest/userguide/lifecycle-transition-general-considerations.html */
const DAYS_BEFORE_STANDARD_IA = 30;

function ageing({ coldStorage, expireAfterDays, keepAtTwilioHours, deletions }: Configuration): string[] {
  const problems: string[] = [];
  for (const [index, { storageClass, afterDays }] of coldStorage.entries()) {
    const before = coldStorage[index - 1];
    if (storageClass === 'STANDARD_IA' && afterDays < DAYS_BEFORE_STANDARD_IA) {
      problems.push(
        `coldStorage: S3 moves nothing to STANDARD_IA before ${DAYS_BEFORE_STANDARD_IA} days; raise afterDays`,
      );
    }
    if (before === undefined) continue;
    const warmer = COLD_STORAGE_CLASSES.indexOf(storageClass) <= COLD_STORAGE_CLASSES.indexOf(before.storageClass);
    if (warmer || afterDays <= before.afterDays) {
      problems.push(
        `coldStorage: ${storageClass} after ${afterDays} days cannot follow ${before.storageClass} after ${before.afterDays}; ` +
          `order them by days, and by ${COLD_STORAGE_CLASSES.join(', ')}`,
      );
    } else if (before.storageClass === 'STANDARD_IA' && afterDays < before.afterDays + DAYS_BEFORE_STANDARD_IA) {
      problems.push(
        `coldStorage: S3 keeps what is in STANDARD_IA there for ${DAYS_BEFORE_STANDARD_IA} days; move it to ${storageClass} after ` +
          `${before.afterDays + DAYS_BEFORE_STANDARD_IA} days or later`,
      );
    }
  }
  if (expireAfterDays === undefined) return problems;
  const last = coldStorage.at(-1);
  if (last !== undefined && expireAfterDays <= last.afterDays) {
    problems.push(
      `expireAfterDays: recordings would be gone before they move to ${last.storageClass} after ${last.afterDays} days; raise it, or leave out that class`,
    );
  }
  // Before Twilio's copy goes, the one in S3 is proven: by then it must still be there, sweeps and retries included.
  const proven = Math.ceil(keepAtTwilioHours / 24) + 2;
  if (deletions !== 'never' && expireAfterDays < proven) {
    problems.push(
      `expireAfterDays: must be ${proven} days or more, since Twilio's copy is deleted after ${keepAtTwilioHours} hours only if the one in S3 is still there`,
    );
  }
  return problems;
}

function lock({ objectLock, expireAfterDays, removalPolicy }: Configuration): string[] {
  if (objectLock === undefined) return [];
  const problems: string[] = [];
  if (expireAfterDays !== undefined && expireAfterDays < objectLock.days) {
    problems.push(
      `expireAfterDays: objectLock keeps recordings for ${objectLock.days} days, whatever expires sooner; raise it to ${objectLock.days} or more, or shorten the lock`,
    );
  }
  if (removalPolicy === 'destroy') {
    problems.push(
      'removalPolicy: what objectLock protects cannot be destroyed; leave it at "retain", or leave out the lock',
    );
  }
  return problems;
}
