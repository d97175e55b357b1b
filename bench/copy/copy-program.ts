/**
 * Copies one recording by a bundle's handler, and tells what it took. Argument: JSON of {@link CopyArguments}.
 *
 * The report is written to file descriptor 3, since the handler logs to the standard output.
 */
import { writeSync } from 'node:fs';
import { createRequire } from 'node:module';

export interface CopyArguments {
  readonly bundle: string;
  readonly event: unknown;
}

export interface CopyReport {
  readonly seconds: number;
  readonly cpuSeconds: number;
  /** Of the whole process, bytes. */
  readonly peakMemory: number;
  readonly result: unknown;
}

async function run(): Promise<void> {
  const { bundle, event } = JSON.parse(process.argv[2] ?? '{}') as CopyArguments;
  process.env.LAMBDA_TASK_ROOT = bundle.replace(/[\\/][^\\/]*$/, '');
  const { handler } = createRequire(bundle)(bundle) as { handler: (event: unknown, context: object) => unknown };
  const begun = performance.now();
  const before = process.cpuUsage();
  const result = await handler(event, { awsRequestId: 'copy', functionName: 'bench', memoryLimitInMB: '1024' });
  const { user, system } = process.cpuUsage(before);
  const report: CopyReport = {
    seconds: (performance.now() - begun) / 1000,
    cpuSeconds: (user + system) / 1e6,
    peakMemory: process.resourceUsage().maxRSS * 1024,
    result,
  };
  writeSync(3, JSON.stringify(report));
  process.exit(0);
}

void run();
