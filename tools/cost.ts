/**
 * Writes the tables of docs/cost.md: counts what calls take in runs of the whole system on this machine, then prices it.
 *
 *     npm run cost                   counts anew, which takes two minutes
 *     npm run cost -- --counted      prices what was counted before, after a change of prices
 *     npm run cost -- --check        only says whether the document is what the counts and prices come to
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { COUNTED_FILE, type Counts, readCounted } from '../cli/cost/counted.ts';
import { count } from './cost/counts.ts';
import { tables } from './cost/tables.ts';

const ROOT = join(import.meta.dirname, '..');
const DOCUMENT = join(ROOT, 'docs', 'cost.md');
const BEGIN = '<!-- written by "npm run cost" -->';
const END = '<!-- end -->';

async function countAnew(): Promise<Counts> {
  const directory = mkdtempSync(join(tmpdir(), 'call-recorder-cost-'));
  try {
    const counts = await count(ROOT, directory, (line) => console.error(`… ${line}`));
    writeFileSync(COUNTED_FILE, `${JSON.stringify(counts, undefined, 2)}\n`);
    return counts;
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { counted: { type: 'boolean' }, check: { type: 'boolean' } } });
  const counts: Counts = values.counted || values.check ? readCounted() : await countAnew();
  const text = readFileSync(DOCUMENT, 'utf8');
  const [begin, end] = [text.indexOf(BEGIN), text.indexOf(END)];
  if (begin < 0 || end < begin) throw new Error(`${DOCUMENT} lacks the marks between which the tables stand.`);
  const written = `${text.slice(0, begin)}${BEGIN}\n${tables(counts)}\n${text.slice(end)}`;
  if (!values.check) writeFileSync(DOCUMENT, written);
  else if (written !== text) {
    console.error('docs/cost.md is not what the counts and prices come to. Run "npm run cost -- --counted".');
    process.exitCode = 1;
  }
}

await main();
