import { DUE_SHARDS, NEXT } from '../../../../../lambdas/shared/contract/table.ts';
import { dueShard, dueShards } from '../../../../../lambdas/shared/rules/table/due-shard.ts';
import { parseInstant, toIso } from '../../../../../lambdas/shared/rules/values/instant.ts';
import { fc } from '../../../support/properties.ts';

/** From 1970 to the year 9999: beyond, ISO 8601 changes its form. */
const instants = fc.integer({ min: 0, max: Date.parse('9999-12-31T23:59:59.999Z') });

describe('instant', () => {
  test('as text comes back as it was', () => {
    fc.assert(fc.property(instants, (instant) => parseInstant(toIso(instant)) === instant));
  });

  test('as text sorts as in time', () => {
    fc.assert(
      fc.property(instants, instants, (a, b) => {
        expect(Math.sign(a - b)).toBe(toIso(a) < toIso(b) ? -1 : Number(toIso(a) > toIso(b)));
      }),
    );
  });

  test.each([
    ['Sun, 01 Mar 2026 12:00:01 +0000', '2026-03-01T12:00:01.000Z'],
    ['2026-03-01T12:00:01Z', '2026-03-01T12:00:01.000Z'],
    ['2026-03-01T14:00:01.250+02:00', '2026-03-01T12:00:01.250Z'],
  ])('reads %s', (text, iso) => {
    expect(parseInstant(text)).toBe(Date.parse(iso));
  });

  test.each(['', 'yesterday', 'NaN', undefined, null, 0, 1_700_000_000_000, {}])('does not read %p', (value) => {
    expect(parseInstant(value)).toBeUndefined();
  });
});

describe('due shard', () => {
  test('is one of the shards that are swept', () => {
    const sid = fc.array(fc.constantFrom(...'0123456789abcdef'), { minLength: 32, maxLength: 32 });
    fc.assert(
      fc.property(sid, fc.constantFrom(...NEXT), fc.constantFrom('CA', 'RE'), (digits, next, prefix) => {
        expect(dueShards(next)).toContain(dueShard(next, prefix + digits.join('')));
      }),
    );
  });

  test('takes every shard for each kind of work, and the kinds apart', () => {
    for (const next of NEXT) {
      const taken = new Set([...'0123456789abcdef'].map((digit) => dueShard(next, `CA${'0'.repeat(31)}${digit}`)));
      expect([...taken].sort()).toEqual([...dueShards(next)].sort());
      expect(taken.size).toBe(DUE_SHARDS);
    }
    expect(new Set(NEXT.flatMap(dueShards)).size).toBe(NEXT.length * DUE_SHARDS);
  });
});
