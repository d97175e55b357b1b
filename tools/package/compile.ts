/** Compiles the construct, its types, the operator's command, and what is deployed. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { type BuildOptions, build, type Plugin } from 'esbuild';
import { buildPage, PAGE_KINDS, READY_PAGES } from '../../console/serve/page.ts';
import { STEPS } from '../../lambdas/shared/contract/steps.ts';
import { READY_BUNDLES } from '../../lib/steps/bundle.ts';
import { LAMBDAS, writeBundle } from '../../lib/steps/write-bundle.ts';

/** @param dist - empty, or not there yet */
export async function compile(root: string, dist: string): Promise<void> {
  await Promise.all([compileConstruct(root, dist), compileCommand(root, dist)]);
  writeTypes(root, dist);
  for (const step of STEPS) {
    const output = join(dist, relative(join(root, 'dist'), READY_BUNDLES), step);
    mkdirSync(output, { recursive: true });
    writeBundle(join(LAMBDAS, step, 'index.ts'), output);
  }
  for (const kind of PAGE_KINDS) {
    const output = join(dist, relative(join(root, 'dist'), READY_PAGES), kind);
    mkdirSync(output, { recursive: true });
    for (const [path, { body }] of buildPage(kind)) {
      writeFileSync(join(output, path === '/' ? 'index.html' : path.slice(1)), body);
    }
  }
}

/** CommonJS, which an app of either kind can import. */
const compileConstruct = (root: string, dist: string) =>
  compileFile(root, dist, {
    entryPoints: [join(root, 'lib', 'index.ts')],
    outfile: join(dist, 'index.cjs'),
    format: 'cjs',
    platform: 'node',
    target: 'node20',
    plugins: [placesOfFiles(dist, '__dirname', '__filename')],
  });

/** Modules in pieces, so that a command loads what it needs and no more. */
const compileCommand = (root: string, dist: string) =>
  compileFile(root, dist, {
    entryPoints: [join(root, 'cli', 'main.ts')],
    outdir: join(dist, 'cli'),
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    banner: { js: '#!/usr/bin/env node' },
    plugins: [placesOfFiles(join(dist, 'cli'), 'import.meta.dirname', 'import.meta.filename')],
  });

async function compileFile(root: string, dist: string, options: BuildOptions): Promise<void> {
  mkdirSync(dist, { recursive: true });
  const { warnings } = await build({
    ...options,
    absWorkingDir: root,
    bundle: true,
    packages: 'external',
    legalComments: 'none',
    logLevel: 'silent',
  });
  if (warnings.length > 0) throw new Error(`esbuild warns: ${warnings.map(({ text }) => text).join('; ')}`);
}

/** A file that reads others beside it finds them in the package too: where its source lies there. */
function placesOfFiles(dist: string, folder: string, file: string): Plugin {
  return {
    name: 'places of files',
    setup(builder) {
      builder.onLoad({ filter: /\.ts$/, namespace: 'file' }, ({ path }) => {
        if (path.includes('node_modules')) return undefined;
        const place = (name: string) => `__join(${folder}, ${JSON.stringify(relative(dist, name))})`;
        const text = readFileSync(path, 'utf8');
        const placed = text
          .replaceAll('import.meta.dirname', place(dirname(path)))
          .replaceAll('import.meta.filename', file)
          .replaceAll('import.meta.url', `__toUrl(${place(path)})`);
        if (placed === text) return undefined;
        const contents = `import { join as __join } from 'node:path';\nimport { pathToFileURL as __toUrl } from 'node:url';\n${placed}`;
        return { contents, loader: 'ts' };
      });
    },
  };
}

/** By the compiler, from the docstrings too. */
function writeTypes(root: string, dist: string): void {
  const project = join(dist, 'tsconfig.json');
  const compilerOptions = {
    ...{ noEmit: false, declaration: true, emitDeclarationOnly: true, allowJs: false, types: ['node'] },
    ...{ rootDir: root, outDir: join(dist, 'types'), typeRoots: [join(root, 'node_modules', '@types')] },
  };
  const files = [join(root, 'lib', 'index.ts')];
  writeFileSync(project, JSON.stringify({ extends: join(root, 'tsconfig.json'), compilerOptions, include: [], files }));
  const compiler = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
  const { status, stdout } = spawnSync(process.execPath, [compiler, '-p', project], { encoding: 'utf8' });
  if (status !== 0) throw new Error(`The types cannot be written: ${stdout}`);
}
