/** Calls of our numbers that have no row, over the adapter and the model of Twilio. */
import { reconcile } from '../../../lambdas/reconcile/reconcile.ts';
import { partyOf } from '../../../lambdas/shared/rules/table/party.ts';
import { HOUR, MINUTE } from '../../../lambdas/shared/rules/values/instant.ts';
import { apply } from '../../../sim/twilio/model.ts';
import type { PhoneNumber } from '../../../sim/twilio/state.ts';
import { type AtModel, restOverModel } from '../../sim/twilio/rest-over-model.ts';
import { callRow, PARTY_KEY } from '../support/fixtures.ts';
import { NOON } from '../support/time.ts';
import { makeWorld, type World } from '../support/world.ts';

const OURS = '+15005550001';
const THEIRS = '+15005550002';
const STRANGER = '+15005550003';

let world: World;
let twilio: AtModel;
beforeEach(() => {
  world = makeWorld();
  twilio = restOverModel({ largestPage: 2 });
  numbers([OURS, world.voiceUrl], [THEIRS, 'https://elsewhere.test/voice']);
});

/** The account's numbers, and what each asks for TwiML. */
function numbers(...given: readonly (readonly [string, string, Partial<PhoneNumber>?])[]): void {
  const made = given.map(([phoneNumber, voiceUrl, over], index): [string, PhoneNumber] => {
    const sid = `PN${String(index).padStart(32, '0')}`;
    const common = {
      voiceMethod: 'POST',
      voiceApplicationSid: null,
      trunkSid: null,
      createdAt: 0,
      updatedAt: 0,
    } as const;
    return [sid, { sid, phoneNumber, voiceUrl, friendlyName: phoneNumber, ...common, ...over }];
  });
  twilio.state = { ...twilio.state, numbers: new Map(made) };
}
const run = () => reconcile({ ...world, twilio: twilio.rest });
const row = (callSid: string) => world.table.read({ kind: 'call', callSid });

describe('a call that is over and has no row', () => {
  test.each([
    ['completed', 61, 'never-noted: completed after 61 s'],
    ['no-answer', 0, 'never-noted: no-answer'],
    ['busy', 0, 'never-noted: busy'],
    ['failed', 0, 'never-noted: failed'],
    ['canceled', 0, 'never-noted: canceled'],
  ] as const)('and is %s is noted as not recorded, with what Twilio says', async (status, seconds, reason) => {
    const callSid = twilio.called(NOON - 10 * MINUTE, { to: OURS, status, seconds });
    await run();
    expect(await row(callSid)).toMatchObject({
      state: 'unrecordable',
      reason,
      attempts: 0,
      startedAt: NOON - 10 * MINUTE,
    });
    expect(await row(callSid)).not.toHaveProperty('waiting');
    expect(world.log.counts.CallUnaccounted).toBe(status === 'completed' ? 1 : undefined);
    expect(world.log.line('call_reconciled')).toMatchObject({ callSid, reason });
  });

  test.each([
    [4, undefined],
    [5, 1],
  ])('and lasted %i s: an alarm tells of conversations alone', async (seconds, count) => {
    twilio.called(NOON - 10 * MINUTE, { to: OURS, seconds });
    await run();
    expect(world.log.counts.CallUnaccounted).toBe(count);
  });

  test('is noted once, and announced', async () => {
    const callSid = twilio.called(NOON - MINUTE, { to: OURS });
    await run();
    await run();
    expect(world.log.counts).toEqual({ CallUnaccounted: 1 });
    expect((await row(callSid))?.pendingEvents).toMatchObject([{ kind: 'call-unrecordable' }]);
  });

  test('and is a canary’s is marked so, without an alarm: a canary that does not arrive has its own', async () => {
    const callSid = twilio.called(NOON - MINUTE, { to: OURS, from: STRANGER });
    const canary = { from: STRANGER, to: OURS, everyMinutes: 60 };
    await reconcile({ ...world, twilio: twilio.rest, canary });
    expect(await row(callSid)).toMatchObject({ state: 'unrecordable', canary: true });
    expect((await row(callSid))?.pendingEvents).toBeUndefined();
    expect(world.log.counts).toEqual({});
  });

  test('went out from a number of ours', async () => {
    const direction = {
      kind: 'rest',
      method: 'POST',
      target: `/2010-04-01/Accounts/${twilio.accountSid}/Calls.json`,
    } as const;
    const body = new URLSearchParams({ From: OURS, To: STRANGER, Url: 'https://elsewhere.test/twiml' }).toString();
    const authorization = `Basic ${Buffer.from(`${twilio.accountSid}:${twilio.state.credentials.authToken}`).toString('base64')}`;
    const placed = apply(twilio.state, NOON - MINUTE, { ...direction, body, authorization });
    const callSid = placed.reply.sid ?? '';
    twilio.state = apply(placed.state, NOON, { kind: 'call-ended', callSid, status: 'no-answer' }).state;
    await run();
    expect(await row(callSid)).toMatchObject({ reason: 'never-noted: no-answer' });
  });

  test('tells the number of the stranger to nobody, and our own to the table alone', async () => {
    const callSid = twilio.called(NOON - MINUTE, { to: OURS, from: STRANGER });
    await run();
    expect(await row(callSid)).toMatchObject({ number: OURS, direction: 'inbound' });
    expect(JSON.stringify(await row(callSid))).not.toContain(STRANGER);
    expect(JSON.stringify(world.log.lines)).not.toMatch(/1500555/);
  });
});

