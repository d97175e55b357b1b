/** The functions of a file and their lines, from the signature to the closing brace. */
import { parseSync } from '@swc/core';

export interface FunctionLength {
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
