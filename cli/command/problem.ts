/** What a command says when it cannot do its work, and the exit codes. */

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
