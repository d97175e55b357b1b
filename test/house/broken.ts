/** A house in which each rule is broken once. */
import { existsSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

export interface Broken {
  /** The name of the rule, of dependency-cruiser or Biome. */
  readonly rule: string;
  readonly path: string;
  readonly text: string;
}

const broken = (rule: string, path: string, text: string): Broken => ({ rule, path, text: `${text}\n` });

/** By the rules of tools/house/imports.ts. What is imported is an empty file, where none of these. */
export const BROKEN_IMPORTS: readonly Broken[] = [
  broken('circle', 'local/a.ts', "import type { B } from './b.ts';\nexport type A = B;"),
  broken('unknown', 'local/c.ts', "import 'no-such-package';"),
  broken('sdk', 'lambdas/sweep/a.ts', "import type { SQSClient } from '@aws-sdk/client-sqs';"),
  broken('adapter', 'lambdas/sweep/b.ts', "import { systemClock } from '../shared/adapters/clock.ts';"),
  broken('package', 'lambdas/shared/rules/a.ts', "import { type Stats, readFileSync } from 'node:fs';"),
  broken('rules', 'lambdas/shared/rules/b.ts', "import type { changeRow } from '../rows/change-row.ts';"),
  broken('rules-port', 'lambdas/shared/rules/c.ts', "import { Log } from '../ports/log.ts';"),
  broken('adapter-step', 'lambdas/shared/adapters/a.ts', "import { sweep } from '../../sweep/sweep.ts';"),
  broken('other-step', 'lambdas/sweep/c.ts', "import { read } from '../recording-copy/read.ts';"),
  broken('deployed', 'lib/storage/a.ts', "import { TableModel } from '../../sim/aws/table.ts';"),
  broken('stack-step', 'lib/storage/b.ts', "export * from '../../lambdas/shared/rules/values/instant.ts';"),
  broken('example', 'examples/embedded/app.ts', "import { Alarms } from '../../lib/watch/alarms.ts';"),
  broken('step-stack', 'lambdas/shared/a.ts', "import type { Duration } from 'aws-cdk-lib';"),
  broken('model', 'sim/aws/a.ts', "const { createServer } = await import('node:http');"),
  broken('page', 'console/a.ts', "import { serveConsole } from './serve/server.ts';"),
  broken('page-server', 'console/serve/a.ts', "import { startSystem } from '../../local/system/system.ts';"),
  broken('command', 'cli/doctor/a.ts', "import { startSystem } from '../../local/system/system.ts';"),
  broken('of-commands', 'local/d.ts', "import { findPlace } from '../cli/place/place.ts';"),
  broken('of-bench', 'local/e.ts', "import { runCall } from '../bench/calls/call-run.ts';"),
  broken('prices', 'local/g.ts', "import { PRICES } from '../cli/cost/prices.ts';"),
  broken('process', 'lambdas/shared/adapters/b.ts', "import { env } from 'node:process';"),
];

/** The other half of the circle, which is told once. */
const SAME_CIRCLE = broken('circle', 'local/b.ts', "export type { A as B } from './a.ts';");

/** By biome.json. */
export const BROKEN_CODE: readonly Broken[] = [
  broken('noRestrictedGlobals', 'lambdas/sweep/index.ts', 'export const table = process.env.TABLE_NAME;'),
  broken('noRestrictedGlobals', 'sim/aws/b.ts', 'export const table = process.env.TABLE_NAME;'),
  broken('noRestrictedGlobals', 'cli/doctor/b.ts', 'export const home = process.env.HOME;'),
  broken('noEmptyBlockStatements', 'local/f.ts', 'try { act(); } catch (error) { }'),
  broken('noDefaultExport', 'lib/c.ts', 'export default 1;'),
  broken('noExcessiveLinesPerFunction', 'cli/long.ts', `export function long() {\n${'act();\n'.repeat(71)}}`),
];

/** By test/house.test.ts. */
export const TOO_LARGE: readonly Broken[] = [
  broken('file', 'local/long.ts', '\n'.repeat(250)),
  broken('function', 'test/function.ts', `function long() {\n${'\n'.repeat(69)}}`),
  ...Array.from({ length: 16 }, (_, index) => broken('folder', `bench/many/${index}.ts`, '')),
];

/** Writes them into `folder`, with the packages of `root`. */
export function writeBroken(folder: string, root: string): void {
  const write = (path: string, text: string) => {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  };
  const all = [...BROKEN_IMPORTS, SAME_CIRCLE, ...BROKEN_CODE, ...TOO_LARGE];
  for (const { path, text } of all) write(path, text);
  for (const { path, text } of BROKEN_IMPORTS) {
    const [, imported = ''] = /'(\.[^']+)'/.exec(text) ?? [];
    const target = join(dirname(path), imported);
    if (imported !== '' && !existsSync(join(folder, target))) write(target, 'export {};\n');
  }
  write('package.json', '{}');
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'), 'junction');
}
