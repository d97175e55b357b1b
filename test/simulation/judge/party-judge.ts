/** Whether each call is found by the number of its other party, and by no other. */
import { partyOf } from '../../../lambdas/shared/rules/table/party.ts';
import type { CallRow, PartyRow, Row } from '../../../lambdas/shared/rules/table/rows.ts';
import type { TwilioState } from '../../../sim/twilio/state.ts';
import { CALLED, PARTY_KEY } from '../world/deployment.ts';

/** Callers without a number are found by none. */
const partyIn = (from: string): string | undefined => (from.startsWith('+') ? partyOf(PARTY_KEY, from) : undefined);

/** Who called is what Twilio's side knows, not what the recorder was told. @returns what is wrong */
export function wrongParties({ calls }: TwilioState, rows: readonly Row[]): string[] {
  const leading = rows.filter((row): row is PartyRow => row.kind === 'party');
  const leadsTo = new Set(leading.map(({ party, at, call }) => `${party} ${at} ${call}`));
  const known = rows.filter((row): row is CallRow => row.kind === 'call');
  return [
    ...known.flatMap((row) => {
      const { callSid, party, answeredAt, startedAt } = row;
      const call = calls.get(callSid);
      if (call === undefined) return [];
      const wanted = partyIn(call.from);
      // What another application's number has answered stands in no list that is compared here: what `/voice` could not write stays so.
      const isCompared = call.to === CALLED;
      if (party === undefined) {
        if (wanted === undefined) return [];
        return isCompared ? [`${callSid} cannot be found by who called`] : [];
      }
      if (party !== wanted) return [`${callSid} is found by a number that did not call`];
      const isFound = leadsTo.has(`${party} ${answeredAt ?? startedAt} ${callSid}`);
      return isFound || !isCompared ? [] : [`${callSid} names a party from which nothing leads to it`];
    }),
    ...leading
      .filter(({ party, call }) => party !== partyIn(calls.get(call)?.from ?? ''))
      .map(({ call }) => `${call} is led to from a number that did not call`),
  ];
}
