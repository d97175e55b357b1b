/** The files, folders and functions of a checkout, measured. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { parseSync } from '@swc/core';
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

/** A function and its lines, from the signature to the closing brace. */
interface FunctionLength {
  /** Where it begins, as an editor counts. */
  readonly line: number;
  readonly lines: number;
}

/** A part of swc's syntax tree. Its span is in bytes, from 1. */
interface Node {
  readonly type?: string;
  readonly span?: { readonly start: number; readonly end: number };
  readonly [part: string]: unknown;
}

const FUNCTION =
  /^(FunctionDeclaration|FunctionExpression|ArrowFunctionExpression|ClassMethod|PrivateMethod|Constructor|(Method|Getter|Setter)Property)$/;

/** A block of `describe` is a chapter of tests and no function: what lies in it counts, it does not. */
export function functionsOf(text: string): FunctionLength[] {
  const newlines = [...Buffer.from(text).entries()].flatMap(([at, byte]) => (byte === 0x0a ? [at + 1] : []));
  const lineOf = (place: number) => 1 + newlines.filter((newline) => newline < place).length;
  const found: FunctionLength[] = [];
  const visit = (node: Node, chapters: readonly unknown[]): void => {
    const { type = '', span } = node;
    if (span && FUNCTION.test(type) && !chapters.includes(node)) {
      const line = lineOf(span.start);
      found.push({ line, lines: lineOf(span.end) - line + 1 });
    }
    const inside = isDescribe(node) ? (node.arguments as Node[]).map(({ expression }) => expression) : chapters;
    for (const part of Object.values(node).flat()) {
      if (typeof part === 'object' && part !== null) visit(part as Node, inside);
    }
  };
  visit(parseSync(text, { syntax: 'typescript', target: 'es2024' }) as unknown as Node, []);
  return found;
}

/** `describe(…)`, `describe.each(…)(…)` and the like. */
function isDescribe({ type, callee }: Node): boolean {
  if (type !== 'CallExpression') return false;
  let called = callee as Node;
  while (called.type === 'CallExpression' || called.type === 'MemberExpression') {
    called = (called.callee ?? called.object) as Node;
  }
  return called.value === 'describe';
}
