/** The bucket with the audio. */
import type { ObjectHead } from '../rules/recording/deletion-guard.ts';
import type { ObjectMetadata } from '../rules/recording/object-metadata.ts';

/** What S3 keeps beside an object's bytes. */
export interface ObjectAbout {
  readonly contentType: string;
  readonly metadata: ObjectMetadata;
}

export interface AudioStore {
  readonly bucket: string;
  /**
   * Stores `audio` under `key` in constant memory, with a checksum that S3 verifies. Never overwrites.
   *
   * @throws what `audio` throws; nothing is stored then.
   */
  put(key: string, audio: AsyncIterable<Uint8Array>, about: ObjectAbout): Promise<PutReply>;
  head(key: string): Promise<ObjectHead | undefined>;
}

export interface PutReply {
  /** `occupied`: an object is there already; bytes and checksum tell whether it is the same. */
  readonly kind: 'stored' | 'occupied';
  readonly bytes: number;
  readonly checksum: string;
}
