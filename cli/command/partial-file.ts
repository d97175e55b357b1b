/** Files that appear as a whole or not at all. */
import { randomBytes } from 'node:crypto';
import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

/**
 * Creates the file and fails where something has that name, be it a link: nobody can prepare where the bytes go. Nobody
 * but this user can read it.
 */
export const PRIVATE_AND_NEW = { flag: 'wx', mode: 0o600 } as const;

/** Where `file` is written before it gets its name: beside it, and at no name that is known beforehand. */
export const partialOf = (file: string): string => `${file}.${randomBytes(6).toString('hex')}.partial`;

/** A reader, or the next run after a kill, sees the old file or the new one. Makes the folder where it is missing. */
export function replaceFile(file: string, text: string): void {
  const partial = partialOf(file);
  mkdirSync(dirname(file), { recursive: true });
  try {
    writeFileSync(partial, text, PRIVATE_AND_NEW);
    renameSync(partial, file);
  } catch (error) {
    rmSync(partial, { force: true });
    throw error;
  }
}
