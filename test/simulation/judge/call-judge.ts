/** Whether each call of our number is accounted for. */
import type { CallRow, Row } from '../../../lambdas/shared/rules/table/rows.ts';
import type { Instant } from '../../../lambdas/shared/rules/values/instant.ts';
import type { TwilioState } from '../../../sim/twilio/state.ts';
import { CALLED } from '../world/deployment.ts';

/** Every parent leg to our number that Twilio lists is recorded, or its row says why not. @returns what is wrong */
export function unaccountedCalls({ calls }: TwilioState, rows: readonly Row[], now: Instant): string[] {
  const known = new Map(rows.filter((row): row is CallRow => row.kind === 'call').map((row) => [row.callSid, row]));
  return [...calls.values()].flatMap(({ sid, parentCallSid, registeredAt, to, status }) => {
    if (to !== CALLED || parentCallSid !== null || registeredAt === null || registeredAt > now) return [];
    const row = known.get(sid);
    if (!row) return [`the table does not know call ${sid}, which is ${status}`];
    return row.state === 'unrecordable' && row.reason === undefined
      ? [`${sid} is not recorded, and no reason is given`]
      : [];
  });
}
