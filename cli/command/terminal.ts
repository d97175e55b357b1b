/** The terminal: text, questions without echo, progress. */
import type { ReadStream } from 'node:tty';

/** A stream as far as it is written to. */
export interface Screen {
  write(text: string): unknown;
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

const ENTER = new Set(['\r', '\n', '\u0004']);
const BACKSPACE = new Set(['\u007f', '\b']);
const CTRL_C = '\u0003';

/** The person pressed Ctrl-C. */
export class Interrupted extends Error {
  override readonly name = 'Interrupted';
}

/**
 * Asks without showing the answer: raw mode keeps the terminal itself from echoing it.
 *
 * @throws {Error} where there is no terminal; ask `isInteractive` first.
 * @throws {Interrupted} at Ctrl-C.
 */
export function askHidden({ keyboard, err }: Terminal, question: string): Promise<string> {
  return ask(keyboard, err, question, () => '');
}

/** Asks for what may be seen, such as an account SID. */
export function askVisible({ keyboard, err }: Terminal, question: string): Promise<string> {
  return ask(keyboard, err, question, (character) => character);
}

export const isInteractive = ({ keyboard }: Terminal): boolean =>
  keyboard.isTTY === true && keyboard.setRawMode !== undefined;

function ask(keyboard: Keyboard, err: Screen, question: string, echo: (character: string) => string): Promise<string> {
  const { setRawMode } = keyboard;
  if (!setRawMode) throw new Error('There is no terminal to ask on.');
  const raw = (on: boolean) => setRawMode.call(keyboard, on);
  err.write(question);
  raw(true);
  keyboard.setEncoding('utf8');
  keyboard.resume();
  return new Promise((resolve, reject) => {
    let answer = '';
    const end = (settle: () => void) => {
      keyboard.off('data', take);
      raw(false);
      keyboard.pause();
      err.write('\n');
      settle();
    };
    // A pasted answer arrives as one piece.
    const take = (typed: string | Buffer) => {
      for (const character of String(typed)) {
        if (character === CTRL_C) return end(() => reject(new Interrupted('Interrupted.')));
        if (ENTER.has(character)) return end(() => resolve(answer.trim()));
        if (BACKSPACE.has(character)) {
          if (answer !== '' && echo('x') !== '') err.write('\b \b');
          answer = answer.slice(0, -1);
        } else if (character >= ' ') {
          answer += character;
          err.write(echo(character));
        }
      }
    };
    keyboard.on('data', take);
  });
}

export interface Progress {
  /** Shows that so much is done. */
  at(done: number): void;
  /** Removes the bar. */
  end(): void;
}

const BAR_CELLS = 30;

/** A bar on a terminal, and nothing anywhere else: a file full of bars helps nobody. */
export function progressBar(err: Screen, label: string, total: number | undefined, unit: Unit = BYTES): Progress {
  if (err.isTTY !== true) return { at: () => undefined, end: () => undefined };
  let shown = '';
  return {
    at(done) {
      const share = total === undefined || total === 0 ? undefined : Math.min(1, done / total);
      const cells = share === undefined ? 0 : Math.floor(share * BAR_CELLS);
      const bar = share === undefined ? '' : ` [${'#'.repeat(cells)}${'.'.repeat(BAR_CELLS - cells)}]`;
      const percent = share === undefined ? '' : ` ${String(Math.floor(share * 100)).padStart(3)} %`;
      const text = `${label}${bar}${percent} ${unit(done)}`.slice(0, (err.columns ?? 80) - 1);
      if (text === shown) return;
      err.write(`\r${text.padEnd(shown.length)}`);
      shown = text;
    },
    end() {
      if (shown !== '') err.write(`\r${' '.repeat(shown.length)}\r`);
      shown = '';
    },
  };
}

export type Unit = (amount: number) => string;
export const BYTES: Unit = (bytes) => {
  if (bytes < 1000) return `${bytes} B`;
  const [size, name] = bytes < 1e6 ? [bytes / 1e3, 'kB'] : bytes < 1e9 ? [bytes / 1e6, 'MB'] : [bytes / 1e9, 'GB'];
  return `${size.toFixed(1)} ${name}`;
};
export const counted =
  (name: string): Unit =>
  (count) =>
    `${count} ${name}`;

/** Columns, as wide as their widest cell. The first row is the heading. */
export function columns(rows: readonly (readonly string[])[]): string {
  const widths = rows.reduce<number[]>(
    (known, row) => row.map((cell, index) => Math.max(known[index] ?? 0, cell.length)),
    [],
  );
  return rows
    .map((row) => row.map((cell, index) => cell.padEnd(widths[index] ?? 0)).join('  '))
    .map((line) => line.trimEnd())
    .join('\n');
}
