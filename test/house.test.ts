/**
 * The rules of the house: who may import what (tools/house/imports.ts), what code does without (biome.json, which
 * `npm run check` enforces, and {@link CALL_RULES}), and how large its parts may be. Each is tried on a house that breaks it.
 */
import { execFile } from 'node:child_process';
import { copyFileSync, existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { ICruiseResult } from 'dependency-cruiser';
import { STEPS } from '../lambdas/shared/contract/steps.ts';
import IMPORTS, { FOLDERS } from '../tools/house/imports.ts';
import {
  FILE_LINES,
  FOLDER_FILES,
  FUNCTION_LINES,
  functionsOf,
  type Measures,
  measure,
} from '../tools/house/measure.ts';
import { BROKEN_CODE, BROKEN_IMPORTS, TOO_LARGE, writeBroken } from './house/broken.ts';
import { temporaryFolder } from './lib/temporary.ts';

const ROOT = join(import.meta.dirname, '..');
const BROKEN = temporaryFolder('house');
writeBroken(BROKEN, ROOT);
const HOUSE = measure(ROOT);

interface Output {
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program of a package, whether it finds something or not. */
function run(program: string, args: readonly string[], cwd: string): Promise<Output> {
  const given = [join(ROOT, 'node_modules', program), ...args];
  return promisify(execFile)(process.execPath, given, { cwd, maxBuffer: 2 ** 28 }).catch((failed: Output) => failed);
}

async function cruise(root: string): Promise<ICruiseResult> {
  const configuration = ['--config', join(ROOT, 'tools', 'house', 'imports.ts'), '--output-type', 'json'];
  const given = [...configuration, ...FOLDERS.filter((folder) => existsSync(join(root, folder)))];
  return JSON.parse((await run('dependency-cruiser/bin/dependency-cruiser.mjs', given, root)).stdout);
}

const violations = ({ summary }: ICruiseResult): string[] =>
  summary.violations.map(({ rule, from, to }) => {
    const { comment } = IMPORTS.forbidden.find(({ name }) => name === rule.name) ?? {};
    return `${rule.name}: ${from} imports ${to}. ${comment}`;
  });

describe('imports', () => {
  let house: ICruiseResult;
  let broken: readonly string[];
  beforeAll(async () => {
    house = await cruise(ROOT);
    broken = violations(await cruise(BROKEN));
  });

  test('keep the rules', () => expect(violations(house)).toEqual([]));

  test('of each file are looked at', () => {
    const seen = new Set(house.modules.map(({ source }) => source));
    expect(HOUSE.files.filter(({ path }) => !seen.has(path))).toEqual([]);
    expect(HOUSE.files.filter(({ path }) => /^lambdas\/[^/]+\/index\.ts$/.test(path))).toHaveLength(STEPS.length);
  });

  test.each(BROKEN_IMPORTS)('that break the rule "$rule" are noticed in $path', ({ rule, path }) => {
    expect(broken.filter((line) => line.startsWith(`${rule}: ${path} imports `))).toHaveLength(1);
  });

  test('are rules that can all be broken', () => {
    const names = new Set(BROKEN_IMPORTS.map(({ rule }) => rule));
    expect([...names].sort()).toEqual(IMPORTS.forbidden.map(({ name }) => name).sort());
  });

  test('from inside the twilio package are pinned to one version of it', () => {
    const inside = house.modules.flatMap(({ dependencies }) => dependencies.map((one) => one.module));
    expect(new Set(inside.filter((one) => one.startsWith('twilio/'))).size).toBeGreaterThan(4);
    const { dependencies } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
    expect(dependencies.twilio).toMatch(/^\d+\.\d+\.\d+$/);
    const installed = createRequire(import.meta.filename).resolve('twilio/package.json');
    expect(JSON.parse(readFileSync(installed, 'utf8')).version).toBe(dependencies.twilio);
  });
});

describe('what biome.json bans', () => {
  let found: string;
  beforeAll(async () => {
    copyFileSync(join(ROOT, 'biome.json'), join(BROKEN, 'biome.json'));
    const options = ['--vcs-enabled=false', '--max-diagnostics=none', '--colors=off'];
    found = (await run('@biomejs/biome/bin/biome', ['lint', ...options], BROKEN)).stderr;
  });

  test.each(BROKEN_CODE)('$rule is noticed in $path', ({ rule, path }) => {
    expect(found).toMatch(new RegExp(`^${path}:\\d+:\\d+ lint/\\w+/${rule} `, 'm'));
  });
  test('the environment, with what to do instead', () => {
    expect(found).toContain('Only lambdas/shared/runtime.ts and cli/main.ts read the environment');
  });
});

/** What Biome cannot tell by a name alone. */
const CALL_RULES = [
  {
    says: 'Time and chance are ports: use clock and randomness, or the context of a command.',
    // The name of a partial file is drawn so that nobody can know it beforehand; no test depends on it.
    applies: /^(lambdas\/(?!shared\/adapters\/)|sim\/|cli\/(?!main\.ts|command\/partial-file\.ts))/,
    banned:
      /\bDate\.now\b|\bMath\.random\b|\bset(Timeout|Interval|Immediate)\b|\bnew Date\(\s*\)|\brandomUUID\b|\brandomBytes\b|\bperformance\.now\b/,
    broken: 'const now = new Date().getTime();',
  },
  {
    says: "Only index.ts knows Lambda's global awslambda: hand it to an adapter.",
    applies: /^lambdas\/(?![^/]+\/index\.ts$)/,
    banned: /\bawslambda\b/,
    broken: 'awslambda.streamifyResponse(async () => {});',
  },
];

/** Code without comments: what they mention is nothing that happens. */
const withoutComments = (text: string): string =>
  text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/(^|[\s;,{}()])\/\/[^\n]*/g, '$1');

describe.each(CALL_RULES)('$says', ({ applies, banned, broken }) => {
  const files = HOUSE.files.filter(({ path }) => applies.test(path));
  test('is kept', () => {
    expect(files.length).toBeGreaterThan(50);
    expect(files.filter(({ text }) => banned.test(withoutComments(text))).map(({ path }) => path)).toEqual([]);
  });
  test('would be noticed', () => {
    expect(withoutComments(`// awslambda, Date.now()\n/* awslambda, Date.now() */ ${broken}`)).toMatch(banned);
    expect(withoutComments('// awslambda, Date.now()\n/* awslambda, Date.now() */')).not.toMatch(banned);
  });
});

/** Tests are lists; all else is read from the beginning to the end. */
function tooLarge({ files, folders }: Measures): string[] {
  const long = files.filter(({ path, lines }) => !path.endsWith('.test.ts') && lines > FILE_LINES);
  return [
    ...long.map(({ path, lines }) => `file ${path}: ${lines} lines`),
    ...files.flatMap(({ path, functions }) =>
      functions
        .filter(({ lines }) => lines > FUNCTION_LINES)
        .map(({ line, lines }) => `function ${path}:${line}: ${lines} lines`),
    ),
    ...[...folders].filter(([, size]) => size > FOLDER_FILES).map(([path, size]) => `folder ${path}: ${size} files`),
  ];
}

describe('the size', () => {
  test('of each file, function and folder is what an eye takes in', () => expect(tooLarge(HOUSE)).toEqual([]));
  test('of what is too large is noticed', () => {
    const paths = [...new Set(TOO_LARGE.map(({ rule }) => rule))];
    expect(paths).toEqual(['file', 'function', 'folder']);
    expect(tooLarge(measure(BROKEN)).sort()).toEqual([
      'file local/long.ts: 251 lines',
      'folder bench/many: 16 files',
      'function cli/long.ts:1: 73 lines',
      'function test/function.ts:1: 71 lines',
    ]);
  });
  test('of a function is told whatever its form, and of a chapter of tests it is not', () => {
    const text = `// €
      class A { constructor() {
        } get b() { return 1;
        } #c() {
        } d = async () => {
        }; }
      describe.each([])('x', () => {
        test('y', function () {
        });
      });`;
    expect(functionsOf(text)).toEqual([2, 3, 4, 5, 8].map((line) => ({ line, lines: 2 })));
  });
});
