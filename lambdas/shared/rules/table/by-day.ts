/** The index by day: which partition and place a recording or a call has there, and the days of a range. */
import { CALLS_OF_DAY, DAY_SHARDS } from '../../contract/table.ts';
import { type Instant, toIso } from '../values/instant.ts';
import { shardOf, shardsOf } from './shards.ts';

/** When a recording began, or was noted where Twilio did not say. An imported one belongs to the day of its call. */
export const beganAt = ({ startTime, notedAt }: { readonly startTime?: Instant; readonly notedAt: Instant }): Instant =>
  startTime ?? notedAt;

/**
 * When a call was answered, or began. No later write changes it, so that a call keeps its place. `undefined` where neither is
 * known: such a call has no place of its own.
 */
export const callAt = (call: { readonly answeredAt?: Instant; readonly startedAt?: Instant }): Instant | undefined =>
  call.answeredAt ?? call.startedAt;

/** `<ISO day>#<shard>` */
export const dayShard = (began: Instant, recordingSid: string): string =>
  shardOf(dayOf(toIso(began)), recordingSid, DAY_SHARDS);

/** `C#<ISO day>#<shard>` */
export const dayShardOfCall = (at: Instant, callSid: string): string => CALLS_OF_DAY + dayShard(at, callSid);

/** `<ISO time>#<SID>`: text order is time order, and no two are the same. */
export const placeInDay = (began: Instant, sid: string): string => `${toIso(began)}#${sid}`;

/** All partitions of a day's recordings. */
export const shardsOfDay = (day: string): string[] => shardsOf(day, DAY_SHARDS);

/** All partitions of a day's calls. */
export const callShardsOfDay = (day: string): string[] => shardsOf(CALLS_OF_DAY + day, DAY_SHARDS);

/** The day of an ISO time, or of a place in the index. */
export const dayOf = (place: string): string => place.slice(0, 10);

/** The days that places from `from` up to, not including, `before` may have; the newest first. */
export function daysBack(from: Instant, before: string): string[] {
  const days: string[] = [];
  const oldest = dayOf(toIso(from));
  for (let day = dayOf(before); day >= oldest; day = dayBefore(day)) days.push(day);
  return days;
}

/** The first place of a day: before everything of that day, after everything of the day before. */
export const startOfDay = (day: string): string => `${day}T00:00:00.000Z`;

const dayBefore = (day: string): string => dayOf(toIso(Date.parse(startOfDay(day)) - 1));
