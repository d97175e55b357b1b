/** How far imports have come, so that one that was killed continues. */
import { array, exactOptional, type GenericSchema, looseObject, number, picklist, record, string } from 'valibot';
import { memoryFile } from '../command/memory-file.ts';
import { type ImportProgress, WHY_LEFT } from './ledger.ts';

const PROGRESS: GenericSchema<ImportProgress> = looseObject({
  begunAt: number(),
  position: exactOptional(looseObject({ createdAt: number(), recordingSids: array(string()) })),
  counts: looseObject({ stored: number(), known: number(), queued: number(), 'no-audio': number() }),
  left: array(
    looseObject({
      recordingSid: string(),
      callSid: exactOptional(string()),
      why: picklist(WHY_LEFT),
      reason: exactOptional(string()),
    }),
  ),
  unnamed: number(),
});

/** By what the import is about: account, table, range, and what is to become of Twilio's copies. */
const MEMORY = memoryFile(
  record(string(), PROGRESS),
  'The import then looks at every recording again, and copies none twice.',
);

export const recallImport = (file: string, name: string): ImportProgress | undefined => MEMORY.read(file)[name];

export function rememberImport(file: string, name: string, progress: ImportProgress): void {
  MEMORY.write(file, { ...MEMORY.read(file), [name]: progress });
}

export function forgetImport(file: string, name: string): void {
  const { [name]: gone, ...others } = MEMORY.read(file);
  if (gone) MEMORY.write(file, others);
}
