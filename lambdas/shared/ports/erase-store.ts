/** What erases in the bucket: a right that no other step has. */
import type { Instant } from '../rules/values/instant.ts';

export interface EraseStore {
  /**
   * Deletes every version under a prefix for good, and every delete marker, and aborts each upload in parts that is not complete.
   *
   * @param prefix built from validated SIDs
   * @throws where S3 does not answer, or cannot be asked
   */
  erase(prefix: string): Promise<Erased>;
  /** Keeps a receipt; a later one of the same name takes its place. */
  putReceipt(key: string, receipt: object): Promise<void>;
}

export interface Erased {
  /** Versions that were there, and are still. */
  readonly left: number;
  /** Until when an Object Lock keeps one of them, at the latest. Absent where none does. */
  readonly lockedUntil?: Instant;
}
