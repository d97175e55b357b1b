/** The terminal as commands use it. */
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
