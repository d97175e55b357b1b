/** What was measured, as a table, as the results file and as the section of docs/performance.md. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus, loadavg, release, type as systemType, totalmem } from 'node:os';
import { join } from 'node:path';
import type { Measurement, Spread } from './measurement.ts';
import { ROWS, WHY } from './rows.ts';

export interface Results {
  readonly machine: ReturnType<typeof describeMachine>;
  readonly seconds: number;
  readonly measurements: readonly Measurement[];
  /** Rows that could not be measured, and why. */
  readonly missing: readonly { readonly row: number; readonly why: string }[];
}

type Versions = { readonly [name: string]: string };
const PACKAGES = ['esbuild', 'twilio', '@aws-sdk/client-s3', '@aws-sdk/lib-storage', 'fauxqs', 'dynalite'];

/** What the figures were taken on. */
export function describeMachine(root: string) {
  const version = (name: string): [string, string] => {
    const text = readFileSync(join(root, 'node_modules', name, 'package.json'), 'utf8');
    return [name, (JSON.parse(text) as { version: string }).version];
  };
  return {
    at: new Date().toISOString(),
    commit: commitOf(root),
    system: `${systemType()} ${release()}`,
    processor: cpus()[0]?.model ?? 'unknown',
    processors: cpus().length,
    memoryGigabytes: Math.round(totalmem() / 2 ** 30),
    /** Load averages of 1, 5 and 15 minutes before the first row. */
    load: loadavg().map((average) => Math.round(average * 100) / 100),
    versions: { node: process.versions.node, ...Object.fromEntries(PACKAGES.map(version)) } as Versions,
  };
}

function commitOf(root: string): string {
  try {
    return execFileSync('git', ['rev-parse', '--short', 'HEAD'], { cwd: root, encoding: 'utf8', stdio: 'pipe' }).trim();
  } catch {
    // A copy without its history is measured all the same.
    return 'unknown';
  }
}

const number = (value: number): string => (Math.abs(value) >= 100 ? value.toFixed(0) : value.toPrecision(3));
const range = ({ minimum, maximum, samples }: Spread): string =>
  samples > 1 ? `${number(minimum)} to ${number(maximum)}` : '';

/** Lines for a terminal: each measurement, then why the row misses, where it does. */
export function tableLines(measurements: readonly Measurement[]): string[] {
  return ROWS.flatMap(({ row, measure }) => {
    const own = measurements.filter((measurement) => measurement.row === row);
    if (own.length === 0) return [];
    const lines = own.flatMap(({ of, baseline, ours, ratio, goal, met, note }) => [
      `  ${met ? 'met ' : 'MISS'} ${of.padEnd(28)} ${baseline.padStart(14)} ${ours.padStart(14)}   ${number(ratio.median).padStart(6)} (${goal.compare} ${goal.value}) ${range(ratio)}`,
      ...(note === undefined ? [] : [`         ${note}`]),
    ]);
    const why = own.every(({ met }) => met) ? [] : [`       why: ${WHY[row] ?? 'not explained yet.'}`];
    return [`${row}. ${measure}`, ...lines, ...why, ''];
  });
}

/** The section that the command writes, between its marks. */
export function markdown({ machine, seconds, measurements, missing }: Results): string {
  const { at, commit, system, processor, processors, memoryGigabytes, load, versions } = machine;
  const lines = [
    `Measured ${at.slice(0, 10)} at commit ${commit} in ${Math.round(seconds / 60)} minutes, by \`npm run bench\`: ${processors} × ${processor},`,
    `${memoryGigabytes} GB, ${system}, load before it ${load.join(' ')}; ${Object.entries(versions)
      .map(([name, version]) => `${name} ${version}`)
      .join(', ')}.`,
    '',
    '| # | measure | of | baseline | ours | ratio (min to max) | goal | met |',
    '|---|---|---|---|---|---|---|---|',
  ];
  for (const { row, measure, goal } of ROWS) {
    const gap = missing.find((one) => one.row === row);
    if (gap !== undefined) lines.push(`| ${row} | ${measure} | | | not measured: ${gap.why} | | ${goal} | |`);
    for (const one of measurements.filter((measurement) => measurement.row === row)) {
      const spanned = range(one.ratio) === '' ? '' : ` (${range(one.ratio)})`;
      const asked = `${one.goal.compare} ${one.goal.value}`;
      lines.push(
        `| ${row} | ${measure} | ${one.of} | ${one.baseline} | ${one.ours} | ${number(one.ratio.median)}${spanned} | ${asked} | ${one.met ? 'yes' : '**no**'} |`,
      );
    }
  }
  const notes = measurements.filter(({ note }) => note !== undefined);
  if (notes.length > 0) lines.push('', ...notes.map(({ row, of, note }) => `- Row ${row}, ${of}: ${note}.`));
  const missed = new Set(measurements.filter(({ met }) => !met).map(({ row }) => row));
  if (missed.size > 0) lines.push('', 'Why rows miss:', '');
  for (const row of missed) lines.push(`- Row ${row}: ${WHY[row] ?? 'not explained yet.'}`);
  return lines.join('\n');
}

const BEGIN = '<!-- npm run bench writes from here -->';
const END = '<!-- to here -->';

/** @throws Error where the document has lost its marks */
export function writeResults(root: string, results: Results): void {
  const directory = join(root, 'bench', 'results');
  mkdirSync(directory, { recursive: true });
  writeFileSync(join(directory, 'latest.json'), `${JSON.stringify(results, undefined, 2)}\n`);
  const file = join(root, 'docs', 'performance.md');
  writeFileSync(file, withSection(readFileSync(file, 'utf8'), markdown(results)));
}

/** The document with `section` between its marks. */
export function withSection(document: string, section: string): string {
  const begin = document.indexOf(BEGIN);
  const end = document.indexOf(END);
  if (begin < 0 || end < begin) {
    throw new Error(`docs/performance.md must hold "${BEGIN}" and "${END}", each on a line of its own.`);
  }
  return `${document.slice(0, begin)}${BEGIN}\n\n${section}\n\n${document.slice(end)}`;
}
