/**
 * Audio in S3, in constant memory.
 *
 * The source is read in parts. One part or less goes up in a single request, more in a multipart upload: either way a
 * request can be repeated by the SDK, nothing appears in the bucket before the source has been read to its end, and S3
 * verifies each part's SHA-256.
 */
import { createHash } from 'node:crypto';
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  HeadObjectCommand,
  NotFound,
  PutObjectCommand,
  type S3Client,
  S3ServiceException,
  UploadPartCommand,
  type UploadPartCommandInput,
} from '@aws-sdk/client-s3';
import type { AudioStore, LastingUpload, ObjectAbout, PutReply } from '../../ports/audio-store.ts';
import type { Uploaded } from '../../rules/table/upload.ts';
import { BufferPool, partsOf } from './parts.ts';

/** Of at least 5 MiB (S3's minimum); 10,000 of them (S3's maximum) hold 80 GB, a day of two channels is 2.8 GB. */
export const PART_BYTES = 8 * 1024 * 1024;

export function s3AudioStore(client: S3Client, bucket: string, partBytes = PART_BYTES): AudioStore {
  // For all uploads: a buffer made anew for each has the engine look for garbage, which takes a third of a short recording's copy.
  const pool = new BufferPool(partBytes);
  return {
    bucket,

    partBytes,

    async put(key, audio, about, lasting) {
      const parts = partsOf(audio, pool.take);
      try {
        const target = { client, bucket, key, about, pool, lasting };
        if (lasting?.from) return await putInParts(target, parts);
        const first = await parts.next();
        const body = first.done ? Buffer.alloc(0) : first.value;
        if (body.length === partBytes) return await putInParts(target, following(body, parts));
        const reply = await putWhole(client, bucket, key, body, about);
        // Only now: of a request that failed nobody knows whether it still reads the buffer.
        if (!first.done) pool.give(first.value);
        return reply;
      } finally {
        // Lets go of the source, wherever the upload broke off.
        await parts.return(undefined);
      }
    },

    async abandon(key, uploadId) {
      await client.send(new AbortMultipartUploadCommand({ Bucket: bucket, Key: key, UploadId: uploadId }));
    },

    async head(key) {
      try {
        const head = await client.send(new HeadObjectCommand({ Bucket: bucket, Key: key, ChecksumMode: 'ENABLED' }));
        if (head.ContentLength === undefined || !head.LastModified) throw new Error('S3 did not describe the object.');
        return {
          bytes: head.ContentLength,
          lastModified: head.LastModified.getTime(),
          ...(head.ChecksumSHA256 !== undefined && { checksum: head.ChecksumSHA256 }),
          ...(head.VersionId !== undefined && { versionId: head.VersionId }),
        };
      } catch (error) {
        if (error instanceof NotFound) return undefined;
        throw error;
      }
    },
  };
}

async function* following(first: Buffer, rest: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  yield first;
  yield* rest;
}

const sha256 = (...chunks: readonly Uint8Array[]): Buffer => {
  const hash = createHash('sha256');
  for (const chunk of chunks) hash.update(chunk);
  return hash.digest();
};

/**
 * The signature of a request covers the SHA-256 of its body. It is known already: the SDK, which takes what the header
 * says, is spared another pass over all of the audio.
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html
 */
const withPayloadHash =
  (digest: Buffer) =>
  <Args extends { readonly request: unknown }, Reply>(next: (args: Args) => Reply) =>
  (args: Args): Reply => {
    const { headers } = args.request as { readonly headers: { [name: string]: string } };
    headers['x-amz-content-sha256'] = digest.toString('hex');
    return next(args);
  };

async function putWhole(
  client: S3Client,
  bucket: string,
  key: string,
  body: Buffer,
  { contentType, metadata }: ObjectAbout,
): Promise<PutReply> {
  const digest = sha256(body);
  const checksum = digest.toString('base64');
  const command = new PutObjectCommand({
    Bucket: bucket,
    Key: key,
    Body: body,
    ContentType: contentType,
    Metadata: metadata,
    ChecksumAlgorithm: 'SHA256',
    ChecksumSHA256: checksum,
    IfNoneMatch: '*',
  });
  command.middlewareStack.add(withPayloadHash(digest), { step: 'build' });
  const put = client.send(command);
  return { kind: await storedOrOccupied(put), bytes: body.length, checksum };
}

