/** Where downloaded audio goes: a file, or standard output. It is kept only once it is proven. */
import { once } from 'node:events';
import { createWriteStream, lstatSync, renameSync, rmSync, type Stats, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { CommandContext } from '../command/command.ts';
import { PRIVATE_AND_NEW, partialOf } from '../command/partial-file.ts';
import { EXIT, Problem, shellQuoted, whyFileFails } from '../command/problem.ts';
import type { Progress } from '../terminal/progress.ts';
import type { Screen } from '../terminal/terminal.ts';
import { S3Checksum } from './s3-checksum.ts';

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

interface ExpectedFile {
  readonly bytes: number;
  /** S3's SHA-256 in base64; of the parts' digests, and with their number behind it, where there were parts. */
  readonly checksum: string;
}

/**
 * @param expected absent where `audio` checks itself and throws
 * @returns its bytes
 * @throws {Problem} where it is not what was expected
 */
export async function writeProven(
  target: AudioTarget,
  audio: AsyncIterable<Uint8Array>,
  expected: ExpectedFile | undefined,
  progress: Progress,
): Promise<number> {
  const checksum = S3Checksum.like(expected?.checksum);
  async function* measured(): AsyncGenerator<Uint8Array> {
    for await (const chunk of audio) {
      checksum.add(chunk);
      progress.at(checksum.bytes);
      yield chunk;
    }
  }
  try {
    await target.write(measured());
    if (expected !== undefined) prove(checksum, expected, target.left);
    target.keep();
    return checksum.bytes;
  } catch (error) {
    target.discard();
    throw error;
  } finally {
    progress.end();
  }
}

function prove(checksum: S3Checksum, expected: ExpectedFile, left: string): void {
  const todo = `${left} Try again; if it stays so, see docs/runbook.md#deletion-doubtful.`;
  if (checksum.bytes !== expected.bytes) {
    throw new Problem(`S3 sent ${checksum.bytes} bytes, the table says ${expected.bytes}. ${todo}`);
  }
  if (checksum.value() !== expected.checksum) {
    throw new Problem(`What S3 sent has another SHA-256 than the table says. ${todo}`);
  }
}
