/** A copy of the repository in a temporary folder, in which bugs are planted one after the other. */
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import type { Mutant } from './mutant.ts';

const ROOT = join(import.meta.dirname, '..', '..');
/** Neither sources nor what the checks need. */
const LEFT_OUT = new Set(['node_modules', 'cdk.out', 'coverage']);

/** The text of the mutant's file with the bug. @throws {Error} where the bug does not have exactly one place. */
export function applied({ name, file, find, replace }: Mutant, text: string): string {
  const places = text.split(find).length - 1;
  if (places !== 1) {
    throw new Error(`"${name}": ${file} has its text ${places} times, not once. Bring the mutant up to date.`);
  }
  return text.replace(find, () => replace);
}

export class RepositoryCopy {
  readonly folder: string;

  constructor() {
    this.folder = mkdtempSync(join(tmpdir(), 'call-recorder-mutants-'));
    for (const entry of readdirSync(ROOT)) {
      if (LEFT_OUT.has(entry) || entry.startsWith('.')) continue;
      cpSync(join(ROOT, entry), join(this.folder, basename(entry)), { recursive: true });
    }
    symlinkSync(join(ROOT, 'node_modules'), join(this.folder, 'node_modules'), 'junction');
  }

  /** Plants a bug. @returns what takes it out again. */
  plant(mutant: Mutant): () => void {
    const file = join(this.folder, mutant.file);
    const text = readFileSync(file, 'utf8');
    writeFileSync(file, applied(mutant, text));
    return () => writeFileSync(file, text);
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}
