import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';

export interface Keyboard {
  /** An empty line was entered. */
  readonly onEnter: () => void;
  /** `q` was entered. */
  readonly onQuit: () => void;
  /** Something else was entered. */
  readonly onOther: () => void;
}

/** Reads what is typed, line by line. */
export function listenToKeyboard(input: Readable, { onEnter, onQuit, onOther }: Keyboard): void {
  createInterface({ input }).on('line', (text) => {
    const typed = text.trim().toLowerCase();
    if (typed === '') onEnter();
    else if (typed === 'q') onQuit();
    else onOther();
  });
}
