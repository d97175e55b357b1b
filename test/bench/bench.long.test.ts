/**
 * The benchmark runs: two cheap rows with few samples. What they come to is no matter here.
 *
 * In the long tests: it bundles and starts functions for seconds, and guards nothing that a recorder's owner uses. Its arithmetic is
 * tested in `bench.test.ts`.
 */
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';

const ROOT = join(import.meta.dirname, '..', '..');
const bench = (...given: string[]) =>
  promisify(execFile)(process.execPath, [join(ROOT, 'bench', 'main.ts'), ...given], { cwd: ROOT });

test('a quick run measures the rows that are asked for, and writes nothing', async () => {
  const document = readFileSync(join(ROOT, 'docs', 'performance.md'), 'utf8');
  const { stdout } = await bench('--quick', '--only', '3,4,18');
  expect(stdout).toMatch(/^3\. bundle size, baseline over ours$/m);
  expect(stdout).toMatch(/(met|MISS) +recording-copy +\d+ kB +\d+ kB +\d/);
  expect(stdout).toMatch(/(met|MISS) +recording-start +\d+\.\d ms +\d+\.\d ms +\d/);
  expect(stdout).toMatch(/met +recording-delete, requests a call +(\d+\.000) at 10 +\1 at 100 +1\.00/);
  expect(stdout).toMatch(/3 rows in \d+ s/);
  expect(readFileSync(join(ROOT, 'docs', 'performance.md'), 'utf8')).toBe(document);
});
