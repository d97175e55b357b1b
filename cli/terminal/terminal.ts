/** The terminal as commands use it, and text as it may show it. */
import type { ReadStream } from 'node:tty';

/** A stream as far as it is written to. */
export interface Screen {
  /** @param done is called once it is written, with the error where it could not be */
  write(chunk: string | Uint8Array, done?: (error?: Error | null) => void): unknown;
  readonly isTTY?: boolean | undefined;
  readonly columns?: number | undefined;
}
/** A stream as far as a person's answers are read from it. */
export type Keyboard = Pick<NodeJS.ReadStream, 'on' | 'off' | 'resume' | 'pause' | 'setEncoding'> & {
  readonly isTTY?: boolean | undefined;
  readonly setRawMode?: ReadStream['setRawMode'] | undefined;
};

export interface Terminal {
  /** Results. */
  readonly out: Screen;
  /** Questions, progress and problems: never mixed with results. */
  readonly err: Screen;
  readonly keyboard: Keyboard;
}

/** What can move the cursor, change colours, or turn the direction of writing. */
const CONTROLS = /[\p{Cc}\p{Bidi_Control}\u2028\u2029]/gu;

/** Names come from other systems: their control characters are shown as `\u001b`, which is valid in JSON too. */
export const printable = (text: string, kept = '\n'): string =>
  text.replace(CONTROLS, (character) =>
    character === kept ? character : `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );

/** Columns, as wide as their widest cell. The first row is the heading. */
export function columns(rows: readonly (readonly string[])[]): string {
  const shown = rows.map((row) => row.map((cell) => printable(cell, '')));
  const widths = shown.reduce<number[]>(
    (known, row) => row.map((cell, index) => Math.max(known[index] ?? 0, cell.length)),
    [],
  );
  return shown
    .map((row) => row.map((cell, index) => cell.padEnd(widths[index] ?? 0)).join('  '))
    .map((line) => line.trimEnd())
    .join('\n');
}
