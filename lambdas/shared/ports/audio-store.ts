/** The bucket with the audio. */
import type { ObjectHead } from '../rules/recording/deletion-guard.ts';

export interface AudioStore {
  readonly bucket: string;
  /**
   * Stores `audio` under `key` in constant memory, with a checksum that S3 verifies. Never overwrites.
   *
   * @throws what `audio` throws; nothing is stored then.
   */
  put(key: string, audio: AsyncIterable<Uint8Array>, contentType: string): Promise<PutReply>;
  head(key: string): Promise<ObjectHead | undefined>;
}

export interface PutReply {
  /** `occupied`: an object is there already; bytes and checksum tell whether it is the same. */
  readonly kind: 'stored' | 'occupied';
  readonly bytes: number;
  readonly checksum: string;
}
