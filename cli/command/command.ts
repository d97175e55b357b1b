/** What a command is, and what it may use. */
import type { ParseArgsOptionDescriptor } from 'node:util';
import type { Place } from '../place/place.ts';
import type { Terminal } from '../terminal/terminal.ts';
import type { ExitCode } from './problem.ts';

/** What a command found or did; the same for people and, with `--json`, for programs. */
export interface Result {
  readonly exit: ExitCode;
  /** For people; ends without a line break. Control characters are escaped when it is printed. */
  readonly text: string;
  /** For programs: what `--json` prints. */
  readonly json: unknown;
  /** Standard output holds the audio, so that the text goes to standard error. */
  readonly audioOnOutput?: boolean;
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
  /** Resolves once the person presses Ctrl-C, which from then on ends nothing by itself. */
  readonly interrupted: () => Promise<void>;
  /** Of this program. */
  readonly version: string;
  /** Nothing may be changed. */
  readonly dryRun: boolean;
  /** This very command with one option more, in quotes, ready to paste. */
  again(option: string): string;
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
  /**
   * Reads the options, then imports what does the work: the help of a command needs nothing of it.
   *
   * @throws {Problem}
   */
  run(context: CommandContext): Promise<Result>;
}

export interface Operand {
  readonly name: string;
  readonly required: boolean;
  /** What is wrong with the text, if it is. */
  readonly check: (text: string) => string | undefined;
}

/** The value of a `string` option. */
export function textOf(values: Values, name: string): string | undefined {
  const value = values[name];
  return typeof value === 'string' ? value : undefined;
}
