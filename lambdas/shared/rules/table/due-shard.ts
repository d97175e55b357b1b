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

/** What one of several runs that begin together has to do: every so many of the partitions, from this one on. */
export interface Part {
  readonly part: number;
  readonly of: number;
}

/** Without a part, and with one that cannot be read, a run takes all partitions: none is ever left out. */
export function readPart(event: unknown): Part | undefined {
  const { part, of } = (event ?? {}) as { part?: unknown; of?: unknown };
  const isPart = Number.isInteger(part) && Number.isInteger(of) && 0 <= Number(part) && Number(part) < Number(of);
  return isPart ? { part: Number(part), of: Number(of) } : undefined;
}

export const shardsOfPart = (shards: readonly string[], part: Part | undefined): readonly string[] =>
  part ? shards.filter((_, index) => index % part.of === part.part) : shards;
