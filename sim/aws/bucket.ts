/**
 * A model of the bucket, filling the port of the steps: `If-None-Match: *`, SHA-256 checksums, versions, dates.
 *
 * An object appears at one instant, after its source has been read to the end. What fails before leaves nothing, but for the parts of
 * an upload that somebody may go on with.
 */
import type { AudioStore, ObjectAbout, PutReply } from '../../lambdas/shared/ports/audio-store.ts';
import type { Clock, Randomness } from '../../lambdas/shared/ports/clock.ts';
import type { Erased, EraseStore } from '../../lambdas/shared/ports/erase-store.ts';
import type { ObjectHead } from '../../lambdas/shared/rules/recording/deletion-guard.ts';
import type { UploadedPart } from '../../lambdas/shared/rules/table/upload.ts';
import { type Instant, SECOND } from '../../lambdas/shared/rules/values/instant.ts';
import { type S3Requests, sha256, storingThrough } from './uploads.ts';

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

interface OpenUpload {
  readonly key: string;
  readonly about: ObjectAbout;
  readonly begun: Instant;
  readonly parts: Map<number, Uint8Array>;
}

export class BucketModel implements AudioStore, EraseStore, S3Requests {
  readonly bucket: string;
  readonly partBytes: number;
  readonly put: AudioStore['put'];
  readonly abandon: AudioStore['abandon'];
  readonly #options: BucketModelOptions;
  readonly #objects = new Map<string, StoredObject>();
  readonly #uploads = new Map<string, OpenUpload>();
  /** What a later version, or a delete marker, hides. */
  readonly #hidden: { readonly key: string; readonly object: StoredObject }[] = [];
  /** Until when an Object Lock keeps all that lies under a prefix. */
  readonly locks = new Map<string, Instant>();

  constructor(options: BucketModelOptions) {
    this.#options = options;
    this.bucket = options.bucket ?? 'recordings';
    this.partBytes = options.partBytes ?? 8 * 1024 * 1024;
    ({ put: this.put, abandon: this.abandon } = storingThrough(this, this.partBytes));
  }

  async putObject(key: string, given: Uint8Array, about: ObjectAbout): Promise<PutReply> {
    const bytes = Uint8Array.from(given);
    return this.#store(key, { bytes, ...about, checksum: sha256(bytes).toString('base64') });
  }

  async createUpload(key: string, about: ObjectAbout): Promise<string> {
    const uploadId = `upload-${this.#options.randomness.id()}`;
    this.#uploads.set(uploadId, { key, about, begun: this.#options.clock.now(), parts: new Map() });
    return uploadId;
  }

  /** The part takes the place of one with the same number. */
  async uploadPart(uploadId: string, number: number, given: Uint8Array): Promise<UploadedPart> {
    const bytes = Uint8Array.from(given);
    this.#upload(uploadId).parts.set(number, bytes);
    const checksum = sha256(bytes).toString('base64');
    return { etag: `"${checksum}"`, sha256: checksum };
  }

  async completeUpload(uploadId: string, parts: readonly UploadedPart[]): Promise<PutReply> {
    const { key, about, begun, parts: held } = this.#upload(uploadId);
    const chunks = parts.map((part, index) => {
      const bytes = held.get(index + 1);
      const isLast = index === parts.length - 1;
      if (!bytes || sha256(bytes).toString('base64') !== part.sha256) throw named('InvalidPart');
      if (!isLast && bytes.length < this.partBytes) throw named('EntityTooSmall');
      return bytes;
    });
    const checksum = `${sha256(...chunks.map((bytes) => sha256(bytes))).toString('base64')}-${chunks.length}`;
    // A multipart upload is dated by its beginning.
    const reply = this.#store(key, { bytes: Buffer.concat(chunks), ...about, checksum, lastModified: begun });
    if (reply.kind === 'stored') this.#uploads.delete(uploadId);
    return reply;
  }

  /** What an upload is to become. */
  keyOf(uploadId: string): string {
    return this.#upload(uploadId).key;
  }

  async abortUpload(uploadId: string): Promise<void> {
    this.#upload(uploadId);
    this.#uploads.delete(uploadId);
  }

  /** Uploads that are neither completed nor aborted. */
  uploads(): readonly string[] {
    return [...this.#uploads.keys()];
  }

  #upload(uploadId: string): OpenUpload {
    const upload = this.#uploads.get(uploadId);
    if (!upload) throw named('NoSuchUpload');
    return upload;
  }

  #store(key: string, object: Parameters<BucketModel['place']>[1] & { readonly checksum: string }): PutReply {
    const { bytes, checksum } = object;
    const kind = this.#objects.has(key) ? 'occupied' : 'stored';
    if (kind === 'stored') this.place(key, object);
    return { kind, bytes: bytes.length, checksum };
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
    this.#hide(key);
    this.#objects.set(key, { ...object, lastModified, versionId: this.#options.randomness.id() });
  }

  /** Removes an object, as somebody with the rights to it could. */
  remove(key: string): void {
    this.#hide(key);
    this.#objects.delete(key);
  }

  #hide(key: string): void {
    const object = this.#objects.get(key);
    if (object) this.#hidden.push({ key, object });
  }

  /** The keys of all versions under a prefix, hidden ones too: for a judge. */
  versions(prefix: string): readonly string[] {
    return [...this.#objects.keys(), ...this.#hidden.map(({ key }) => key)]
      .filter((key) => key.startsWith(prefix))
      .sort();
  }

  async erase(prefix: string): Promise<Erased> {
    for (const [id, { key }] of this.#uploads) if (key.startsWith(prefix)) this.#uploads.delete(id);
    const locks = [...this.locks].filter(
      ([locked, until]) => prefix.startsWith(locked) && until > this.#options.clock.now(),
    );
    const left = this.versions(prefix).length;
    if (locks.length > 0 && left > 0) return { left, lockedUntil: Math.max(...locks.map(([, until]) => until)) };
    for (const key of this.keys()) if (key.startsWith(prefix)) this.#objects.delete(key);
    this.#hidden.splice(0, this.#hidden.length, ...this.#hidden.filter(({ key }) => !key.startsWith(prefix)));
    return { left: 0 };
  }

  async putReceipt(key: string, receipt: object): Promise<void> {
    this.place(key, { bytes: Buffer.from(JSON.stringify(receipt)), contentType: 'application/json' });
  }
}

/**
 * S3's SHA-256 checksum, base64: of the bytes, or where the object went up in parts, of the parts' digests with their
 * number behind it.
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity-upload.html
 */
export function checksumOf(bytes: Uint8Array, partBytes: number): string {
  if (bytes.length < partBytes) return sha256(bytes).toString('base64');
  const digests: Buffer[] = [];
  for (let offset = 0; offset < bytes.length; offset += partBytes) {
    digests.push(sha256(bytes.subarray(offset, offset + partBytes)));
  }
  return `${sha256(...digests).toString('base64')}-${digests.length}`;
}

/** As the SDK throws: S3's code is the error's name. */
const named = (name: string): Error => Object.assign(new Error(name), { name });
