/** Keys and indexes of the table. */

/** Keys of the table: one query by call SID gives a call's whole story. */
export const TABLE = {
  partitionKey: 'callSid',
  /** `CALL`, or `RECORDING#RE…`. */
  sortKey: 'item',
  /** The sort key of a call's own row. */
  callItem: 'CALL',
  /** The sort key of a call's hold. */
  holdItem: 'HOLD',
  /** Before the id of an erasure, in the partition of its call. */
  erasurePrefix: 'ERASURE#',
  /** Sparse index of what is due. */
  dueIndex: 'due',
  /** `<next>#<shard>`, for example `copy#3`. */
  dueIndexPartitionKey: 'dueShard',
  /** ISO 8601 in UTC with milliseconds, so that text order is time order. */
  dueIndexSortKey: 'due',
  /** Sparse index of the rows with pending events. Its names are older than that word, and deployed tables have them. */
  pendingEventsIndex: 'untold',
  /** `untold#<shard>`. */
  pendingEventsIndexPartitionKey: 'untoldShard',
  /** When the oldest of the row's pending events happened; ISO 8601 in UTC with milliseconds. */
  pendingEventsIndexSortKey: 'untoldSince',
  /** Index of all recordings by the day on which they began, and of all calls. */
  byDayIndex: 'byDay',
  /** `<ISO day>#<shard>` for recordings; for calls the same behind {@link CALLS_OF_DAY}. */
  byDayIndexPartitionKey: 'day',
  /** `<ISO time>#<SID>`, of the recording or of the call. */
  byDayIndexSortKey: 'place',
  /** Partition of the service's own rows, such as how far `reconcile` got. */
  servicePartition: 'SERVICE',
  /** Before `<ISO time>#<event id>`, in the service's partition: a change of an alarm or of the deployment. */
  watchPrefix: 'WATCH#',
  /** Before the day, or the call's SID, in the partitions of the audit. A role may be limited to them. */
  auditPrefix: 'AUDIT#',
  /** Before the HMAC of a number, in the partitions that lead from the other party of calls to these calls. */
  partyPrefix: 'PARTY#',
} as const;

/** The index's partitions for each kind of work: each takes 1,000 writes a second. */
export const DUE_SHARDS = 8;

/** Before the day in the partition of calls: what lists recordings reads none of them. */
export const CALLS_OF_DAY = 'C#';

/** The partition of all holds that stand, in the index by day. */
export const HELD_CALLS = 'HOLD';

/** A day's partitions in the index by day. A recording is written there about five times, and each takes 1,000 writes a second. */
export const DAY_SHARDS = 8;

/** What a row waits for: a call for its stream, then for its start; a recording for a report, its copy, its deletion; an erasure to be done. */
export const NEXT = ['stream', 'start', 'copy', 'report', 'delete', 'erase'] as const;

export type Next = (typeof NEXT)[number];
