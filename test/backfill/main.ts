/**
 * `npm run backfill`: a thousand recordings of before, imported on the local system, killed half-way and resumed.
 *
 * Exits 0 only if all were stored, and none twice.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { runBackfill } from './backfill.ts';

const HELP = `Imports recordings of before on the local system, kills the import half-way by SIGKILL, resumes it, and judges.

  npm run backfill -- [options]

  --recordings N   how many (default 1000)
  --per-second N   how many the import begins a second (default 20)
  --help           shows this
`;

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      recordings: { type: 'string', default: '1000' },
      'per-second': { type: 'string', default: '20' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    console.log(HELP);
    return 0;
  }
  const [recordings = 0, perSecond = 0] = [values.recordings, values['per-second']].map(Number);
  if (![recordings, perSecond].every((count) => Number.isInteger(count) && count >= 2)) {
    console.error('--recordings and --per-second are whole numbers from 2. See --help.');
    return 2;
  }
  const directory = mkdtempSync(join(tmpdir(), 'call-recorder-backfill-'));
  const begun = Date.now();
  try {
    const write = (text: string) => void process.stdout.write(text);
    const findings = await runBackfill({ recordings, perSecond, conferences: 3, inFlight: 50, directory, write });
    for (const { what, seen, detail } of findings) write(`${seen ? 'seen    ' : 'NOT SEEN'}  ${what}: ${detail}\n`);
    write(`${Math.round((Date.now() - begun) / 1000)} s\n`);
    return findings.every(({ seen }) => seen) ? 0 : 1;
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

main().then(
  (exit) => process.exit(exit),
  (error: unknown) => {
    console.error(error);
    process.exit(1);
  },
);
