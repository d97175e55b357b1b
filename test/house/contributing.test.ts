/** What CONTRIBUTING.md names is there. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = join(import.meta.dirname, '..', '..');
const TEXT = readFileSync(join(ROOT, 'CONTRIBUTING.md'), 'utf8');
/** Folders of the repository, and files with an ending; not what stands for a name, such as `lambdas/<step>/index.ts`. */
const NAMED = [...TEXT.matchAll(/`([a-z]+\/[\w./-]+)`/g)].map(([, path = '']) => path);

test('its recipes and answers name files, many of them', () => {
  expect(NAMED.length).toBeGreaterThan(20);
});

test.each(NAMED)('%s is there', (path) => {
  expect(existsSync(join(ROOT, path))).toBe(true);
});

test('the ten questions are ten, and each answer names a file', () => {
  const [, answers = ''] = TEXT.split('## Ten questions');
  const rows = answers.split('\n').filter((line) => line.startsWith('| ') && !line.startsWith('| question'));
  expect(rows).toHaveLength(10);
  for (const row of rows) expect(row).toMatch(/\| `[a-z]+\/[\w./-]+\.ts`/);
});

test.each([...TEXT.matchAll(/npm run ([\w:]+)/g)].map(([, script]) => script))('npm run %s is a script', (script) => {
  const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
  expect(scripts).toHaveProperty([script ?? '']);
});
