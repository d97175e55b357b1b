/** What the recorder costs for a volume of one's own. */
import { readCounted } from '../../cli/cost/counted.ts';
import { type Estimate, estimate, quantitiesOf } from '../../cli/cost/estimate.ts';
import { dollarsOf } from '../../cli/cost/prices.ts';
import { run } from './support.ts';

const counts = readCounted();
const shape = (volume: { calls: number; minutes: number; months: number }): Estimate => estimate(counts, volume);
const dollarsIn = (items: Estimate['aws'], what: RegExp) => items.find((item) => what.test(item.what))?.dollars ?? -1;

test('a length that was counted costs what was counted', () => {
  for (const { seconds, quantities } of counts.calls) expect(quantitiesOf(counts, seconds)).toEqual(quantities);
});

test('a length between two lies between them, a shorter one is the shortest, a longer one goes on', () => {
  const [ten, tenMinutes, twoHours] = counts.calls.map(({ quantities }) => quantities.lambdaGigabyteSeconds);
  const at = (seconds: number) => quantitiesOf(counts, seconds).lambdaGigabyteSeconds;
  expect(at(305)).toBeCloseTo(((ten ?? 0) + (tenMinutes ?? 0)) / 2, 9);
  expect(at(1)).toBe(ten);
  expect(at(13_800)).toBeCloseTo(2 * (twoHours ?? 0) - (tenMinutes ?? 0), 9);
});

test('storage is what lies in S3 once all months have come: 20,000 calls of 4 minutes for a year are 1,843 GB', () => {
  const { aws, gigabytes } = shape({ calls: 20_000, minutes: 4, months: 12 });
  expect(gigabytes).toBeCloseTo((20_000 * 240 * 32_000 * 12) / 1e9, 6);
  expect(dollarsIn(aws, /S3/)).toBeCloseTo(((20_000 * 240 * 32_000 * 12) / 2 ** 30) * 0.023, 6);
});

test('twice the calls are twice the price, but for what runs without any', () => {
  const [one, two] = [1000, 2000].map((calls) => shape({ calls, minutes: 10, months: 1 }).aws);
  expect(dollarsIn(two ?? [], /recording/)).toBeCloseTo(2 * dollarsIn(one ?? [], /recording/), 9);
  expect(dollarsIn(one ?? [], /recording/)).toBeCloseTo(1000 * dollarsOf(quantitiesOf(counts, 600)), 9);
  expect(dollarsIn(two ?? [], /with or without/)).toBe(dollarsIn(one ?? [], /with or without/));
});

test('Twilio bills begun minutes', () => {
  const { twilio } = shape({ calls: 100, minutes: 2.1, months: 1 });
  expect(dollarsIn(twilio, /^recording/)).toBeCloseTo(100 * 3 * 0.0025, 9);
});

describe('the command', () => {
  test('says what AWS and Twilio take, and when the prices were checked', async () => {
    const { exit, out } = await run(['cost', '--calls', '20000', '--minutes', '4']);
    expect(exit).toBe(0);
    expect(out).toMatch(/^20000 calls a month of 4 minutes, kept for 12 months: 1843\.2 GB in S3\./);
    expect(out).toMatch(/\nAWS +\d+\.\d\d\n/);
    expect(out).toMatch(/List prices of \d{4}-\d\d-\d\d/);
  });

  test('and to programs the same in numbers', async () => {
    const { json } = await run(['cost', '--calls', '20000', '--minutes', '4', '--months', '6', '--json']);
    expect(json).toMatchObject({
      volume: { calls: 20_000, minutes: 4, months: 6 },
      dollarsAMonth: { aws: expect.any(Array) },
    });
  });

  test.each([
    [['--minutes', '4'], '--calls is needed'],
    [['--calls', '20000'], '--minutes is needed'],
    [['--calls', '0', '--minutes', '4'], '--calls 0'],
    [['--calls', '1e5', '--minutes', '4'], '--calls 1e5'],
    [['--calls', '20.000,5', '--minutes', '4'], '--calls 20.000,5'],
    [['--calls', '1', '--minutes', '1441'], '--minutes 1441'],
  ])('%j is refused, and an example given', async (args, problem) => {
    const { exit, err } = await run(['cost', ...args]);
    expect(exit).toBe(2);
    expect(err).toContain(`${problem}: a number above 0`);
    expect(err).toContain('npm run recorder -- cost --calls 20000 --minutes 4');
  });
});
