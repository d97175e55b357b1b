/** Runs commands in this process, on a terminal that remembers. */
import { EventEmitter } from 'node:events';
import { COMMANDS } from '../../cli/command/commands.ts';
import type { ExitCode } from '../../cli/command/problem.ts';
import { runRecorder } from '../../cli/command/recorder.ts';
import type { Keyboard, Screen } from '../../cli/terminal/terminal.ts';

export interface Ran {
  readonly exit: ExitCode;
  readonly out: string;
  readonly err: string;
  /** What was written to standard output, byte by byte. */
  readonly bytes: Buffer;
  /** The result as `--json` prints it. */
  // biome-ignore lint/suspicious/noExplicitAny: tests look into results of every shape.
  readonly json: any;
}

export interface RunOptions {
  readonly environment?: { readonly [name: string]: string };
  /** Answers, typed in turn, on a terminal. */
  readonly typed?: readonly string[];
  /** Whether the screen is a terminal. */
  readonly isTTY?: boolean;
  readonly now?: () => number;
  /** Standard error, where it is not to be remembered. */
  readonly problems?: Screen;
  /** When the person presses Ctrl-C. */
  readonly interrupted?: () => Promise<void>;
  /** Standard output, where it is not to be remembered. */
  readonly output?: Screen;
}

export async function run(args: readonly string[], options: RunOptions = {}): Promise<Ran> {
  const [out, err] = [new Remembering(options.isTTY), new Remembering(options.isTTY)];
  const keyboard = fakeKeyboard(options.typed, err);
  const exit = await runRecorder({
    ...{
      args,
      commands: COMMANDS,
      version: '1.2.3',
      terminal: { out: options.output ?? out, err: options.problems ?? err, keyboard },
    },
    environment: options.environment ?? {},
    now: options.now ?? Date.now,
    interrupted: options.interrupted ?? (() => Promise.withResolvers<void>().promise),
  });
  const json = args.includes('--json') ? JSON.parse(out.text) : undefined;
  return { exit, out: out.text, err: err.text, bytes: out.bytes, json };
}

class Remembering {
  #written: Buffer[] = [];
  readonly isTTY: boolean;
  readonly columns = 100;
  constructor(isTTY = false) {
    this.isTTY = isTTY;
  }
  get bytes(): Buffer {
    return Buffer.concat(this.#written);
  }
  get text(): string {
    return this.bytes.toString();
  }
  write(chunk: string | Uint8Array, done?: () => void): void {
    this.#written.push(Buffer.from(chunk));
    done?.();
  }
}

/** A keyboard on which an answer is typed whenever a question has been asked. */
function fakeKeyboard(typed: readonly string[] | undefined, screen: Remembering): Keyboard {
  const keys = new EventEmitter();
  if (typed === undefined) return keys as unknown as Keyboard;
  const answers = [...typed];
  const keyboard = Object.assign(keys, {
    isTTY: true,
    setRawMode: () => keyboard,
    setEncoding: () => keyboard,
    pause: () => keyboard,
    resume: () => keyboard,
  });
  keys.on('newListener', (event) => {
    if (event !== 'data') return;
    setImmediate(() => {
      const answer = answers.shift();
      if (answer === undefined) throw new Error(`Nobody answers: ${screen.text}`);
      for (const key of `${answer}\r`) keys.emit('data', key);
    });
  });
  return keyboard as unknown as Keyboard;
}
