/**
 * `npm run bench`: every row against its baseline, on this machine, in one run.
 *
 * Exits 0 when everything could be measured, whether goals are met or not, 1 otherwise, 2 where the command line is wrong.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { synthesizeDialing } from './calls/call-run.ts';
import { calls } from './calls/calls.ts';
import { commands } from './commands/commands.ts';
import { copy } from './copy/copy.ts';
import type { BenchContext, Group } from './group.ts';
import { growth } from './growth/growth.ts';
import { pacing } from './pacing/pacing.ts';
import type { Measurement } from './report/measurement.ts';
import { describeMachine, tableLines, writeResults } from './report/report.ts';
import { ROWS } from './report/rows.ts';
import { startup } from './startup/startup.ts';

const ROOT = join(import.meta.dirname, '..');
const GROUPS: readonly Group[] = [startup, copy, calls, pacing, commands, growth];

const NUMBERS = ROWS.map(({ row }) => row);

const HELP = `Measures the call recorder against its baselines, on this machine, in one run.

  npm run bench -- [options]

  --only N,N   only these rows of docs/performance.md; nothing is written then
  --quick      few samples and little data: shows that everything runs; nothing is written
  --help       shows this

A whole run writes bench/results/latest.json and the table in docs/performance.md. It takes less than 20 minutes on two
processors; the machine should have nothing else to do.
`;

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      only: { type: 'string' },
      quick: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    console.log(HELP);
    return 0;
  }
  const wanted = values.only === undefined ? NUMBERS : values.only.split(',').map(Number);
  if (!wanted.every((row) => NUMBERS.includes(row))) {
    console.error(`--only ${values.only}: takes row numbers, separated by commas. The rows are ${NUMBERS.join(', ')}.`);
    return 2;
  }
  return measure(new Set(wanted), values.quick, values.only === undefined && !values.quick);
}

async function measure(rows: ReadonlySet<number>, quick: boolean, keep: boolean): Promise<number> {
  const machine = describeMachine(ROOT);
  const begun = performance.now();
  const directory = mkdtempSync(join(tmpdir(), 'call-recorder-bench-'));
  const measurements: Measurement[] = [];
  const missing: { row: number; why: string }[] = [];
  try {
    let assembly: Promise<string> | undefined;
    const context: Omit<BenchContext, 'directory'> = {
      rows,
      quick,
      root: ROOT,
      tell: (line) => console.error(`… ${line}`),
      assembly() {
        assembly ??= synthesizeDialing(ROOT, join(directory, 'cloud-assembly'));
        return assembly;
      },
    };
    for (const group of GROUPS.filter((candidate) => candidate.rows.some((row) => rows.has(row)))) {
      const own = mkdtempSync(join(directory, `${group.name}-`));
      try {
        const found = await group.run({ ...context, directory: own });
        measurements.push(...found);
        for (const line of tableLines(found)) console.log(line);
      } catch (error) {
        console.error(error);
        const why = error instanceof Error ? error.message : String(error);
        missing.push(...group.rows.filter((row) => rows.has(row)).map((row) => ({ row, why })));
      }
      rmSync(own, { recursive: true, force: true });
    }
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
  const seconds = Math.round((performance.now() - begun) / 1000);
  for (const { row, why } of missing) console.error(`Row ${row} could not be measured: ${why}`);
  const missed = new Set(measurements.filter(({ met }) => !met).map(({ row }) => row));
  console.log(
    `${new Set(measurements.map(({ row }) => row)).size} rows in ${seconds} s, ${missed.size} miss their goal.`,
  );
  if (keep) writeResults(ROOT, { machine, seconds, measurements, missing });
  return missing.length === 0 ? 0 : 1;
}

main().then(
  (code) => process.exit(code),
  (error: unknown) => {
    console.error(error instanceof Error ? error.message : error);
    process.exit(2);
  },
);
