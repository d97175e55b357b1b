import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

const ROOT = join(import.meta.dirname, '..', '..');

test('docs/api is what the docstrings of the public entry say, and nothing there is undocumented by half', () => {
  const { status, stderr } = spawnSync(process.execPath, ['tools/api-docs.ts', '--check'], {
    cwd: ROOT,
    encoding: 'utf8',
  });
  expect([status, stderr]).toEqual([0, '']);
});
