/** What a command says when it cannot do its work, what helps, and the exit codes. */
import type { Place } from '../place/place.ts';

/** The exit codes of every command. */
export const EXIT = {
  ok: 0,
  /** A check failed, something was not found, or it could not be done. */
  failed: 1,
  /** The command line is wrong. */
  usage: 2,
} as const;
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** Something a person can act on: the message says what is wrong and what to do. */
export class Problem extends Error {
  override readonly name = 'Problem';
  readonly exit: ExitCode;
  constructor(message: string, exit: ExitCode = EXIT.failed, options?: ErrorOptions) {
    super(message, options);
    this.exit = exit;
  }
}

/** The person pressed Ctrl-C at a question. */
export class Interrupted extends Error {
  override readonly name = 'Interrupted';
}

/** Name and message of whatever was thrown. */
export function described(error: unknown): { readonly name: string; readonly message: string } {
  const { name, message } =
    typeof error === 'object' && error !== null ? (error as { name?: unknown; message?: unknown }) : {};
  return { name: String(name ?? 'Error'), message: String(message ?? error) };
}

/** The code of an error of the system, such as `ENOENT`. */
export function codeOf(error: unknown): string | undefined {
  const code = typeof error === 'object' && error !== null ? (error as { code?: unknown }).code : undefined;
  return typeof code === 'string' ? code : undefined;
}

/** As a sentence begins. */
export const capital = (text: string): string => text.slice(0, 1).toUpperCase() + text.slice(1);

const FILE_PROBLEMS: { readonly [code: string]: string } = {
  ENOENT: 'it does not exist',
  EEXIST: 'something with that name is there already',
  EISDIR: 'it is a folder',
  ENOTDIR: 'a part of its path is a file, not a folder',
  EACCES: 'this user does not have the permission',
  EPERM: 'this user does not have the permission',
  EROFS: 'the disk is read-only',
  ENOSPC: 'the disk is full',
  EDQUOT: "this user's share of the disk is full",
  ENAMETOOLONG: 'its name is too long',
  ELOOP: 'its links lead in a circle',
  EMFILE: 'too many files are open',
};

/** The reason, where the error is one of the file system. */
export const whyFileFails = (error: unknown): string | undefined => FILE_PROBLEMS[codeOf(error) ?? ''];

/** How messages begin a command, ready to paste. */
export const RECORDER = import.meta.filename.endsWith('.ts') ? 'npm run recorder --' : 'npx call-recorder';

/** In quotes, with the options that lead to the same system. */
export const hint = ({ options }: Pick<Place, 'options'>, command: string): string =>
  `"${RECORDER} ${command}${options}"`;

/** A word as a POSIX shell takes it unchanged. */
export const shellQuoted = (word: string): string =>
  /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
