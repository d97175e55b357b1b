/** `npm run house`: how large files, folders and functions are, and how many imports lead round in circles. */
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { cruise, type ICruiseResult } from 'dependency-cruiser';
import IMPORTS, { FOLDERS } from './house/imports.ts';
import { FILE_LINES, FUNCTION_LINES, measure, type SourceFile } from './house/measure.ts';

const { values } = parseArgs({ options: { at: { type: 'string', default: '.' } } });
const root = resolve(values.at);
const { files, folders } = measure(root);

console.log(
  'Lines of TypeScript, comments and blank lines included; functions from the signature to the closing brace:\n',
);
console.log(line('', 'files', 'lines', 'of a file: median', 'max', 'of a function: median', 'max'));
for (const folder of FOLDERS) print(`${folder}/`, (path) => path.startsWith(`${folder}/`));
print('without test/', (path) => !path.startsWith('test/'));
print('all', () => true);

const long = files.filter(({ path, lines }) => lines > FILE_LINES && !path.endsWith('.test.ts'));
console.log(`\nFiles over ${FILE_LINES} lines, lists of tests aside: ${long.length}`);
const functions = files.flatMap((file) => file.functions);
console.log(
  `Functions over ${FUNCTION_LINES} lines: ${functions.filter(({ lines }) => lines > FUNCTION_LINES).length}`,
);
const [folder, size] = [...folders].reduce((largest, one) => (one[1] > largest[1] ? one : largest), ['', 0]);
console.log(`Largest folder: ${folder}, ${size} files`);
const circles = await importsInCircles();
const within = new Set(circles.map(([from]) => from)).size;
console.log(`Imports in circles, types included: ${circles.length}, in ${within} files`);
for (const [from, to] of circles) console.log(`  ${from} → ${to}`);

function line(...columns: readonly (string | number)[]): string {
  const [first, ...others] = columns.map(String);
  const widths = [7, 8, 18, 6, 22, 6];
  return `${first?.padEnd(14)}${others.map((column, index) => column.padStart(widths[index] ?? 0)).join('')}`;
}

function print(name: string, accepts: (path: string) => boolean): void {
  const own: readonly SourceFile[] = files.filter(({ path }) => accepts(path));
  if (own.length === 0) return;
  const lines = ascending(own.map((file) => file.lines));
  const functions = ascending(own.flatMap((file) => file.functions.map((one) => one.lines)));
  const total = lines.reduce((sum, one) => sum + one, 0);
  console.log(
    line(name, own.length, total, median(lines), lines.at(-1) ?? 0, median(functions), functions.at(-1) ?? 0),
  );
}

function ascending(values: readonly number[]): number[] {
  return values.toSorted((a, b) => a - b);
}

function median(sorted: readonly number[]): number {
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}

async function importsInCircles(): Promise<readonly (readonly [from: string, to: string])[]> {
  const own = FOLDERS.filter((one) => existsSync(join(root, one)));
  const { output } = await cruise(own, { ...IMPORTS.options, baseDir: root, validate: true, ruleSet: IMPORTS });
  const { modules } = output as ICruiseResult;
  return modules.flatMap(({ source, dependencies }) =>
    dependencies.filter(({ circular }) => circular).map(({ resolved }) => [source, resolved] as const),
  );
}
