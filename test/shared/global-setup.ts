/** Runs before all test files: offers them the process that they share, see `shared-process.ts`. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { missingBrowser } from '../console/browser/find-browser.ts';
import { serveSharedProcess } from './serve.ts';

export default async function setUp(): Promise<void> {
  const missing = missingBrowser();
  if (missing !== undefined && process.env.CI) throw new Error(missing);
  if (missing !== undefined) process.stderr.write(`${missing}\n`);
  // The CDK's validator takes seconds of every process that synthesizes. The shared process validates each template once.
  process.env.CDK_VALIDATION = 'false';
  const folder = mkdtempSync(join(tmpdir(), 'call-recorder-run-'));
  // Compiled code, TypeScript's too, which all processes of the run take from one another.
  process.env.NODE_COMPILE_CACHE = join(folder, 'compiled');
  const served = await serveSharedProcess(folder);
  process.env.SHARED_PROCESS_URL = served.url;
  Object.assign(globalThis, {
    async endOfTestRun(): Promise<void> {
      await served.close();
      rmSync(folder, { recursive: true, force: true });
    },
  });
}
