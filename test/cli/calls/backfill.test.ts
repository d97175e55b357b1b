/** What `calls backfill` makes of a page of Twilio's calls. */
import { fillIn } from '../../../cli/calls/backfill.ts';
import type { TwilioCall } from '../../../lambdas/shared/ports/twilio.ts';
import { partyOf } from '../../../lambdas/shared/rules/table/party.ts';
import { callRow, callSid, PARTY_KEY } from '../../lambdas/support/fixtures.ts';
import { NOON } from '../../lambdas/support/time.ts';
import { makeWorld } from '../../lambdas/support/world.ts';

const call = (digit: string): TwilioCall => ({
  ...{ callSid: callSid(digit), status: 'completed', progress: 'over', isChild: false, direction: 'inbound' },
  ...{ from: '+14155550111', to: '+14155550123' },
});
const PARTY = partyOf(PARTY_KEY, '+14155550111');

test('calls whose row has no party can be found from then on; others stay as they are, and done again it does nothing', async () => {
  const world = makeWorld();
  const old = callRow({ callSid: callSid('1'), answeredAt: NOON, state: 'recording' });
  const known = callRow({ callSid: callSid('2'), answeredAt: NOON, state: 'recording', party: 'known' });
  const canary = callRow({ callSid: callSid('3'), answeredAt: NOON, state: 'recording', canary: true });
  await world.given(old, known, canary);
  const calls = ['1', '2', '3', '4'].map(call);
  expect(await fillIn(world, calls)).toBe(1);
  expect(await world.call(callSid('1'))).toEqual({
    ...{ ...old, party: PARTY, number: '+14155550123', direction: 'inbound' },
    ...{ version: 2, writer: expect.any(String) },
  });
  expect(await world.call(callSid('2'))).toEqual(known);
  expect(await world.call(callSid('3'))).toEqual(canary);
  expect(world.table.rows()).toHaveLength(4);
  expect(await fillIn(world, calls)).toBe(0);
});
