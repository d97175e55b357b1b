/**
 * Who may import what, and who may touch the outside world. Folder names promise it; here it is held to.
 *
 * Each rule says what to do instead, and is tried on code that breaks it.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, posix, relative } from 'node:path';
import { STEPS } from '../lambdas/shared/contract/steps.ts';

const ROOT = join(import.meta.dirname, '..');
const FOLDERS = ['bin', 'examples', 'lib', 'lambdas', 'sim', 'local', 'cli', 'bench', 'tools'];

interface SourceFile {
  /** From the repository's root, with slashes. */
  readonly path: string;
  readonly text: string;
}
interface Import {
  /** The path from the root for a file of ours, otherwise the name of the package or of Node's module. */
  readonly target: string;
  readonly typeOnly: boolean;
}

const FILES: readonly SourceFile[] = FOLDERS.flatMap((folder) => {
  const entries = readdirSync(join(ROOT, folder), { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
    .map((entry) => join(entry.parentPath, entry.name))
    .map((file) => ({ path: relative(ROOT, file).replaceAll('\\', '/'), text: readFileSync(file, 'utf8') }));
});

/** Code without comments: what they mention is nothing that happens. */
const withoutComments = (text: string): string =>
  text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/(^|[\s;,{}()])\/\/[^\n]*/g, '$1');

function importsOf({ path, text }: SourceFile): Import[] {
  const found = withoutComments(text).matchAll(
    /(?:^|[\s;])(?:import|export)\s+(type\s)?[^'";]*?from\s*'([^']+)'|import\s*\(\s*'([^']+)'|(?:^|[\s;])import\s*'([^']+)'/g,
  );
  return [...found].map(([, type, named, dynamic, bare]) => {
    const specifier = named ?? dynamic ?? bare ?? '';
    const target = specifier.startsWith('.') ? posix.join(posix.dirname(path), specifier) : specifier;
    return { target, typeOnly: type !== undefined };
  });
}

const isSdk = (target: string) => /^(@aws-sdk\/|@smithy\/|@aws-lambda-powertools\/|twilio(\/|$))/.test(target);
const isOurs = (target: string) => FOLDERS.concat('test').some((folder) => target.startsWith(`${folder}/`));
const isIn = (...folders: readonly string[]) => {
  return (path: string) => folders.some((folder) => path.startsWith(`${folder}/`));
};

const ADAPTERS = 'lambdas/shared/adapters';
const RULES = 'lambdas/shared/rules';
const isPort = isIn('lambdas/shared/ports');
/** Names, without code, that both sides of a seam go by. */
const isContract = isIn('lambdas/shared/contract');
const isWiring = (path: string) => /^lambdas\/[^/]+\/index\.ts$/.test(path);
/** TwiML is text, which Twilio's builder writes; it asks nobody. */
const TWIML_BUILDER = 'lambdas/incoming-call/twiml.ts';
/** They do no I/O, so a step that uses one is still portable. */
const COMPUTING: ReadonlySet<string> = new Set(['node:crypto', 'p-map', 'valibot']);
/** Steps, and what they share: they know ports, not what fills them. */
const isPortable = (path: string) =>
  isIn('lambdas')(path) && !isIn(ADAPTERS)(path) && !isWiring(path) && path !== TWIML_BUILDER;

interface ImportRule {
  readonly says: string;
  readonly applies: (path: string) => boolean;
  readonly allows: (imported: Import, path: string) => boolean;
  /** A file that breaks the rule. */
  readonly broken: SourceFile;
}

const broken = (path: string, text: string): SourceFile => ({ path, text });

const IMPORT_RULES: readonly ImportRule[] = [
  {
    says: 'Only adapters and index.ts know an SDK: give the step a port.',
    applies: isPortable,
    allows: ({ target }) => !isSdk(target),
    broken: broken('lambdas/sweep/sweep.ts', "import { SQSClient } from '@aws-sdk/client-sqs';"),
  },
  {
    says: 'Only index.ts and adapters know an adapter: hand it to the step as a dependency.',
    applies: isPortable,
    allows: ({ target }) => !isIn(ADAPTERS)(target),
    broken: broken('lambdas/sweep/sweep.ts', "import { systemClock } from '../shared/adapters/clock.ts';"),
  },
  {
    says: 'Steps and rules use packages as types only, but for those that compute: node:crypto, p-map and valibot.',
    applies: isPortable,
    allows: ({ target, typeOnly }) => isOurs(target) || typeOnly || COMPUTING.has(target),
    broken: broken('lambdas/shared/rules/x.ts', "import { readFileSync } from 'node:fs';"),
  },
  {
    says: 'Rules import rules and the contract of names; of the ports they know the types alone.',
    applies: isIn(RULES),
    allows: ({ target, typeOnly }) =>
      isIn(RULES)(target) || isContract(target) || target === 'node:crypto' || (typeOnly && isPort(target)),
    broken: broken('lambdas/shared/rules/x.ts', "import { changeRow } from '../../rows/change-row.ts';"),
  },
  {
    says: 'Adapters know ports and rules, no step.',
    applies: isIn(ADAPTERS),
    allows: ({ target }) => !isOurs(target) || isIn(ADAPTERS, RULES)(target) || isContract(target) || isPort(target),
    broken: broken('lambdas/shared/adapters/x.ts', "import { sweep } from '../../sweep/sweep.ts';"),
  },
  {
    says: 'A step imports its own folder and lambdas/shared, no other step.',
    applies: (path) => STEPS.some((step) => isIn(`lambdas/${step}`)(path)),
    allows: ({ target }, path) => !isOurs(target) || isIn('lambdas/shared', posix.dirname(path))(target),
    broken: broken('lambdas/sweep/sweep.ts', "import { recordingCopy } from '../recording-copy/recording-copy.ts';"),
  },
  {
    says: 'What is deployed imports neither sim/ nor local/ nor cli/ nor tests.',
    applies: isIn('lambdas', 'lib', 'bin'),
    allows: ({ target }) => !isIn('sim', 'local', 'cli', 'test', 'bench', 'tools')(target),
    broken: broken('lib/storage/storage.ts', "import { TableModel } from '../../sim/aws/table.ts';"),
  },
  {
    says: 'The stack refers to steps by path and shares nothing with them but names: lambdas/shared/contract.',
    applies: isIn('lib', 'bin'),
    allows: ({ target }) => !isIn('lambdas')(target) || isContract(target),
    broken: broken('lib/storage/storage.ts', "import { toIso } from '../../lambdas/shared/rules/values/instant.ts';"),
  },
  {
    says: 'Examples use the public entry of lib/, as an app of its own does.',
    applies: isIn('examples'),
    allows: ({ target }) => !isOurs(target) || target === 'lib/index.ts',
    broken: broken('examples/embedded/app.ts', "import { Alarms } from '../../lib/watch/alarms.ts';"),
  },
  {
    says: 'Steps know nothing of the stack.',
    applies: isIn('lambdas'),
    allows: ({ target }) => !isIn('lib', 'bin')(target) && !/^(aws-cdk-lib|constructs)/.test(target),
    broken: broken('lambdas/shared/x.ts', "import { Duration } from 'aws-cdk-lib';"),
  },
  {
    says: 'Models know neither a machine nor an SDK: they get the time and what is asked.',
    applies: isIn('sim'),
    allows: ({ target, typeOnly }) =>
      typeOnly || target === 'node:crypto' || isIn('sim', RULES)(target) || isContract(target),
    broken: broken('sim/aws/queue.ts', "import { createServer } from 'node:http';"),
  },
  {
    says: "The operator's commands import what steps share, no step, neither stack nor models nor local mode.",
    applies: isIn('cli'),
    allows: ({ target }) => !isOurs(target) || isIn('cli', 'lambdas/shared')(target),
    broken: broken('cli/doctor/doctor.ts', "import { startSystem } from '../../local/system/system.ts';"),
  },
  {
    says: "Nothing but its own folder and tests imports the operator's commands.",
    applies: (path) => !isIn('cli')(path),
    allows: ({ target }) => !isIn('cli')(target),
    broken: broken('local/main.ts', "import { findPlace } from '../cli/place/place.ts';"),
  },
  {
    says: 'Nothing but its own folder, tests and tools imports the benchmark.',
    applies: (path) => !isIn('bench', 'tools')(path),
    allows: ({ target }) => !isIn('bench')(target),
    broken: broken('cli/cost.ts', "import { PRICES } from '../bench/prices.ts';"),
  },
];

interface CallRule {
  readonly says: string;
  readonly applies: (path: string) => boolean;
  readonly banned: RegExp;
  readonly broken: SourceFile;
}

const CALL_RULES: readonly CallRule[] = [
  {
    says: 'Only runtime.ts reads the environment: add the variable there.',
    applies: (path) => isIn('lambdas', 'sim')(path) && path !== 'lambdas/shared/runtime.ts',
    banned: /\bprocess\s*\.\s*env\b/,
    broken: broken('lambdas/sweep/index.ts', 'const table = process.env.TABLE_NAME;'),
  },
  {
    says: 'Time and chance are ports: use clock and randomness.',
    applies: (path) => isIn('lambdas', 'sim')(path) && !isIn(ADAPTERS)(path),
    banned:
      /\bDate\.now\b|\bMath\.random\b|\bset(Timeout|Interval|Immediate)\b|\bnew Date\(\s*\)|\brandomUUID\b|\brandomBytes\b|\bperformance\.now\b/,
    broken: broken('lambdas/sweep/sweep.ts', 'const now = new Date().getTime();'),
  },
  {
    says: "Only index.ts knows Lambda's global awslambda: hand it to an adapter.",
    applies: (path) => isIn('lambdas')(path) && !isWiring(path),
    banned: /\bawslambda\b/,
    broken: broken('lambdas/recording-play/recording-play.ts', 'awslambda.streamifyResponse(async () => {});'),
  },
  {
    says: 'Commands get environment and time from main.ts: use the context.',
    applies: (path) => isIn('cli')(path) && path !== 'cli/main.ts',
    banned: /\bprocess\s*\.\s*env\b|\bDate\.now\b|\bnew Date\(\s*\)|\bMath\.random\b/,
    broken: broken('cli/doctor/doctor.ts', 'const now = Date.now();'),
  },
  {
    says: 'No error is dropped in silence: handle it, log it, or say in a comment why it does not matter.',
    applies: isIn('lambdas', 'lib', 'bin', 'sim', 'local', 'cli', 'bench'),
    banned: /catch\s*(\([^)]*\))?\s*\{\s*\}/,
    broken: broken('lambdas/sweep/sweep.ts', 'try { act(); } catch (error) { }'),
  },
  {
    says: 'A file exports names, none by default.',
    applies: isIn('lambdas', 'lib', 'bin', 'sim', 'cli', 'bench'),
    banned: /^export default\b/m,
    broken: broken('lambdas/sweep/sweep.ts', 'export default sweep;'),
  },
];

const brokenImports = (rule: ImportRule, files: readonly SourceFile[]): string[] =>
  files
    .filter(({ path }) => rule.applies(path))
    .flatMap((file) =>
      importsOf(file)
        .filter((imported) => !rule.allows(imported, file.path))
        .map(({ target }) => `${file.path} imports ${target}. ${rule.says}`),
    );

const brokenCalls = (rule: CallRule, files: readonly SourceFile[]): string[] =>
  files
    .filter(({ path, text }) => rule.applies(path) && rule.banned.test(commentsKeptIn(rule, text)))
    .map(({ path, text }) => `${path} has ${rule.banned.exec(commentsKeptIn(rule, text))?.[0]}. ${rule.says}`);

/** A comment in a catch block is what makes it no silent one. */
const commentsKeptIn = (rule: CallRule, text: string): string =>
  rule.banned.source.startsWith('catch') ? text : withoutComments(text);

test('the house has files to look at', () => {
  for (const folder of FOLDERS) {
    expect(FILES.some(({ path }) => isIn(folder)(path))).toBe(true);
  }
  expect(FILES.filter(({ path }) => isWiring(path))).toHaveLength(STEPS.length);
  expect(FILES.flatMap(importsOf).length).toBeGreaterThan(200);
});

describe.each(IMPORT_RULES)('$says', (rule) => {
  test('is kept', () => {
    expect(brokenImports(rule, FILES)).toEqual([]);
  });
  test('would be noticed', () => {
    expect(brokenImports(rule, [rule.broken])).toHaveLength(1);
  });
});

describe.each(CALL_RULES)('$says', (rule) => {
  test('is kept', () => {
    expect(brokenCalls(rule, FILES)).toEqual([]);
  });
  test('would be noticed', () => {
    expect(brokenCalls(rule, [rule.broken])).toHaveLength(1);
  });
});

test('imports are found in each of their forms, and not in comments', () => {
  const text = `
    import type { A } from 'a';
    import {
      type B,
    } from 'b';
    import 'c';
    export { D } from 'd';
    export * from 'e';
    const f = await import('f');
    type G = typeof import('g');
    // import 'no';
    /* import 'neither'; */
    const url = 'https://example.test'; import h from 'h';`;
  const found = importsOf({ path: 'lib/x.ts', text });
  expect(found.map(({ target }) => target)).toEqual(['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h']);
  expect(found.filter(({ typeOnly }) => typeOnly).map(({ target }) => target)).toEqual(['a']);
});

test('every path into the twilio package resolves, in the version that is pinned exactly', () => {
  const { resolve } = createRequire(import.meta.filename);
  const paths = new Set(FILES.flatMap(importsOf).flatMap(({ target }) => (/^twilio\//.test(target) ? [target] : [])));
  expect(paths.size).toBeGreaterThan(4);
  for (const path of paths) expect(() => resolve(path)).not.toThrow();

  const { dependencies } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
  expect(dependencies.twilio).toMatch(/^\d+\.\d+\.\d+$/);
  expect(JSON.parse(readFileSync(resolve('twilio/package.json'), 'utf8')).version).toBe(dependencies.twilio);
});

test('a file fits on a few screens: 300 lines at most', () => {
  const long = FILES.map(({ path, text }) => ({ path, lines: text.split('\n').length - 1 }));
  expect(long.filter(({ lines }) => lines > 300)).toEqual([]);
});