interface UploadTarget {
  readonly client: S3Client;
  readonly bucket: string;
  readonly key: string;
  readonly about: ObjectAbout;
  readonly pool: BufferPool;
  readonly lasting: LastingUpload | undefined;
}

type UploadName = Pick<UploadPartCommandInput, 'Bucket' | 'Key'> & { readonly UploadId: string };

async function putInParts(target: UploadTarget, parts: AsyncIterable<Buffer>): Promise<PutReply> {
  const { client, bucket, key, lasting } = target;
  const UploadId = lasting?.from?.uploadId ?? (await beginUpload(target));
  const upload = { Bucket: bucket, Key: key, UploadId };
  try {
    const uploaded = await sendParts(target, upload, parts);
    const complete = client.send(
      new CompleteMultipartUploadCommand({
        ...upload,
        IfNoneMatch: '*',
        MultipartUpload: {
          Parts: uploaded.parts.map(({ etag, sha256: checksum }, index) => ({
            PartNumber: index + 1,
            ETag: etag,
            ChecksumSHA256: checksum,
          })),
        },
      }),
    );
    const kind = await storedOrOccupied(complete);
    if (kind === 'occupied') await client.send(new AbortMultipartUploadCommand(upload));
    // S3's composite checksum: over the parts' digests, with their number behind it.
    const digests = uploaded.parts.map((part) => Buffer.from(part.sha256, 'base64'));
    return { kind, bytes: uploaded.bytes, checksum: `${sha256(...digests).toString('base64')}-${digests.length}` };
  } catch (error) {
    if (lasting) throw error;
    await client.send(new AbortMultipartUploadCommand(upload)).catch(() => {
      // The bucket's lifecycle rule cleans up what cannot be aborted now; the first error is the one that matters.
    });
    throw error;
  }
}

async function beginUpload({ client, bucket, key, about, lasting }: UploadTarget): Promise<string> {
  const { UploadId } = await client.send(
    new CreateMultipartUploadCommand({
      Bucket: bucket,
      Key: key,
      ContentType: about.contentType,
      Metadata: about.metadata,
      ChecksumAlgorithm: 'SHA256',
      ChecksumType: 'COMPOSITE',
    }),
  );
  if (UploadId === undefined) throw new Error('S3 did not name the upload.');
  lasting?.onProgress({ uploadId: UploadId, parts: [], bytes: 0 });
  return UploadId;
}

/** Sends a part while the next one is read. When this ends, no part is under way, whatever came of it. */
async function sendParts(
  { client, pool, lasting }: UploadTarget,
  upload: UploadName,
  parts: AsyncIterable<Buffer>,
): Promise<Pick<Uploaded, 'parts' | 'bytes'>> {
  let done: Pick<Uploaded, 'parts' | 'bytes'> = lasting?.from ?? { parts: [], bytes: 0 };
  const send = async (part: Buffer) => {
    const digest = sha256(part);
    const checksum = digest.toString('base64');
    const place = { PartNumber: done.parts.length + 1, ChecksumSHA256: checksum };
    const command = new UploadPartCommand({ ...upload, ...place, Body: part });
    command.middlewareStack.add(withPayloadHash(digest), { step: 'build' });
    const { ETag } = await client.send(command);
    done = { parts: [...done.parts, { etag: ETag ?? '', sha256: checksum }], bytes: done.bytes + part.length };
    pool.give(part);
    lasting?.onProgress({ uploadId: upload.UploadId, ...done });
  };
  let underWay: Promise<void> = Promise.resolve();
  try {
    for await (const part of parts) {
      await underWay;
      underWay = send(part);
      // A part that fails is noticed when it is waited for; until then its failure is no unhandled one.
      underWay.catch(() => undefined);
    }
    await underWay;
    return done;
  } finally {
    await Promise.allSettled([underWay]);
  }
}

/** 412: `If-None-Match` found an object under the key. */
async function storedOrOccupied(request: Promise<unknown>): Promise<PutReply['kind']> {
  try {
    await request;
    return 'stored';
  } catch (error) {
    const status = error instanceof S3ServiceException ? error.$metadata.httpStatusCode : undefined;
    if (status === 412) return 'occupied';
    throw error;
  }
}
