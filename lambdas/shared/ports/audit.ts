/** The audit: who looked up, listed, played or downloaded what. */
import type { AuditEntry } from '../rules/table/audit.ts';

export interface Audit {
  /**
   * Writes an entry, wherever it is to be found.
   *
   * @param place `<ISO time>#<id>`, which no other entry has
   * @throws where it cannot be written
   */
  write(entry: AuditEntry, place: string): Promise<void>;
  /** Up to `limit` entries of one partition, the newest first. */
  entries(asked: {
    readonly partition: string;
    /** ISO time, included. */
    readonly from: string;
    /** ISO time, or a place; not included. */
    readonly before: string;
    readonly limit: number;
  }): Promise<readonly PlacedAuditEntry[]>;
}

export interface PlacedAuditEntry {
  /** Text order is time order. */
  readonly place: string;
  /** Absent where the item is not one that this version can read. */
  readonly entry: AuditEntry | undefined;
}
