/** The table with calls and recordings, and its indexes. */
import type { Next } from '../contract/table.ts';
import type { RecordingState, Row, RowKey, RowOf } from '../rules/table/rows.ts';
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
  /** Absent for a call. */
  readonly recordingSid?: string;
  /** Of a recording: since when Twilio has its audio. */
  readonly completedAt?: Instant;
}

export interface PendingEventsPage {
  readonly keys: readonly EventRowKey[];
  readonly next?: DueCursor;
}

/** The key of a row that holds events. */
export type EventRowKey = Extract<RowKey, { kind: 'call' | 'recording' }>;

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

export interface DayCandidate {
  readonly callSid: string;
  readonly recordingSid: string;
  /** In the index: text order is time order. */
  readonly place: string;
}
