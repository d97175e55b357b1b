/** Where downloaded audio goes: a file, or standard output. */
import { once } from 'node:events';
import { createWriteStream, lstatSync, renameSync, rmSync, type Stats, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { CommandContext } from '../command/command.ts';
import { whyFileFails } from '../command/file-problem.ts';
import { shellQuoted } from '../command/hint.ts';
import { PRIVATE_AND_NEW, partialOf } from '../command/partial-file.ts';
import { EXIT, Problem } from '../command/problem.ts';
import type { Screen } from '../terminal/terminal.ts';

/** How standard output is named among files. */
export const OUTPUT = '-';

export interface AudioTarget {
  write(audio: AsyncIterable<Uint8Array>): Promise<void>;
  /** The audio is proven. */
  keep(): void;
  /** The audio is not what was expected, or it did not come to its end. */
  discard(): void;
  /** What is left after `discard`, as a sentence. */
  readonly left: string;
}

/** The file gets its name when it is kept. */
export function fileTarget(file: string): AudioTarget {
  const partial = partialOf(file);
  const { flag: flags, mode } = PRIVATE_AND_NEW;
  return {
    write: (audio) =>
      inWords(file, async () => {
        const out = createWriteStream(partial, { flags, mode });
        // Audio that is refused at its first byte would otherwise end before the file exists, which would then be left behind.
        await once(out, 'open');
        await pipeline(audio, out);
      }),
    keep: () => inWords(file, () => renameSync(partial, file)),
    discard: () => rmSync(partial, { force: true }),
    left: 'Nothing was written.',
  };
}

export const outputTarget = (output: Screen): AudioTarget => ({
  async write(audio) {
    for await (const chunk of audio) {
      await new Promise<void>((resolve, reject) => {
        output.write(chunk, (error) => (error ? reject(error) : resolve()));
      });
    }
  },
  keep: () => undefined,
  discard: () => undefined,
  left: 'What was written is not the recording: discard it.',
});

/** @throws {Problem} where nothing can be written there, before anything is asked for. */
export function checkTarget({ terminal, positionals, again }: CommandContext, file: string, overwrite: boolean): void {
  if (file === OUTPUT) {
    if (terminal.out.isTTY !== true) return;
    throw new Problem(
      'Standard output is a terminal, which cannot show audio: add "> FILE" or "| PROGRAM".',
      EXIT.usage,
    );
  }
  const [recordingSid = ''] = positionals;
  if (file.endsWith('/') || isFolder(file)) {
    const inFolder = shellQuoted(join(file, `${recordingSid}.wav`));
    throw new Problem(`${file} is a folder. Name a file in it: "--to ${inFolder}".`);
  }
  const folder = dirname(file);
  if (!isFolder(folder)) {
    throw new Problem(`There is no folder ${folder}. Create it: "mkdir -p ${shellQuoted(folder)}".`);
  }
  if (overwrite || stats(file, lstatSync) === undefined) return;
  throw new Problem(
    `${file} is there already. Name another file by --to FILE, or replace it: ${again('--overwrite')}.`,
  );
}

const isFolder = (path: string): boolean => stats(path, statSync)?.isDirectory() === true;

/** A link that leads nowhere is something too: `lstat` finds it. */
const stats = (path: string, ask: typeof statSync | typeof lstatSync): Stats | undefined =>
  inWords(path, () => ask(path, { throwIfNoEntry: false }));

function inWords<Value>(file: string, act: () => Value): Value {
  const retell = (error: unknown): never => {
    const reason = whyFileFails(error);
    if (reason === undefined) throw error;
    throw new Problem(`${file} cannot be written: ${reason}. Name another file by --to FILE.`);
  };
  try {
    const value = act();
    return value instanceof Promise ? (value.catch(retell) as Value) : value;
  } catch (error) {
    return retell(error);
  }
}
