/** Files that lie beside the code in a function's asset. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export interface AssetFiles {
  /** @throws {Error} where there is no such file */
  read(name: string): Uint8Array;
  /** Read when it is first asked for, and kept. */
  find(name: string): Uint8Array | undefined;
}

export function assetFiles(folder: string): AssetFiles {
  const names = new Set(readdirSync(folder));
  const kept = new Map<string, Uint8Array>();
  const read = (name: string): Uint8Array => readFileSync(join(folder, name));
  return {
    read,
    find(name) {
      // Nothing but a name of the listing reaches the file system.
      if (!names.has(name)) return undefined;
      const bytes = kept.get(name) ?? read(name);
      kept.set(name, bytes);
      return bytes;
    },
  };
}
