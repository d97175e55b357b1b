/** The model's state on disk: one JSON file for a call and for a recording, each replaced as a whole. */
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Application, Call, PhoneNumber, Recording, TwilioState } from '../../../sim/twilio/state.ts';

const KINDS = ['calls', 'recordings', 'numbers', 'applications'] as const;

export function openStore(dataDirectory: string) {
  const directoryOf = (kind: (typeof KINDS)[number]) => join(dataDirectory, kind);
  for (const kind of KINDS) mkdirSync(directoryOf(kind), { recursive: true });
  return {
    /** The state with what an earlier start has stored. */
    load: (fresh: TwilioState): TwilioState => ({
      ...fresh,
      calls: readAll<Call>(directoryOf('calls')),
      recordings: readAll<Recording>(directoryOf('recordings')),
      // Only those that were changed are stored.
      numbers: new Map([...fresh.numbers, ...readAll<PhoneNumber>(directoryOf('numbers'))]),
      applications: readAll<Application>(directoryOf('applications')),
    }),
    /** Stores what differs; when it returns, a killed process loses nothing of it. */
    save(before: TwilioState, after: TwilioState) {
      for (const kind of KINDS) {
        if (before[kind] !== after[kind]) saveChanges(directoryOf(kind), before[kind], after[kind]);
      }
    },
  };
}

/** States share what did not change, so a change is a different object. */
function saveChanges(directory: string, before: ReadonlyMap<string, object>, after: ReadonlyMap<string, object>): void {
  for (const [sid, item] of after) {
    if (before.get(sid) === item) continue;
    const path = join(directory, `${sid}.json`);
    writeFileSync(`${path}.part`, JSON.stringify(item));
    renameSync(`${path}.part`, path);
  }
  for (const sid of before.keys()) {
    if (!after.has(sid)) rmSync(join(directory, `${sid}.json`), { force: true });
  }
}

function readAll<T>(directory: string): Map<string, T> {
  const items = new Map<string, T>();
  for (const name of readdirSync(directory).sort()) {
    if (!name.endsWith('.json')) continue;
    const path = join(directory, name);
    try {
      items.set(name.slice(0, -'.json'.length), JSON.parse(readFileSync(path, 'utf8')));
    } catch (error) {
      throw new Error(`${path} cannot be read; delete it to start without it`, { cause: error });
    }
  }
  return items;
}
