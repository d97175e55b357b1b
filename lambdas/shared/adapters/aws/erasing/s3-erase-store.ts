/** Erases in S3: versions, delete markers, uploads that are not complete. */
import {
  AbortMultipartUploadCommand,
  DeleteObjectCommand,
  GetObjectRetentionCommand,
  ListMultipartUploadsCommand,
  ListObjectVersionsCommand,
  NoSuchUpload,
  PutObjectCommand,
  type S3Client,
  S3ServiceException,
} from '@aws-sdk/client-s3';
import type { Erased, EraseStore } from '../../../ports/erase-store.ts';
import type { Instant } from '../../../rules/values/instant.ts';

export function s3EraseStore(client: S3Client, bucket: string): EraseStore {
  return {
    async erase(prefix) {
      await abortUploads(client, bucket, prefix);
      let left = 0;
      let lockedUntil: Instant | undefined;
      for await (const version of versionsOf(client, bucket, prefix)) {
        const kept = await deleteVersion(client, bucket, version);
        if (kept === undefined) continue;
        left += 1;
        lockedUntil = kept.lockedUntil === undefined ? lockedUntil : Math.max(lockedUntil ?? 0, kept.lockedUntil);
      }
      return { left, ...(lockedUntil !== undefined && { lockedUntil }) };
    },

    async putReceipt(key, receipt) {
      const Body = JSON.stringify(receipt, null, 2);
      await client.send(
        new PutObjectCommand({
          ...{ Bucket: bucket, Key: key, Body, ContentType: 'application/json', ChecksumAlgorithm: 'SHA256' },
        }),
      );
    },
  };
}

interface Version {
  readonly Key: string;
  /** `null` in a bucket that keeps no versions. */
  readonly VersionId: string;
}

async function* versionsOf(client: S3Client, bucket: string, prefix: string): AsyncGenerator<Version> {
  let place: { readonly KeyMarker?: string; readonly VersionIdMarker?: string } | undefined = {};
  while (place) {
    const page: Awaited<ReturnType<typeof listVersions>> = await listVersions(client, bucket, prefix, place);
    for (const { Key, VersionId } of [...(page.Versions ?? []), ...(page.DeleteMarkers ?? [])]) {
      if (Key !== undefined) yield { Key, VersionId: VersionId ?? 'null' };
    }
    const { IsTruncated, NextKeyMarker, NextVersionIdMarker } = page;
    place = IsTruncated
      ? {
          ...(NextKeyMarker !== undefined && { KeyMarker: NextKeyMarker }),
          ...(NextVersionIdMarker !== undefined && { VersionIdMarker: NextVersionIdMarker }),
        }
      : undefined;
  }
}

const listVersions = (client: S3Client, Bucket: string, Prefix: string, place: object) =>
  client.send(new ListObjectVersionsCommand({ Bucket, Prefix, ...place }));

/** @returns `undefined` where it is gone. */
async function deleteVersion(
  client: S3Client,
  Bucket: string,
  { Key, VersionId }: Version,
): Promise<Pick<Erased, 'lockedUntil'> | undefined> {
  try {
    await client.send(new DeleteObjectCommand({ Bucket, Key, VersionId }));
    return undefined;
  } catch (error) {
    // A lock is answered so; a missing right, too: then nothing says until when.
    if (!(error instanceof S3ServiceException) || error.$metadata.httpStatusCode !== 403) throw error;
    const lockedUntil = await retentionOf(client, Bucket, { Key, VersionId });
    return lockedUntil === undefined ? {} : { lockedUntil };
  }
}

async function retentionOf(
  client: S3Client,
  Bucket: string,
  { Key, VersionId }: Version,
): Promise<Instant | undefined> {
  try {
    const { Retention } = await client.send(new GetObjectRetentionCommand({ Bucket, Key, VersionId }));
    return Retention?.RetainUntilDate?.getTime();
  } catch (error) {
    // 400 and 404: the bucket, or the object, has no lock. A legal hold alone has no end.
    if (error instanceof S3ServiceException && (error.$metadata.httpStatusCode ?? 500) < 500) return undefined;
    throw error;
  }
}

async function abortUploads(client: S3Client, Bucket: string, Prefix: string): Promise<void> {
  let place: { readonly KeyMarker?: string; readonly UploadIdMarker?: string } | undefined = {};
  while (place) {
    const page: Awaited<ReturnType<typeof listUploads>> = await listUploads(client, Bucket, Prefix, place);
    for (const { Key, UploadId } of page.Uploads ?? []) {
      if (Key === undefined || UploadId === undefined) continue;
      await client.send(new AbortMultipartUploadCommand({ Bucket, Key, UploadId })).catch((error: unknown) => {
        // Whoever it belonged to has completed or given it up meanwhile.
        if (!(error instanceof NoSuchUpload)) throw error;
      });
    }
    const { IsTruncated, NextKeyMarker, NextUploadIdMarker } = page;
    place = IsTruncated
      ? {
          ...(NextKeyMarker !== undefined && { KeyMarker: NextKeyMarker }),
          ...(NextUploadIdMarker !== undefined && { UploadIdMarker: NextUploadIdMarker }),
        }
      : undefined;
  }
}

const listUploads = (client: S3Client, Bucket: string, Prefix: string, place: object) =>
  client.send(new ListMultipartUploadsCommand({ Bucket, Prefix, ...place }));
