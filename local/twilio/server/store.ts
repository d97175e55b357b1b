/** The model's state on disk: one JSON file for a call and for a recording, each replaced as a whole. */
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Call, PhoneNumber, Recording, TwilioState } from '../../../sim/twilio/state.ts';

export interface Store {
  /** The state with what an earlier start has stored. */
  load(fresh: TwilioState): TwilioState;
  /** Stores what differs; when it returns, a killed process loses nothing of it. */
  save(before: TwilioState, after: TwilioState): void;
}

export function openStore(dataDirectory: string): Store {
  const callsDirectory = join(dataDirectory, 'calls');
  const recordingsDirectory = join(dataDirectory, 'recordings');
  const numbersDirectory = join(dataDirectory, 'numbers');
  for (const directory of [callsDirectory, recordingsDirectory, numbersDirectory])
    mkdirSync(directory, { recursive: true });
  return {
    load: (fresh) => ({
      ...fresh,
      calls: readAll<Call>(callsDirectory),
      recordings: readAll<Recording>(recordingsDirectory),
      // Only those that were changed are stored.
      numbers: new Map([...fresh.numbers, ...readAll<PhoneNumber>(numbersDirectory)]),
    }),
    save(before, after) {
      if (before.calls !== after.calls) saveChanges(callsDirectory, before.calls, after.calls);
      if (before.recordings !== after.recordings) {
        saveChanges(recordingsDirectory, before.recordings, after.recordings);
      }
      if (before.numbers !== after.numbers) saveChanges(numbersDirectory, before.numbers, after.numbers);
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
