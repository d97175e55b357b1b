import {
  beganAt,
  callAt,
  callShardsOfDay,
  dayOf,
  dayShard,
  dayShardOfCall,
  daysBack,
  placeInDay,
  shardsOfDay,
  startOfDay,
} from '../../../../../lambdas/shared/rules/table/by-day.ts';
import { HOUR } from '../../../../../lambdas/shared/rules/values/instant.ts';
import { readTime } from '../../../../../lambdas/shared/rules/values/time-text.ts';
import { callSid, recordingSid } from '../../../support/fixtures.ts';
import { NOON } from '../../../support/time.ts';

test('a recording belongs to the day on which it began, or was noted', () => {
  expect(beganAt({ notedAt: NOON })).toBe(NOON);
  expect(beganAt({ notedAt: NOON, startTime: NOON - HOUR })).toBe(NOON - HOUR);
});

test('each place is in a partition of its day, whatever the SID', () => {
  for (const digit of '0123456789abcdef') {
    const sid = recordingSid(digit);
    const place = placeInDay(NOON, sid);
    expect(shardsOfDay(dayOf(place))).toContain(dayShard(NOON, sid));
    expect(place > startOfDay(dayOf(place))).toBe(true);
  }
  expect(new Set(shardsOfDay('2026-03-01')).size).toBe(8);
});

test('calls have partitions of their own, so that they are not among the recordings', () => {
  for (const digit of '0123456789abcdef') {
    const shard = dayShardOfCall(NOON, callSid(digit));
    expect(callShardsOfDay('2026-03-01')).toContain(shard);
    expect(shardsOfDay('2026-03-01')).not.toContain(shard);
  }
});

test('a call belongs to the day on which it was answered, else began', () => {
  expect(callAt({ answeredAt: NOON, startedAt: NOON + HOUR })).toBe(NOON);
  expect(callAt({ startedAt: NOON + HOUR })).toBe(NOON + HOUR);
  expect(callAt({})).toBeUndefined();
});

test('the days of a range, the newest first', () => {
  expect(daysBack(NOON - 48 * HOUR, placeInDay(NOON, recordingSid('1')))).toEqual([
    '2026-03-01',
    '2026-02-28',
    '2026-02-27',
  ]);
  expect(daysBack(NOON, '2026-03-01T12:00:00.001Z')).toEqual(['2026-03-01']);
  expect(daysBack(NOON, '2026-02-28T00:00:00.000Z')).toEqual([]);
});

test.each([
  ['2026-01-31', Date.UTC(2026, 0, 31)],
  ['2026-01-31T08:30Z', Date.UTC(2026, 0, 31, 8, 30)],
  ['2026-01-31T08:30:15.250Z', Date.UTC(2026, 0, 31, 8, 30, 15, 250)],
  ['2026-01-31T23:30:00-02:00', Date.UTC(2026, 1, 1, 1, 30)],
])('%s is a time', (text, expected) => {
  expect(readTime(text)).toBe(expected);
});

test.each([
  '',
  '2026',
  '2026-1-1',
  '2026-02-30',
  '2026-02-29T00:00:00Z',
  '2026-01-31T08:30:15',
  '2026-01-31T25:00Z',
  'now',
  '2026-01-31 08:00Z',
])('%j is none, or means something else on each machine', (text) => {
  expect(readTime(text)).toBeUndefined();
});
