/** Rows that are deployed stand in these partitions: a version that looks in others never finds them again. */
import { DAY_SHARDS, DUE_SHARDS, NEXT } from '../../../../../lambdas/shared/contract/table.ts';
import {
  dueShard,
  dueShards,
  pendingEventsShard,
  pendingEventsShards,
  readPart,
  shardsOfPart,
} from '../../../../../lambdas/shared/rules/table/due-shard.ts';
import { shardsOf } from '../../../../../lambdas/shared/rules/table/shards.ts';

const DIGITS = [...'0123456789abcdef'];
const sidsOf = (prefix: string) => DIGITS.map((digit) => `${prefix}${'0'.repeat(31)}${digit}`);
/** What any version so far has written. */
const WRITTEN = { due: [0, 1, 2, 3, 4, 5, 6, 7], day: [0, 1, 2, 3, 4, 5, 6, 7] };

test.each(NEXT)('every row that waits for "%s" is looked for where any version has put it', (next) => {
  const looked = dueShards(next);
  for (const shard of WRITTEN.due) expect(looked).toContain(`${next}#${shard}`);
  for (const sid of sidsOf('RE')) expect(looked).toContain(dueShard(next, sid));
  expect(dueShard(next, `RE${'0'.repeat(31)}d`)).toBe(`${next}#${13 % DUE_SHARDS}`);
});

test('every row with pending events, too', () => {
  const looked = pendingEventsShards();
  for (const shard of WRITTEN.due) expect(looked).toContain(`untold#${shard}`);
  for (const sid of sidsOf('CA')) expect(looked).toContain(pendingEventsShard(sid));
});

test('and every recording of a day', () => {
  for (const shard of WRITTEN.day) expect(shardsOf('2026-03-01', DAY_SHARDS)).toContain(`2026-03-01#${shard}`);
});

test.each([1, 2, 3, 5, 8])('%i runs that begin together take each partition once', (of) => {
  const parts = Array.from({ length: of }, (_, part) => readPart({ part, of }));
  expect(parts).not.toContain(undefined);
  const taken = parts.flatMap((part) => shardsOfPart(dueShards('delete'), part));
  expect(taken.sort()).toEqual(dueShards('delete').sort());
});

test.each([undefined, null, {}, { part: 1 }, { part: 2, of: 2 }, { part: -1, of: 2 }, { part: '0', of: 2 }, 'x'])(
  'a run whose event is %j takes them all',
  (event) => {
    expect(shardsOfPart(dueShards('start'), readPart(event))).toEqual(dueShards('start'));
  },
);
