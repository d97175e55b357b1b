import { judgeDeletion, type ObjectHead } from '../../../../../lambdas/shared/rules/recording/deletion-guard.ts';
import { HOUR } from '../../../../../lambdas/shared/rules/values/instant.ts';
import { BUCKET, recordingRow } from '../../../support/fixtures.ts';
import { fc } from '../../../support/properties.ts';
import { NOON } from '../../../support/time.ts';

const DAY = 24 * HOUR;
const stored = {
  bucket: BUCKET,
  key: 'recordings/x.wav',
  bytes: 32_044,
  checksum: 'c2hhLTI1Ng==',
  contentType: 'audio/x-wav',
  storedAt: NOON,
};
const row = recordingRow({ state: 'stored', stored, waiting: { next: 'delete', due: NOON + DAY } });
const head: ObjectHead = { bytes: stored.bytes, checksum: stored.checksum, lastModified: NOON };

const judge = (now: number, over: Partial<ObjectHead> = {}) => judgeDeletion(row, { ...head, ...over }, DAY, now);

describe('age', () => {
  test.each([
    ['at once', 0],
    ['after 23:59:59.999', DAY - 1],
  ])('%s the copy is too young', (_when, age) => {
    expect(judge(NOON + age)).toEqual({ verdict: 'wait', due: NOON + DAY });
  });

  test.each([
    ['after 24 hours', 0],
    ['later', 1],
    ['a year later', 365 * DAY],
  ])('%s it may go', (_when, more) => {
    expect(judge(NOON + DAY + more)).toEqual({ verdict: 'delete' });
  });

  test('counts from the later of our note and the date of S3', () => {
    const later = NOON + 5000;
    expect(judge(NOON + DAY, { lastModified: later })).toEqual({ verdict: 'wait', due: later + DAY });
    expect(judge(later + DAY - 1, { lastModified: later })).toEqual({ verdict: 'wait', due: later + DAY });
    expect(judge(later + DAY, { lastModified: later })).toEqual({ verdict: 'delete' });
    expect(judge(NOON + DAY - 1, { lastModified: NOON - DAY })).toEqual({ verdict: 'wait', due: NOON + DAY });
  });

  test('a clock that was set back hurries nothing', () => {
    expect(judge(NOON - DAY)).toEqual({ verdict: 'wait', due: NOON + DAY });
  });
});

describe('doubt, however old the copy is', () => {
  const late = NOON + 100 * DAY;
  test.each([
    ['one byte less', { bytes: stored.bytes - 1 }, 's3-object-size-differs'],
    ['one byte more', { bytes: stored.bytes + 1 }, 's3-object-size-differs'],
    ['empty', { bytes: 0 }, 's3-object-size-differs'],
    ['another checksum', { checksum: 'b3RoZXI=' }, 's3-object-checksum-differs'],
    [
      'the same checksum of another number of parts',
      { checksum: `${stored.checksum}-2` },
      's3-object-checksum-differs',
    ],
    ['an empty checksum', { checksum: '' }, 's3-object-checksum-differs'],
  ])('%s', (_what, over, reason) => {
    expect(judge(late, over)).toEqual({ verdict: 'doubt', reason });
  });

  test('no object', () => {
    expect(judgeDeletion(row, undefined, DAY, late)).toEqual({ verdict: 'doubt', reason: 's3-object-missing' });
  });

  test('no checksum', () => {
    const { checksum: _none, ...without } = head;
    expect(judgeDeletion(row, without, DAY, late)).toEqual({ verdict: 'doubt', reason: 's3-object-without-checksum' });
  });

  test('no copy noted, whatever lies in S3', () => {
    const { stored: _none, ...without } = row;
    expect(judgeDeletion(without, head, DAY, late)).toEqual({ verdict: 'doubt', reason: 'no-stored-copy-noted' });
  });

  test.each([Number.NaN, Number.POSITIVE_INFINITY, undefined])('no age to be told: our note of %p', (storedAt) => {
    const undated = { ...row, stored: { ...stored, storedAt: storedAt as number } };
    expect(judgeDeletion(undated, head, DAY, late)).toEqual({ verdict: 'doubt', reason: 'age-unknown' });
  });

  test('no age to be told: no date of S3', () => {
    expect(judge(late, { lastModified: Number.NaN })).toEqual({ verdict: 'doubt', reason: 'age-unknown' });
  });

  test('outranks waiting', () => {
    expect(judge(NOON, { bytes: 1 })).toMatchObject({ verdict: 'doubt' });
  });
});

test('says delete only for the very object, old enough by both clocks', () => {
  const nearby = fc.integer({ min: NOON - 2 * DAY, max: NOON + 2 * DAY });
  fc.assert(
    fc.property(
      nearby,
      nearby,
      nearby,
      fc.constantFrom(stored.bytes, stored.bytes - 1),
      fc.constantFrom(stored.checksum, 'other', undefined),
      (storedAt, lastModified, now, bytes, checksum) => {
        const copied = recordingRow({ state: 'stored', stored: { ...stored, storedAt } });
        const found = { bytes, lastModified, ...(checksum !== undefined && { checksum }) };
        const proven = bytes === stored.bytes && checksum === stored.checksum;
        const old = now - storedAt >= DAY && now - lastModified >= DAY;
        expect(judgeDeletion(copied, found, DAY, now).verdict === 'delete').toBe(proven && old);
      },
    ),
  );
});
