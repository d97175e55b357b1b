/** Secrets of a data directory: drawn at its first start, the same at every later one. */
import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { writeJsonAtomically } from './atomic-file.ts';

const OTHERS_BITS = 0o077;

export interface SecretForm {
  /** In the data directory. */
  readonly file: string;
  /** Of the secret in that file. */
  readonly name: string;
  readonly bytes: number;
  readonly encoding: 'base64' | 'base64url';
  /** What the text of a secret looks like. */
  readonly pattern: RegExp;
}

/** A secret that has another form, or that other users of the machine can read, gives way to a new one. */
export function keptSecret(directory: string, form: SecretForm): string {
  const file = join(directory, form.file);
  const kept = existsSync(file) ? read(file, form) : undefined;
  if (kept !== undefined) return kept;
  const secret = randomBytes(form.bytes).toString(form.encoding);
  writeJsonAtomically(file, { [form.name]: secret });
  return secret;
}

function read(file: string, { name, pattern }: SecretForm): string | undefined {
  // Windows has no such bits, and says that all are set.
  if (process.platform !== 'win32' && (statSync(file).mode & OTHERS_BITS) !== 0) return undefined;
  try {
    const { [name]: secret } = JSON.parse(readFileSync(file, 'utf8')) as { readonly [name: string]: unknown };
    return typeof secret === 'string' && pattern.test(secret) ? secret : undefined;
  } catch {
    // What cannot be read holds no secret: another one is drawn.
    return undefined;
  }
}
