/** What a command is, and what it may use. */
import type { ParseArgsOptionDescriptor } from 'node:util';
import type { Place } from '../place/place.ts';
import type { Terminal } from './terminal.ts';

/** The exit codes of every command. */
export const EXIT = {
  ok: 0,
  /** A check failed, something was not found, or it could not be done. */
  failed: 1,
  /** The command line is wrong. */
  usage: 2,
} as const;
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** What a command found or did; the same for people and, with `--json`, for programs. */
export interface Result {
  readonly exit: ExitCode;
  /** For people; ends without a line break. */
  readonly text: string;
  /** For programs: what `--json` prints. */
  readonly json: unknown;
}

export type Values = { readonly [option: string]: string | boolean | undefined };

export interface CommandContext {
  readonly values: Values;
  readonly positionals: readonly string[];
  readonly terminal: Terminal;
  /** Where the system is. Read when it is first asked for. @throws {Problem} */
  place(): Place;
  readonly environment: { readonly [name: string]: string | undefined };
  readonly now: () => number;
  /** Nothing may be changed. */
  readonly dryRun: boolean;
}

export interface OptionHelp extends ParseArgsOptionDescriptor {
  /** How the help names the value, for a `string`. */
  readonly value?: string;
  readonly help: string;
}

export interface Command {
  /** For example `calls show`. */
  readonly name: string;
  /** What stands behind the name, for example `CA…`. */
  readonly operands: readonly Operand[];
  readonly summary: string;
  /** More than the summary: what it does, what it costs, what it leaves alone. */
  readonly help: string;
  readonly options: { readonly [name: string]: OptionHelp };
  /** Whether it changes something, and so knows `--dry-run`. */
  readonly changes: boolean;
  run(context: CommandContext): Promise<Result>;
}

export interface Operand {
  readonly name: string;
  readonly required: boolean;
  /** What is wrong with the text, if it is. */
  readonly check: (text: string) => string | undefined;
}

/** Something a person can do something about: says what is wrong and what to do. */
export class Problem extends Error {
  override readonly name = 'Problem';
  readonly exit: ExitCode;
  constructor(message: string, exit: ExitCode = EXIT.failed, options?: ErrorOptions) {
    super(message, options);
    this.exit = exit;
  }
}

/** The value of a `string` option. */
export function textOf(values: Values, name: string): string | undefined {
  const value = values[name];
  return typeof value === 'string' ? value : undefined;
}
