/** Makes a call findable by the number of its other party. */
import type { Clock, Randomness } from '../ports/clock.ts';
import type { PartyKey } from '../ports/party.ts';
import type { Table } from '../ports/table.ts';
import { otherNumberOf, ownSideOf, type Sides } from '../rules/call/unaccounted.ts';
import { callAt } from '../rules/table/by-day.ts';
import { partyOf } from '../rules/table/party.ts';
import type { CallRow } from '../rules/table/rows.ts';
import { changeRow } from './change-row.ts';

export interface NotePartyDependencies {
  readonly table: Table;
  readonly partyKey: PartyKey;
  readonly clock: Pick<Clock, 'now'>;
  readonly randomness: Pick<Randomness, 'id'>;
}

/**
 * Where the call's row names no party yet, the row that leads from the party to the call is written, then the name: so a named party is one
 * by which the call is found, and a call without one is made good by whoever sees its numbers next.
 *
 * @param call its sides, as Twilio shows them
 * @returns whether it was not findable before
 * @throws where that could not be written, or the key not be read
 */
export async function noteParty(
  { table, partyKey, clock, randomness }: NotePartyDependencies,
  call: Sides,
  row: CallRow | undefined,
): Promise<boolean> {
  // A canary is no party of anybody's.
  if (!row || row.party !== undefined || row.canary) return false;
  const at = callAt(row);
  const number = otherNumberOf(call);
  if (at === undefined || number === undefined) return false;
  const { callSid } = row;
  const party = partyOf(await partyKey.current(), number);
  // Where it is there already, it is the same.
  await table.write({ kind: 'party', party, at, call: callSid, version: 1, writer: randomness.id() }, undefined);
  const { changed } = await changeRow({ table, clock, randomness }, { kind: 'call', callSid }, (known) =>
    known && known.party === undefined ? { ...ownSideOf(call), ...known, party } : undefined,
  );
  return changed;
}
