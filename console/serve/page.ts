/** The page's files, as every place serves them. */
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';

const FOLDER = join(import.meta.dirname, '..');

export interface PageFile {
  readonly type: string;
  readonly body: Uint8Array;
}

/** By path. */
export type PageFiles = ReadonlyMap<string, PageFile>;

/**
 * wavesurfer.js puts this one style element into its shadow root; its hash stands for its text. A browser test compares: a later version
 * with another text shows there.
 */
export const WAVESURFER_STYLE = "'sha256-lYn8wofTd9DQ98eR+x6Z/GEnEIybaqD4JFb4hM9lipk='";

/** Where each script begins: `loopback` talks to the server that has served it, `hosted` signs in and asks the HTTP API. */
const ENTRIES = { loopback: 'main.ts', hosted: join('hosted', 'main.ts') } as const;

export type PageKind = keyof typeof ENTRIES;
export const PAGE_KINDS = Object.keys(ENTRIES) as readonly PageKind[];

/** In a package that was installed, the pages' files lie here, by kind: it holds no esbuild. */
export const READY_PAGES = join(FOLDER, '..', 'dist', 'pages');

/** @throws Error with esbuild's messages where the page cannot be bundled */
export function buildPage(kind: PageKind = 'loopback'): PageFiles {
  const source = join(FOLDER, ENTRIES[kind]);
  const folder = existsSync(source) ? FOLDER : join(READY_PAGES, kind);
  const read = (name: string) => readFileSync(join(folder, name));
  const script = () => (folder === FOLDER ? bundleScript(source) : read('console.js'));
  return new Map([
    ['/', { type: 'text/html; charset=utf-8', body: read('index.html') }],
    ['/console.css', { type: 'text/css; charset=utf-8', body: read('console.css') }],
    ['/icon.svg', { type: 'image/svg+xml', body: read('icon.svg') }],
    ['/console.js', { type: 'text/javascript; charset=utf-8', body: script() }],
  ]);
}

function bundleScript(entry: string): Uint8Array {
  const { buildSync }: typeof import('esbuild') = createRequire(import.meta.filename)('esbuild');
  const { outputFiles, warnings } = buildSync({
    entryPoints: [entry],
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
