/** What numbers did before they were pointed here. docs/cli.md says why that is a file. */
import { exactOptional, type InferOutput, looseObject, record, string } from 'valibot';
import { memoryFile } from '../command/memory-file.ts';

const SETTINGS = looseObject({
  /** Empty where there was none. */
  voiceUrl: string(),
  voiceMethod: string(),
  voiceApplicationSid: exactOptional(string()),
  /** The voice URL that the number was given instead. */
  pointedTo: string(),
});
export type EarlierSettings = Readonly<InferOutput<typeof SETTINGS>>;

/** By account SID, then by number. */
const MEMORY = memoryFile(
  record(string(), record(string(), SETTINGS)),
  'Without it, "numbers restore" needs --url URL.',
);

export const recall = (file: string, accountSid: string, phoneNumber: string): EarlierSettings | undefined =>
  MEMORY.read(file)[accountSid]?.[phoneNumber];

export function remember(file: string, accountSid: string, phoneNumber: string, settings: EarlierSettings): void {
  const memory = MEMORY.read(file);
  MEMORY.write(file, { ...memory, [accountSid]: { ...memory[accountSid], [phoneNumber]: settings } });
}

export function forget(file: string, accountSid: string, phoneNumber: string): void {
  const memory = MEMORY.read(file);
  const { [phoneNumber]: gone, ...others } = memory[accountSid] ?? {};
  if (gone) MEMORY.write(file, { ...memory, [accountSid]: others });
}
