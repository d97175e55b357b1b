/** The guard before the only act that cannot be taken back: deleting Twilio's copy. */
import type { Draft, RecordingRow } from '../table/rows.ts';
import type { Instant } from '../values/instant.ts';

/** What S3 says of an object, asked just now. */
export interface ObjectHead {
  readonly bytes: number;
  readonly checksum?: string;
  readonly lastModified: Instant;
  readonly versionId?: string;
}

export type DeletionVerdict =
  | { readonly verdict: 'delete' }
  /** Not yet: ask again at `due`. */
  | { readonly verdict: 'wait'; readonly due: Instant }
  /** Something is wrong: Twilio's copy stays, and an alarm informs the owner. */
  | { readonly verdict: 'doubt'; readonly reason: string };

/**
 * May Twilio's copy go? Only if the row names a verified copy, S3 holds exactly that object now, and it has been
 * there for `keepMs`, counted from the later of our note and S3's own date, so that neither clock alone can hurry it.
 */
export function judgeDeletion(
  row: Draft<RecordingRow>,
  head: ObjectHead | undefined,
  keepMs: number,
  now: Instant,
): DeletionVerdict {
  const { stored } = row;
  if (!stored) return { verdict: 'doubt', reason: 'no-stored-copy-noted' };
  if (!head) return { verdict: 'doubt', reason: 's3-object-missing' };
  if (head.bytes !== stored.bytes) return { verdict: 'doubt', reason: 's3-object-size-differs' };
  if (head.checksum === undefined) return { verdict: 'doubt', reason: 's3-object-without-checksum' };
  if (head.checksum !== stored.checksum) return { verdict: 'doubt', reason: 's3-object-checksum-differs' };
  const due = Math.max(stored.storedAt, head.lastModified) + keepMs;
  // A row that has lost its date would otherwise be older than any limit: nothing is less than no number.
  if (!Number.isFinite(due)) return { verdict: 'doubt', reason: 'age-unknown' };
  return now < due ? { verdict: 'wait', due } : { verdict: 'delete' };
}
