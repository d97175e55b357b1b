import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

export interface DirectoryLock {
  release(): void;
}

/** SQLite's result code for a database that somebody else has locked. */
const SQLITE_BUSY = 5;

/**
 * Makes sure that only one system works in a directory. The operating system holds the lock for the process, so that it
 * ends with it however that ends; a leftover file locks nobody out.
 *
 * @throws if another process has the directory.
 */
export function lockDirectory(directory: string): DirectoryLock {
  // It will hold secrets and what people said. One that exists already keeps the rights that its owner gave it.
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const database = new DatabaseSync(join(directory, 'lock.sqlite'));
  const ownerFile = join(directory, 'lock.pid');
  try {
    database.exec('PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE');
  } catch (error) {
    database.close();
    if ((error as { errcode?: unknown }).errcode !== SQLITE_BUSY) throw error;
    throw new Error(
      `${directory} is used by another process (${readOwner(ownerFile)}). Stop that one, or choose another directory with --data DIR.`,
    );
  }
  writeFileSync(ownerFile, `${process.pid}\n`);
  return {
    release() {
      database.exec('ROLLBACK');
      database.close();
    },
  };
}

function readOwner(file: string): string {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch {
    // The other process has just taken the lock and not yet written its ID: the message does without it.
    return 'process unknown';
  }
}
