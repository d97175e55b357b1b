/** The page's files, as every place serves them. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';

const FOLDER = join(import.meta.dirname, '..');

export interface PageFile {
  readonly type: string;
  readonly body: Uint8Array;
}

/** By path. */
export type PageFiles = ReadonlyMap<string, PageFile>;

/** @throws Error with esbuild's messages where the page cannot be bundled */
export async function buildPage(): Promise<PageFiles> {
  const read = (name: string) => readFileSync(join(FOLDER, name));
  return new Map([
    ['/', { type: 'text/html; charset=utf-8', body: read('index.html') }],
    ['/console.css', { type: 'text/css; charset=utf-8', body: read('console.css') }],
    ['/icon.svg', { type: 'image/svg+xml', body: read('icon.svg') }],
    ['/console.js', { type: 'text/javascript; charset=utf-8', body: await bundleScript() }],
  ]);
}

async function bundleScript(): Promise<Uint8Array> {
  const { outputFiles, warnings } = await build({
    entryPoints: [join(FOLDER, 'main.ts')],
    bundle: true,
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
    minify: true,
    legalComments: 'none',
    write: false,
    logLevel: 'silent',
  });
  const [script] = outputFiles;
  if (script === undefined || warnings.length > 0) {
    throw new Error(`esbuild warns about the console: ${warnings.map(({ text }) => text).join('; ')}`);
  }
  return script.contents;
}
