import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

/** SQLite's result code for a database that somebody else has locked. */
const SQLITE_BUSY = 5;

/** Audio, rows and credentials lie there: nobody else on this machine may look. */
const OWNER_ONLY = 0o700;

/**
 * Makes sure that only one system works in a directory, which is created for its owner alone. The operating system holds the lock for the process, so that it
 * ends with it however that ends; a leftover file locks nobody out.
 *
 * @throws if another process has the directory.
 */
export function lockDirectory(directory: string) {
  const lockFile = join(directory, 'lock.sqlite');
  // What an earlier version has left open to others is closed; a directory of another origin stays as it is.
  if (existsSync(lockFile)) chmodSync(directory, OWNER_ONLY);
  else mkdirSync(directory, { recursive: true, mode: OWNER_ONLY });
  const database = new DatabaseSync(lockFile);
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
