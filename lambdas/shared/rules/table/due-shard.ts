/** Spreads due rows, and rows with pending events, over their indexes' partitions. */
import { DUE_SHARDS, type Next } from '../../contract/table.ts';
import { shardOf, shardsOf } from './shards.ts';

/** `<next>#<shard>` */
export const dueShard = (next: Next, sid: string): string => shardOf(next, sid, DUE_SHARDS);

/** All partitions of one kind of work. */
export const dueShards = (next: Next): string[] => shardsOf(next, DUE_SHARDS);

/** `untold#<shard>`, by the SID of the row. */
export const pendingEventsShard = (sid: string): string => shardOf('untold', sid, DUE_SHARDS);

/** All partitions of rows with pending events. */
export const pendingEventsShards = (): string[] => shardsOf('untold', DUE_SHARDS);
