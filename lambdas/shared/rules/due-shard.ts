/** Spreads what is due over the index's partitions. */
import { DUE_SHARDS, type Next } from '../contract.ts';

/** `<next>#<shard>`; the shard is taken from the SID's last hex digit, which Twilio draws at random. */
export const dueShard = (next: Next, sid: string): string =>
  `${next}#${Number.parseInt(sid.slice(-1), 16) % DUE_SHARDS}`;

/** All partitions of one kind of work. */
export const dueShards = (next: Next): string[] => Array.from({ length: DUE_SHARDS }, (_, shard) => `${next}#${shard}`);