describe('left alone is', () => {
  test('a call that has a row', async () => {
    const callSid = twilio.called(NOON - MINUTE, { to: OURS });
    const known = callRow({ party: 'known', callSid, state: 'recording' });
    await world.given(known);
    await run();
    expect(await row(callSid)).toEqual(known);
    expect(world.log.counts).toEqual({});
  });

  test('a leg that a call has dialled', async () => {
    const parentCallSid = twilio.called(NOON - MINUTE, { to: OURS });
    await world.given(callRow({ callSid: parentCallSid, state: 'recording' }));
    // Dialled back to a number of ours.
    const dialled = apply(twilio.state, NOON - MINUTE, { kind: 'call-dialled', parentCallSid, from: OURS, to: OURS });
    const callSid = dialled.reply.sid ?? '';
    twilio.state = apply(dialled.state, NOON, { kind: 'call-ended', callSid, status: 'completed' }).state;
    await run();
    expect(await row(callSid)).toBeUndefined();
  });

  test.each([
    ['to a number of another application', { to: THEIRS }],
    ['from a number of ours to one of another application', { to: THEIRS, from: OURS }],
  ])('a call %s', async (_what, call) => {
    const callSid = twilio.called(NOON - MINUTE, call);
    await run();
    expect(await row(callSid)).toBeUndefined();
  });

  test('a call that lives, until it is over', async () => {
    const callSid = twilio.called(NOON - MINUTE, { to: OURS, status: 'in-progress' });
    await run();
    expect(await row(callSid)).toBeUndefined();
    twilio.state = apply(twilio.state, NOON + MINUTE, { kind: 'call-ended', callSid, status: 'completed' }).state;
    world.clock.advance(HOUR);
    await run();
    expect(await row(callSid)).toMatchObject({ reason: 'never-noted: completed after 120 s' });
  });

  test('a call from before its number was pointed here: another application had it', async () => {
    numbers([OURS, world.voiceUrl, { updatedAt: NOON - 30 * MINUTE }]);
    const before = twilio.called(NOON - 31 * MINUTE, { to: OURS });
    const after = twilio.called(NOON - 30 * MINUTE, { to: OURS });
    await run();
    expect(await row(before)).toBeUndefined();
    expect(await row(after)).toMatchObject({ state: 'unrecordable' });
  });

  test.each<[string, Partial<PhoneNumber>]>([
    ['an application', { voiceApplicationSid: `AP${'1'.repeat(32)}` }],
    ['a trunk', { trunkSid: `TK${'1'.repeat(32)}` }],
  ])('a call to a number whose voice URL does not count, because of %s', async (_what, over) => {
    numbers([OURS, world.voiceUrl, over]);
    const callSid = twilio.called(NOON - MINUTE, { to: OURS });
    await run();
    expect(await row(callSid)).toBeUndefined();
  });
});

test("numbers are ours by their voice URL, whatever its query, on whichever page of the account's numbers", async () => {
  const others = Array.from(
    { length: 7 },
    (_, index) => [`+1500555100${index}`, 'https://elsewhere.test/voice'] as const,
  );
  numbers(...others, [OURS, `${world.voiceUrl}?team=sales`], [THEIRS, `${world.voiceUrl}-of-another`]);
  const [ours, theirs] = [OURS, THEIRS].map((to) => twilio.called(NOON - MINUTE, { to }));
  await run();
  expect(await row(ours ?? '')).toMatchObject({ state: 'unrecordable' });
  expect(await row(theirs ?? '')).toBeUndefined();
  // Once in a run, for both passes.
  expect(twilio.asked.filter((path) => path.includes('/IncomingPhoneNumbers.json'))).toHaveLength(5);
});

test('where no number is ours, no calls are asked for', async () => {
  numbers([THEIRS, 'https://elsewhere.test/voice']);
  await run();
  expect(twilio.asked.filter((path) => path.includes('/Calls.json'))).toEqual([]);
});

