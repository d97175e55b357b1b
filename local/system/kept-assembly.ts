import { createHash } from 'node:crypto';
import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { addFile, filesUnder, hashOfInputs } from './assembly-inputs.ts';
import { type SynthesizeOptions, synthesize } from './synthesize.ts';

export interface KeptAssemblyOptions extends SynthesizeOptions {
  readonly environment?: { readonly [name: string]: string | undefined };
  readonly synthesizeInto?: (options: SynthesizeOptions) => Promise<void>;
}

/** Lies in the assembly: SHA-256 of what it was made of, and of what it consists of. */
interface Record {
  readonly inputs: string;
  readonly content: string;
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
    const record: Record = { inputs: before, content: hashOfContent(unfinished) };
    writeFileSync(join(unfinished, RECORD), JSON.stringify(record));
  }
  rmSync(directory, { recursive: true, force: true });
  renameSync(unfinished, directory);
  return true;
}

/** Whether the assembly was made of these inputs, and has each of its files as it was then. */
function isMadeOf(inputs: string, directory: string): boolean {
  try {
    const record = JSON.parse(readFileSync(join(directory, RECORD), 'utf8')) as Record;
    return record.inputs === inputs && record.content === hashOfContent(directory);
  } catch {
    // None, or a damaged one: the assembly is made anew.
    return false;
  }
}

function hashOfContent(directory: string): string {
  const hash = createHash('sha256');
  const files = filesUnder(directory).filter((file) => basename(file) !== RECORD);
  for (const file of files) addFile(hash, directory, file);
  return hash.digest('hex');
}
