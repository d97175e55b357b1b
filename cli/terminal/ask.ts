/** Questions to the person at the terminal. */
import { Interrupted } from '../command/problem.ts';
import type { Terminal } from './terminal.ts';

const ENTER = new Set(['\r', '\n', '\u0004']);
const BACKSPACE = new Set(['\u007f', '\b']);
const CTRL_C = '\u0003';

export const isInteractive = ({ keyboard }: Terminal): boolean =>
  keyboard.isTTY === true && keyboard.setRawMode !== undefined;

/**
 * @param hidden the answer is not shown: raw mode keeps the terminal itself from echoing it
 * @throws {Error} where there is no terminal; ask `isInteractive` first.
 * @throws {Interrupted} at Ctrl-C.
 */
export function ask({ keyboard, err }: Terminal, question: string, { hidden }: { readonly hidden: boolean }) {
  const { setRawMode } = keyboard;
  if (!setRawMode) throw new Error('There is no terminal to ask on.');
  const raw = (on: boolean) => setRawMode.call(keyboard, on);
  err.write(question);
  raw(true);
  keyboard.setEncoding('utf8');
  keyboard.resume();
  return new Promise<string>((resolve, reject) => {
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
          if (answer !== '' && !hidden) err.write('\b \b');
          answer = answer.slice(0, -1);
        } else if (character >= ' ') {
          answer += character;
          if (!hidden) err.write(character);
        }
      }
    };
    keyboard.on('data', take);
  });
}
