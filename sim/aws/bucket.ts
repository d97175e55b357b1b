/**
 * A model of the bucket, filling the port of the steps: `If-None-Match: *`, SHA-256 checksums, versions, dates.
 *
 * An upload takes effect at one instant, after its source has been read to the end. What fails before leaves nothing.
 */
import { createHash } from 'node:crypto';
import type { AudioStore, ObjectAbout, PutReply } from '../../lambdas/shared/ports/audio-store.ts';
import type { Clock, Randomness } from '../../lambdas/shared/ports/clock.ts';
import type { ObjectHead } from '../../lambdas/shared/rules/recording/deletion-guard.ts';
import { type Instant, SECOND } from '../../lambdas/shared/rules/values/instant.ts';

export interface BucketModelOptions {
  /** S3's own clock, which need not be the functions'. */
  readonly clock: Pick<Clock, 'now'>;
  readonly randomness: Pick<Randomness, 'id'>;
  readonly bucket?: string;
  /** From this size on an object goes up in parts, and its checksum is one over the parts' checksums. */
  readonly partBytes?: number;
}

/** An object as it lies in the bucket. */
export interface StoredObject {
  readonly bytes: Uint8Array;
  readonly contentType: string;
  readonly metadata?: ObjectAbout['metadata'];
  readonly checksum?: string;
  readonly lastModified: Instant;
  readonly versionId: string;
}

export class BucketModel implements AudioStore {
  readonly bucket: string;
  readonly #options: Required<BucketModelOptions>;
  readonly #objects = new Map<string, StoredObject>();

  constructor(options: BucketModelOptions) {
    this.#options = { bucket: 'recordings', partBytes: 8 * 1024 * 1024, ...options };
    this.bucket = this.#options.bucket;
  }

  async put(key: string, audio: AsyncIterable<Uint8Array>, about: ObjectAbout): Promise<PutReply> {
    const chunks: Uint8Array[] = [];
    let length = 0;
    // A multipart upload is dated by its beginning, which is when the first part is full.
    let begun: Instant | undefined;
    for await (const chunk of audio) {
      chunks.push(Uint8Array.from(chunk));
      length += chunk.length;
      if (length >= this.#options.partBytes) begun ??= this.#options.clock.now();
    }
    const bytes = Buffer.concat(chunks);
    const checksum = checksumOf(bytes, this.#options.partBytes);
    if (this.#objects.has(key)) return { kind: 'occupied', bytes: length, checksum };
    this.place(key, { bytes, ...about, checksum, lastModified: begun ?? this.#options.clock.now() });
    return { kind: 'stored', bytes: length, checksum };
  }

  async head(key: string): Promise<ObjectHead | undefined> {
    const object = this.#objects.get(key);
    if (!object) return undefined;
    const { bytes, checksum, lastModified, versionId } = object;
    return { bytes: bytes.length, ...(checksum !== undefined && { checksum }), lastModified, versionId };
  }

  /** The keys of all objects, in order. */
  keys(): readonly string[] {
    return [...this.#objects.keys()].sort();
  }

  /** The object under a key: for a judge. */
  object(key: string): StoredObject | undefined {
    return this.#objects.get(key);
  }

  /** Puts an object there whatever lies under the key, as somebody with the rights to it could. */
  place(key: string, object: Omit<StoredObject, 'versionId' | 'lastModified'> & { lastModified?: Instant }): void {
    // The date travels in an HTTP header, which has whole seconds.
    const lastModified = Math.floor((object.lastModified ?? this.#options.clock.now()) / SECOND) * SECOND;
    this.#objects.set(key, { ...object, lastModified, versionId: this.#options.randomness.id() });
  }

  /** Removes an object, as somebody with the rights to it could. */
  remove(key: string): void {
    this.#objects.delete(key);
  }
}

/**
 * S3's SHA-256 checksum, base64: of the bytes, or where the object went up in parts, of the parts' digests with their
 * number behind it.
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity-upload.html
 */
export function checksumOf(bytes: Uint8Array, partBytes: number): string {
  const digest = (part: Uint8Array) => createHash('sha256').update(part).digest();
  if (bytes.length < partBytes) return digest(bytes).toString('base64');
  const digests: Buffer[] = [];
  for (let offset = 0; offset < bytes.length; offset += partBytes) {
    digests.push(digest(bytes.subarray(offset, offset + partBytes)));
  }
  return `${digest(Buffer.concat(digests)).toString('base64')}-${digests.length}`;
}
