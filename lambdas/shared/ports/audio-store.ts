/** The bucket with the audio. */
import type { ObjectHead } from '../rules/recording/deletion-guard.ts';
import type { ObjectMetadata } from '../rules/recording/object-metadata.ts';
import type { Uploaded } from '../rules/table/upload.ts';

/** What S3 keeps beside an object's bytes. */
export interface ObjectAbout {
  readonly contentType: string;
  readonly metadata: ObjectMetadata;
}

export interface AudioStore {
  readonly bucket: string;
  /** Of the parts in which what is larger goes up; only the last may be smaller. */
  readonly partBytes: number;
  /**
   * Stores `audio` under `key` in constant memory, with a checksum that S3 verifies. Never overwrites.
   *
   * @param lasting an upload in parts is not aborted where it fails, but can be gone on with
   * @throws what `audio` throws; nothing is stored then.
   */
  put(key: string, audio: AsyncIterable<Uint8Array>, about: ObjectAbout, lasting?: LastingUpload): Promise<PutReply>;
  /** Gives up an upload in parts that nobody goes on with. */
  abandon(key: string, uploadId: string): Promise<void>;
  head(key: string): Promise<ObjectHead | undefined>;
}

export interface LastingUpload {
  /** `audio` begins behind these parts. */
  readonly from?: Uploaded | undefined;
  /** Told when the upload has begun, and of each part that S3 has accepted, with all before it. */
  readonly onProgress: (uploaded: Uploaded) => void;
}

export interface PutReply {
  /** `occupied`: an object is there already; bytes and checksum tell whether it is the same. */
  readonly kind: 'stored' | 'occupied';
  readonly bytes: number;
  readonly checksum: string;
}
