/** Questions to the person at the terminal. */
import { Interrupted } from '../command/problem.ts';
import type { Keyboard, Screen, Terminal } from './terminal.ts';

const ENTER = new Set(['\r', '\n', '\u0004']);
const BACKSPACE = new Set(['\u007f', '\b']);
const CTRL_C = '\u0003';

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
