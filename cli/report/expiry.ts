/** After how many days the bucket's own rule deletes recordings. */
import { GetBucketLifecycleConfigurationCommand, type S3Client, S3ServiceException } from '@aws-sdk/client-s3';

/** @returns nothing where there is no such rule, or none that may be read: then what is gone is a problem, not an expiry */
export async function expiryOf(s3: S3Client, bucket: string): Promise<number | undefined> {
  try {
    const { Rules = [] } = await s3.send(new GetBucketLifecycleConfigurationCommand({ Bucket: bucket }));
    const days = Rules.filter(({ Status, Filter }) => Status === 'Enabled' && isForRecordings(Filter?.Prefix))
      .map(({ Expiration }) => Expiration?.Days)
      .filter((count) => count !== undefined);
    return days.length > 0 ? Math.min(...days) : undefined;
  } catch (error) {
    if (error instanceof S3ServiceException) return undefined;
    throw error;
  }
}

const isForRecordings = (prefix = ''): boolean => 'recordings/'.startsWith(prefix);
