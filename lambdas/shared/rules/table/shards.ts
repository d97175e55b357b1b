/** Partitions of an index: `<name>#<shard>`, so that no single one takes all writes. */

/** The partition of a SID, by its last hex digit, which Twilio draws at random. */
export const shardOf = (name: string, sid: string, shards: number): string =>
  `${name}#${Number.parseInt(sid.slice(-1), 16) % shards}`;

/** All partitions of a name. */
export const shardsOf = (name: string, shards: number): string[] =>
  Array.from({ length: shards }, (_, shard) => `${name}#${shard}`);
