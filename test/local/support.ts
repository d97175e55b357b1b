import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

export const FIXTURE_ASSEMBLY = join(import.meta.dirname, 'fixtures', 'assembly');

const directories: string[] = [];
afterAll(() => {
  for (const directory of directories) rmSync(directory, { recursive: true, force: true });
});

/** An empty directory; removed after the test file. */
export function temporaryDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), 'call-recorder-'));
  directories.push(directory);
  return directory;
}

/** Ends what hangs, before Jest does. Nothing takes minutes but a machine on which everything does. */
const LIMIT_MILLISECONDS = 15 * 60_000;

/** Waits until `condition` holds, however long that takes. */
export async function until(condition: () => boolean | Promise<boolean>, what: string): Promise<void> {
  const end = Date.now() + LIMIT_MILLISECONDS;
  while (!(await condition())) {
    if (Date.now() > end) throw new Error(`Not within ${LIMIT_MILLISECONDS} ms: ${what}`);
    await sleep(10);
  }
}
