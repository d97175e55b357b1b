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
 * Writes what is missing: the row that leads from the party to the call, then the party's name in the call's row. `incoming-call` has written
 * the two side by side, and waited for neither longer than a caller can.
 *
 * @param call its sides, as Twilio shows them
 * @returns whether anything was missing
 * @throws where that could not be written, or the key not be read
 */
export async function noteParty(
  { table, partyKey, clock, randomness }: NotePartyDependencies,
  call: Sides,
  row: CallRow | undefined,
): Promise<boolean> {
  // A canary is no party of anybody's, and what is erased stays so.
  if (!row || row.canary || row.erased) return false;
  const at = callAt(row);
  const number = otherNumberOf(call);
  if (at === undefined || number === undefined) return false;
  const { callSid } = row;
  const party = row.party ?? partyOf(await partyKey.current(), number);
  const leading = { kind: 'party', party, at, call: callSid } as const;
  const isLed = (await table.read(leading)) !== undefined;
  // Where somebody else has written it meanwhile, it is the same.
  if (!isLed) await table.write({ ...leading, version: 1, writer: randomness.id() }, undefined);
  const { changed } =
    row.party === undefined
      ? await changeRow({ table, clock, randomness }, { kind: 'call', callSid }, (known) =>
          known && known.party === undefined && !known.erased ? { ...ownSideOf(call), ...known, party } : undefined,
        )
      : { changed: false };
  return changed || !isLed;
}
