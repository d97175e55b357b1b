/** The files, folders and functions of a checkout, measured. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { type FunctionLength, functionsOf } from './functions.ts';
import { FOLDERS } from './imports.ts';

/** What fits on a few screens; what fits on one; what an eye takes in. */
export const FILE_LINES = 250;
export const FUNCTION_LINES = 70;
export const FOLDER_FILES = 15;

export interface Measures {
  /** TypeScript files. */
  readonly files: readonly SourceFile[];
  /** Number of files, of whatever kind, by folder; without those of its folders. */
  readonly folders: ReadonlyMap<string, number>;
}

export interface SourceFile {
  /** From the root, with slashes. */
  readonly path: string;
  readonly text: string;
  readonly lines: number;
  readonly functions: readonly FunctionLength[];
}

export function measure(root: string): Measures {
  const paths = FOLDERS.filter((folder) => existsSync(join(root, folder))).flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => relative(root, join(entry.parentPath, entry.name)).replaceAll('\\', '/')),
  );
  const folders = new Map<string, number>();
  for (const path of paths) folders.set(dirname(path), (folders.get(dirname(path)) ?? 0) + 1);
  const files = paths
    .filter((path) => path.endsWith('.ts'))
    .map((path) => {
      const text = readFileSync(join(root, path), 'utf8');
      return { path, text, lines: text.split('\n').length - 1, functions: functionsOf(text) };
    });
  return { files, folders };
}
