/** What the benchmark computes and writes, without a run; `bench.long.test.ts` runs it. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { cpuMinutes } from '../../bench/commands/commands.ts';
import {
  atLeast,
  atMost,
  interleave,
  isMet,
  measured,
  pairedRatios,
  percentile,
  spread,
} from '../../bench/report/measurement.ts';
import { markdown, tableLines, withSection } from '../../bench/report/report.ts';
import { ROWS, WHY } from '../../bench/report/rows.ts';
import { dollarsByItem, dollarsOf, PRICES } from '../../cli/cost/prices.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const bench = (...given: string[]) =>
  promisify(execFile)(process.execPath, [join(ROOT, 'bench', 'main.ts'), ...given], { cwd: ROOT });

const QUANTITIES = {
  webSocketMessages: 155,
  webSocketConnectionMinutes: 1,
  httpRequests: 3,
  lambdaRequests: 9,
  lambdaGigabyteSeconds: 1,
  sqsRequests: 6,
  dynamoDbWriteUnits: 24,
  dynamoDbReadUnits: 14,
  s3Writes: 1,
  s3Reads: 2,
  secretReads: 1,
  eventBridgeEvents: 3,
  logBytes: 5000,
};

test('a row that does not exist is refused with what there is', async () => {
  const failure = await bench('--only', '3,15').then(
    () => undefined,
    (error: { readonly code: number; readonly stderr: string }) => error,
  );
  expect(failure?.code).toBe(2);
  expect(failure?.stderr).toContain('--only 3,15: takes row numbers, separated by commas. The rows are 1, 2, 3,');
});

test('figures: medians, percentiles between two values, paired ratios', () => {
  expect(spread([5, 1, 3])).toEqual({ median: 3, minimum: 1, maximum: 5, samples: 3 });
  expect(percentile([10, 20, 30, 40], 0.5)).toBe(25);
  expect(percentile([1, 2, 3, 4, 5], 1)).toBe(5);
  expect(pairedRatios([10, 30, 8], [5, 10, 8])).toEqual({ median: 2, minimum: 1, maximum: 3, samples: 3 });
  expect(() => pairedRatios([1], [1, 2])).toThrow('1 values cannot be paired with 2');
  expect(() => spread([])).toThrow('nothing');
});

test('a goal is met on its own side, and exactly', () => {
  expect([isMet(atLeast(2), 2), isMet(atLeast(2), 1.99), isMet(atMost(2), 2), isMet(atMost(2), 2.01)]).toEqual([
    true,
    false,
    true,
    false,
  ]);
});

test('variants take turns, and turn round every other time', async () => {
  const order: string[] = [];
  const variant = (name: string) => async (round: number) => {
    order.push(`${name}${round}`);
    return round;
  };
  const values = await interleave(3, { a: variant('a'), b: variant('b') });
  expect(order).toEqual(['a0', 'b0', 'b1', 'a1', 'a2', 'b2']);
  expect(values).toEqual({ a: [0, 1, 2], b: [0, 1, 2] });
});

const ratio = { median: 1.5, minimum: 1.4, maximum: 1.6, samples: 3 };
const missed = measured({ row: 6, of: '1 GB', baseline: '2 s', ours: '3 s', ratio, goal: atMost(0.65) });

test('a row that misses says why', () => {
  const lines = tableLines([missed]);
  expect(lines[1]).toMatch(/MISS 1 GB .*1\.50 \(at most 0\.65\) 1\.40 to 1\.60/);
  expect(lines[2]).toMatch(/why: \S+/);
});

test('the section of the document holds machine, rows, and the rows that could not be measured', () => {
  const machine = {
    at: '2026-11-23T10:00:00.000Z',
    commit: 'abc',
    system: 'Linux 6',
    processor: 'Fast',
    processors: 2,
    memoryGigabytes: 8,
    load: [0, 0, 0],
    versions: { node: '24' },
  };
  const section = markdown({ machine, seconds: 600, measurements: [missed], missing: [{ row: 5, why: 'no curl' }] });
  expect(section).toContain('Measured 2026-11-23 at commit abc in 10 minutes');
  expect(section).toMatch(
    /\| 6 \|.*\| 1 GB \| 2 s \| 3 s \| 1\.50 \(1\.40 to 1\.60\) \| at most 0\.65 \| \*\*no\*\* \|/,
  );
  expect(section).toMatch(/\| 5 \|.*not measured: no curl/);
});

test('only what lies between the marks is replaced', () => {
  const document = 'a\n<!-- npm run bench writes from here -->\nold\n<!-- to here -->\nb\n';
  const written = withSection(document, 'new');
  expect(written).toBe('a\n<!-- npm run bench writes from here -->\n\nnew\n\n<!-- to here -->\nb\n');
  expect(withSection(written, 'new')).toBe(written);
  expect(() => withSection('nothing', 'new')).toThrow('docs/performance.md must hold');
});

test("the shell's times are read as minutes of its children", () => {
  expect(cpuMinutes('exit 0\n0m0.010s 0m0.020s\n1m30.000s 0m45.500s\n')).toBeCloseTo(135.5 / 60);
  expect(() => cpuMinutes('exit 0')).toThrow("The shell's times cannot be read: exit 0");
});

test('a price is paid for each thing that a call takes', () => {
  const nothing = Object.fromEntries(Object.keys(QUANTITIES).map((name) => [name, 0])) as unknown as typeof QUANTITIES;
  expect(dollarsOf(nothing)).toBe(0);
  for (const name of Object.keys(QUANTITIES)) {
    expect(dollarsOf({ ...nothing, [name]: 1 })).toBeGreaterThan(0);
  }
  expect(dollarsOf(QUANTITIES)).toBeCloseTo(
    Object.values(dollarsByItem(QUANTITIES)).reduce((sum, one) => sum + one, 0),
  );
  expect(dollarsOf({ ...nothing, lambdaGigabyteSeconds: 1_000_000 })).toBeCloseTo(13.3334);
  expect(PRICES.webSocketMessage * 1_000_000).toBeCloseTo(1);
});

test('each reason why a row misses belongs to a row', () => {
  const rows = ROWS.map(({ row }) => row);
  expect(rows).toEqual([...new Set(rows)].sort((a, b) => a - b));
  for (const row of Object.keys(WHY)) expect(rows).toContain(Number(row));
});
