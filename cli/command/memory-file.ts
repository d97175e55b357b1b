/** What commands remember between two runs: JSON files beside. */
import { existsSync, readFileSync } from 'node:fs';
import { type GenericSchema, getDotPath, type InferOutput, safeParse } from 'valibot';
import { replaceFile } from './partial-file.ts';
import { described, Problem, shellQuoted, whyFileFails } from './problem.ts';

/** @param without what it means to do without the file, as a sentence */
export function memoryFile<Schema extends GenericSchema>(schema: Schema, without: string) {
  const unreadable = (file: string, reason: string): Problem => {
    const away = `"mv ${shellQuoted(file)} ${shellQuoted(`${file}.old`)}"`;
    return new Problem(`${file} cannot be read: ${reason}. Fix it, or move it out of the way: ${away}. ${without}`);
  };
  return {
    /** @throws {Problem} where the file holds something else */
    read(file: string): InferOutput<Schema> {
      let value: unknown = {};
      try {
        if (existsSync(file)) value = JSON.parse(readFileSync(file, 'utf8'));
      } catch (error) {
        throw unreadable(file, whyFileFails(error) ?? described(error).message);
      }
      const { success, issues, output } = safeParse(schema, value);
      if (success) return output;
      const [{ expected, received }] = issues;
      const at = getDotPath(issues[0]);
      throw unreadable(file, `${at === null ? 'it' : at} is ${received} instead of ${expected}`);
    },
    /** @throws {Problem} where it cannot be written */
    write(file: string, memory: InferOutput<Schema>): void {
      try {
        replaceFile(file, `${JSON.stringify(memory, null, 2)}\n`);
      } catch (error) {
        const reason = whyFileFails(error);
        if (reason === undefined) throw error;
        throw new Problem(`${file} cannot be written: ${reason}. Name another file by --remembered FILE.`);
      }
    },
  };
}
