/** How far imports have come: a small JSON file beside, so that one that was killed goes on. */
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { Problem } from '../command/command.ts';
import { described } from '../command/explain.ts';
import type { ImportProgress } from './import-ledger.ts';

export const DEFAULT_IMPORTS = '.recorder/imports.json';

/** By what the import is about: account, table, range, and what is to become of Twilio's copies. */
type Memory = { readonly [order: string]: ImportProgress };

export const recallImport = (file: string, order: string): ImportProgress | undefined => read(file)[order];

export function rememberImport(file: string, order: string, progress: ImportProgress): void {
  write(file, { ...read(file), [order]: progress });
}

export function forgetImport(file: string, order: string): void {
  const { [order]: gone, ...others } = read(file);
  if (gone) write(file, others);
}

function read(file: string): Memory {
  if (!existsSync(file)) return {};
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Memory;
  } catch (error) {
    const todo = 'Move it away: the import then looks at every recording again, and copies none twice.';
    throw new Problem(`${file} cannot be read: ${described(error).message}. ${todo}`);
  }
}

/** A reader, or the next run after a kill, sees the old file or the new one. */
function write(file: string, memory: Memory): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(`${file}.partial`, `${JSON.stringify(memory, null, 2)}\n`, { mode: 0o600 });
  renameSync(`${file}.partial`, file);
}
