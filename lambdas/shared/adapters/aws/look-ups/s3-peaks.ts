/** Peaks in S3, under a prefix of their own. */
import { GetObjectCommand, PutObjectCommand, type S3Client, S3ServiceException } from '@aws-sdk/client-s3';
import type { PeakStore } from '../../../ports/peak-store.ts';

export function s3Peaks(client: S3Client): PeakStore {
  return {
    async put(bucket, key, peaks) {
      const object = { Bucket: bucket, Key: key, Body: JSON.stringify(peaks), ContentType: 'application/json' };
      try {
        await client.send(new PutObjectCommand({ ...object, IfNoneMatch: '*' }));
      } catch (error) {
        // An earlier copy of the same recording has stored them.
        if (statusOf(error) !== 412) throw error;
      }
    },

    async read(bucket, key) {
      try {
        const { Body } = await client.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
        return await Body?.transformToString();
      } catch (error) {
        // Without a right to list the bucket, S3 answers 403 for an object that is not there.
        if (statusOf(error) === 404 || statusOf(error) === 403) return undefined;
        throw error;
      }
    },
  };
}

const statusOf = (error: unknown): number | undefined =>
  error instanceof S3ServiceException ? error.$metadata.httpStatusCode : undefined;
