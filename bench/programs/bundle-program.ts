/**
 * Loads a bundle, and hands its handler one event where there is one. Argument: JSON of {@link BundleArguments}.
 *
 * What it cost is written to file descriptor 3, since the handler logs to the standard output.
 */
import { writeSync } from 'node:fs';
import { createRequire } from 'node:module';

export interface BundleArguments {
  readonly bundle: string;
  readonly event?: unknown;
}

/** CPU times in microseconds, user and system together. */
export interface BundleReport {
  /** From the start of the process, until the handler could be called. */
  readonly ready: number;
  readonly first?: number;
  /** Milliseconds on the clock. */
  readonly firstWall?: number;
  /** Of the whole process, bytes. */
  readonly peakMemory?: number;
  readonly result?: unknown;
}

async function run(): Promise<void> {
  const { bundle, event } = JSON.parse(process.argv[2] ?? '{}') as BundleArguments;
  process.env.LAMBDA_TASK_ROOT = bundle.replace(/[\\/][^\\/]*$/, '');
  // Lambda's runtime gives it to every function; nothing is streamed here.
  Object.assign(globalThis, { awslambda: { streamifyResponse: (streaming: object) => streaming } });
  const { handler } = createRequire(bundle)(bundle) as { handler: (event: unknown, context: object) => unknown };
  const ready = total(process.cpuUsage());
  let report: BundleReport = { ready };
  if (event !== undefined) {
    const begun = performance.now();
    const before = process.cpuUsage();
    const result = await handler(event, { awsRequestId: 'first', functionName: 'bench', memoryLimitInMB: '1024' });
    report = { ready, first: total(process.cpuUsage(before)), firstWall: performance.now() - begun, result };
  }
  writeSync(3, JSON.stringify({ ...report, peakMemory: process.resourceUsage().maxRSS * 1024 }));
  process.exit(0);
}

const total = ({ user, system }: NodeJS.CpuUsage): number => user + system;

void run();
