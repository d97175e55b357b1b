import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { writeJsonAtomically } from '../system/atomic-file.ts';

/** As long as AWS's own. */
const KEY = /^[A-Za-z0-9+/]{40}$/;
const KEY_BYTES = 30;
const OTHERS_BITS = 0o077;

/**
 * The AWS secret access key of a data directory: drawn at its first start, so that no link or request can be signed by somebody who
 * knows only this program. Links that are not yet over are good after the next start, too.
 */
export function secretAccessKeyOf(directory: string): string {
  const file = join(directory, 'aws-secret-access-key.json');
  const kept = existsSync(file) ? keptKey(file) : undefined;
  if (kept !== undefined) return kept;
  const secretAccessKey = randomBytes(KEY_BYTES).toString('base64');
  writeJsonAtomically(file, { secretAccessKey });
  return secretAccessKey;
}

/** A key that is none, or that other users of the machine can read, is not used any more. */
function keptKey(file: string): string | undefined {
  // Windows has no such bits, and says that all are set.
  if (process.platform !== 'win32' && (statSync(file).mode & OTHERS_BITS) !== 0) return undefined;
  try {
    const { secretAccessKey } = JSON.parse(readFileSync(file, 'utf8')) as { readonly secretAccessKey?: unknown };
    return typeof secretAccessKey === 'string' && KEY.test(secretAccessKey) ? secretAccessKey : undefined;
  } catch {
    // What cannot be read holds no key: another one is drawn.
    return undefined;
  }
}