test('where the numbers cannot be listed the run fails, and recordings are compared all the same', async () => {
  const numbersRefused = async () => ({ kind: 'refused', status: 403, reason: 'status 403' }) as const;
  const refused = { ...twilio.rest, numbers: numbersRefused };
  await expect(reconcile({ ...world, twilio: refused })).rejects.toThrow('requests failed');
  const memory = await world.table.read({ kind: 'reconcile' });
  expect(memory).toMatchObject({ recordings: { fullUntil: expect.any(Number) } });
  expect(memory).not.toHaveProperty('calls');
});

test('a call whose entry cannot be read is remembered, unless it has a row', async () => {
  const [lost, known] = [twilio.called(NOON - MINUTE, { to: OURS }), twilio.called(NOON - MINUTE, { to: OURS })];
  await world.given(callRow({ callSid: known, state: 'recording' }));
  const unreadable = { kind: 'page', calls: [], unreadable: 2, passedOver: [lost, known] } as const;
  const doubtful = { kind: 'doubtful', reason: 'UnreadableReply' } as const;
  const strange = { ...twilio.rest, callsSince: async () => unreadable, call: async () => doubtful };
  await reconcile({ ...world, twilio: strange });
  expect(await world.table.read({ kind: 'reconcile' })).toMatchObject({ left: [lost], checkedUntil: NOON });
  expect(world.log.counts).toEqual({ ReconcileLeft: 1 });
  await run();
  expect(await row(lost)).toMatchObject({ reason: 'never-noted: completed after 60 s' });
  expect(await world.table.read({ kind: 'reconcile' })).not.toHaveProperty('left');
});

describe('the other party of a call', () => {
  const PARTY = partyOf(PARTY_KEY, STRANGER);
  const parties = () => world.table.rows().filter((one) => one.kind === 'party');

  test('that has no row leads to it from now on', async () => {
    const callSid = twilio.called(NOON - MINUTE, { to: OURS, from: STRANGER });
    await run();
    expect(await row(callSid)).toMatchObject({ state: 'unrecordable', party: PARTY });
    expect(parties()).toMatchObject([{ party: PARTY, at: NOON - MINUTE, call: callSid }]);
  });

  test('whose row lacks it is made good, with our number, at the place of the row', async () => {
    const callSid = twilio.called(NOON - MINUTE, { to: OURS, from: STRANGER });
    await world.given(callRow({ callSid, state: 'recording', answeredAt: NOON - 50_000 }));
    await run();
    expect(await row(callSid)).toMatchObject({ state: 'recording', party: PARTY, number: OURS, version: 2 });
    expect(parties()).toMatchObject([{ party: PARTY, at: NOON - 50_000, call: callSid }]);
    expect(world.log.counts).toEqual({});
  });

  test('that is known costs no write where something leads from it to the call, and one where nothing does', async () => {
    const callSid = twilio.called(NOON - MINUTE, { to: OURS, from: STRANGER });
    await world.given(callRow({ callSid, state: 'recording', answeredAt: NOON - 50_000, party: PARTY }));
    const partyKey = { current: () => Promise.reject(new Error('nobody needs it')) };
    for (let times = 0; times < 2; times += 1) {
      await reconcile({ ...world, twilio: twilio.rest, partyKey });
      expect((await row(callSid))?.version).toBe(1);
      expect(parties()).toMatchObject([{ party: PARTY, at: NOON - 50_000, call: callSid, version: 1 }]);
      world.clock.advance(HOUR);
    }
  });

  test.each([
    ['a SIP address', 'sip:desk@recorder.test', {}],
    ['a canary', STRANGER, { canary: true as const }],
  ])('is none of %s', async (_, from, over) => {
    const callSid = twilio.called(NOON - MINUTE, { to: OURS, from });
    await world.given(callRow({ callSid, state: 'recording', answeredAt: NOON - 50_000, ...over }));
    await run();
    expect((await row(callSid))?.version).toBe(1);
    expect(parties()).toEqual([]);
  });

  test('holds the window where it could not be written: the next run makes it good', async () => {
    const callSid = twilio.called(NOON - MINUTE, { to: OURS, from: STRANGER });
    const partyKey = { current: () => Promise.reject(new Error('the secret cannot be read')) };
    await expect(reconcile({ ...world, twilio: twilio.rest, partyKey })).rejects.toThrow('requests failed');
    expect(await row(callSid)).toMatchObject({ state: 'unrecordable' });
    expect(await row(callSid)).not.toHaveProperty('party');
    world.clock.advance(2 * HOUR);
    await run();
    expect(await row(callSid)).toMatchObject({ party: PARTY });
  });
});
