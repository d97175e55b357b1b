import { createHash } from 'node:crypto';
import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { filesUnder, hashOfInputs } from './assembly-inputs.ts';
import { type SynthesizeOptions, synthesize } from './synthesize.ts';

export interface KeptAssemblyOptions extends SynthesizeOptions {
  readonly environment?: { readonly [name: string]: string | undefined };
  readonly synthesizeInto?: (options: SynthesizeOptions) => Promise<void>;
}

/** Lies in the assembly: what it was made of, and what it consists of. */
interface Record {
  readonly inputs: string;
  /** SHA-256 by path. */
  readonly files: { readonly [path: string]: string };
}

const RECORD = 'kept-assembly.json';

/**
 * Synthesizes the CDK app into `directory`, unless what lies there is whole and was made of the same inputs.
 *
 * @returns whether it was synthesized
 */
export async function keepAssembly(options: KeptAssemblyOptions): Promise<boolean> {
  const { root, directory, context = {}, environment = process.env, synthesizeInto = synthesize } = options;
  const hashNow = () => hashOfInputs({ root, context, environment });
  const before = hashNow();
  if (before !== undefined && isMadeOf(before, directory)) return false;

  const unfinished = `${directory}.unfinished`;
  rmSync(unfinished, { recursive: true, force: true });
  await synthesizeInto({ root, directory: unfinished, context });
  // A file that changed meanwhile may or may not be in it: then it serves this start only.
  if (before !== undefined && before === hashNow()) {
    const record: Record = { inputs: before, files: hashesOf(unfinished) };
    writeFileSync(join(unfinished, RECORD), JSON.stringify(record));
  }
  rmSync(directory, { recursive: true, force: true });
  renameSync(unfinished, directory);
  return true;
}

/** Whether the assembly was made of these inputs, and has each of its files as it was then. */
function isMadeOf(inputs: string, directory: string): boolean {
  let record: Record;
  try {
    record = JSON.parse(readFileSync(join(directory, RECORD), 'utf8')) as Record;
  } catch {
    // None, or a damaged one: the assembly is made anew.
    return false;
  }
  if (record.inputs !== inputs) return false;
  const { [RECORD]: _itself, ...files } = hashesOf(directory);
  return JSON.stringify(files) === JSON.stringify(record.files);
}

function hashesOf(directory: string): Record['files'] {
  const hash = (file: string) => createHash('sha256').update(readFileSync(file)).digest('hex');
  return Object.fromEntries(filesUnder(directory).map((file) => [relative(directory, file), hash(file)]));
}
