import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';

export interface Keyboard {
  readonly onEnter: () => void;
  readonly onQuit: () => void;
  readonly onOther: () => void;
}

/** Reads what is typed, line by line: nothing, `q`, or something else. */
export function listenToKeyboard(input: Readable, { onEnter, onQuit, onOther }: Keyboard): void {
  createInterface({ input }).on('line', (text) => {
    const typed = text.trim().toLowerCase();
    if (typed === '') onEnter();
    else if (typed === 'q') onQuit();
    else onOther();
  });
}
