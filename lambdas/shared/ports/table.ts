/** The table with calls and recordings, and its indexes. */
import type { Next } from '../contract/table.ts';
import type { RecordingState } from '../rules/table/row-parts.ts';
import type { EventRow, Row, RowKey, RowOf } from '../rules/table/rows.ts';
import type { Instant } from '../rules/values/instant.ts';

export interface Table {
  /** Whether a change of a row adds its events to the row, so that they are announced. */
  readonly addsPendingEvents: boolean;
  /** A strongly consistent read. @throws {UnreadableRow} where there is a row that this version cannot read */
  read<Key extends RowKey>(key: Key): Promise<RowOf<Key> | undefined>;
  /**
   * All rows of a call, strongly consistent.
   *
   * @param passOver is told the sort key of a row that this version cannot read, which is then left out
   * @throws where a row cannot be read and nobody passes it over
   */
  readCall(callSid: string, passOver?: (item: string) => void): Promise<readonly Row[]>;
  /** Writes `row` if the stored version is `expected` (`undefined`: no row yet). */
  write(row: Row, expected: number | undefined): Promise<'written' | 'conflict'>;
  /**
   * One page of what is due in one shard. From an eventually consistent index: candidates, to be decided on the row.
   */
  due(shard: string, until: Instant, cursor?: DueCursor): Promise<DuePage>;
  /** One page of the rows with pending events in one shard, the longest pending first. From such an index too. */
  pendingEvents(shard: string, cursor?: DueCursor): Promise<PendingEventsPage>;
}

/** Where the next page begins, in the adapter's own form. */
export type DueCursor = unknown;

export interface DuePage {
  readonly candidates: readonly DueCandidate[];
  readonly next?: DueCursor;
}

export interface DueCandidate {
  readonly next: Next;
  readonly callSid: string;
  /** Absent for a call, and for an erasure. */
  readonly recordingSid?: string;
  /** The id of an erasure; absent otherwise. */
  readonly erasure?: string;
  /** Of a recording: since when Twilio has its audio. */
  readonly completedAt?: Instant;
}

export interface PendingEventsPage {
  readonly keys: readonly EventRowKey[];
  readonly next?: DueCursor;
}

/** The key of a row that holds events. */
export type EventRowKey = Extract<RowKey, { kind: EventRow['kind'] }>;

/** What was recorded when: an eventually consistent index, to find rows by, not to decide on. */
export interface RecordingIndex {
  /** Up to `limit` recordings of one partition, the newest first. */
  ofDay(asked: {
    readonly shard: string;
    /** ISO time, included. */
    readonly from: string;
    /** ISO time, or a place in the index; not included. */
    readonly before: string;
    readonly state: RecordingState | undefined;
    readonly limit: number;
  }): Promise<readonly DayCandidate[]>;
}

/** A place in the index by day, of a call or of one of its recordings. */
export interface DayEntry {
  readonly callSid: string;
  /** In the index: text order is time order. */
  readonly place: string;
}

export interface DayCandidate extends DayEntry {
  readonly recordingSid: string;
}

/** What was called when: the same index. */
export interface CallIndex {
  /** Up to `limit` entries of one partition, of calls or of recordings, the newest first; `before` is not included. */
  entriesOfDay(asked: {
    readonly shard: string;
    readonly from: string;
    readonly before: string;
    readonly limit: number;
  }): Promise<readonly DayEntry[]>;
  /** All of a call, strongly consistent. */
  readListed(callSid: string): Promise<ListedCall>;
}

export interface ListedCall {
  readonly rows: readonly Row[];
  /** Where the call's own row stands in the index. Absent where there is no such row, or where it is older than these entries. */
  readonly place: string | undefined;
  /** Sort keys of rows that this version cannot read. */
  readonly unreadable: readonly string[];
}
