/** Spreads what is due, and what is untold, over their indexes' partitions. */
import { DUE_SHARDS, type Next } from '../contract.ts';

/** `<next>#<shard>`; the shard is taken from the SID's last hex digit, which Twilio draws at random. */
export const dueShard = (next: Next, sid: string): string => `${next}#${shardOf(sid)}`;

/** All partitions of one kind of work. */
export const dueShards = (next: Next): string[] => Array.from({ length: DUE_SHARDS }, (_, shard) => `${next}#${shard}`);

/** `untold#<shard>`, by the SID of the row. */
export const untoldShard = (sid: string): string => `untold#${shardOf(sid)}`;

/** All partitions of what is untold. */
export const untoldShards = (): string[] => Array.from({ length: DUE_SHARDS }, (_, shard) => `untold#${shard}`);

const shardOf = (sid: string): number => Number.parseInt(sid.slice(-1), 16) % DUE_SHARDS;
