/** What numbers did before they were pointed here: a small JSON file beside. docs/cli.md says why. */
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { Problem } from '../command/command.ts';
import { described } from '../command/explain.ts';

export const DEFAULT_MEMORY = '.recorder/numbers.json';

export interface RememberedNumber {
  /** Empty where there was none. */
  readonly voiceUrl: string;
  readonly voiceMethod: string;
  readonly voiceApplicationSid?: string;
  /** The voice URL that it was given instead. */
  readonly pointedTo: string;
}

/** By account SID, then by number. */
type Memory = { readonly [accountSid: string]: { readonly [phoneNumber: string]: RememberedNumber } };

export const recall = (file: string, accountSid: string, phoneNumber: string): RememberedNumber | undefined =>
  read(file)[accountSid]?.[phoneNumber];

export function remember(file: string, accountSid: string, phoneNumber: string, settings: RememberedNumber): void {
  const memory = read(file);
  write(file, { ...memory, [accountSid]: { ...memory[accountSid], [phoneNumber]: settings } });
}

export function forget(file: string, accountSid: string, phoneNumber: string): void {
  const memory = read(file);
  const { [phoneNumber]: gone, ...others } = memory[accountSid] ?? {};
  if (gone) write(file, { ...memory, [accountSid]: others });
}

function read(file: string): Memory {
  if (!existsSync(file)) return {};
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Memory;
  } catch (error) {
    throw new Problem(`${file} cannot be read: ${described(error).message}. Mend it, or move it away.`);
  }
}

/** A reader, or the next run after a kill, sees the old file or the new one. */
function write(file: string, memory: Memory): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(`${file}.partial`, `${JSON.stringify(memory, null, 2)}\n`, { mode: 0o600 });
  renameSync(`${file}.partial`, file);
}
