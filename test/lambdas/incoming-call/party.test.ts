/** The other party of a call that is answered: its number is nowhere, and the call is found by it. */
import { incomingCall } from '../../../lambdas/incoming-call/incoming-call.ts';
import { writeTwiml } from '../../../lambdas/incoming-call/twiml.ts';
import { noteStream } from '../../../lambdas/shared/rules/call/call.ts';
import { partyOf } from '../../../lambdas/shared/rules/table/party.ts';
import type { PartyRow, Row } from '../../../lambdas/shared/rules/table/rows.ts';
import { ACCOUNT, CALL, PARTY_KEY } from '../support/fixtures.ts';
import { NOON } from '../support/time.ts';
import { type Form, webhook } from '../support/webhook.ts';
import { makeWorld, type World } from '../support/world.ts';

const CALLER = '+4930111111';
const OURS = '+4930222222';
const PARTY = partyOf(PARTY_KEY, CALLER);
const form = { AccountSid: ACCOUNT, CallSid: CALL, From: CALLER, To: OURS, Direction: 'inbound' };

let world: World;
beforeEach(() => {
  world = makeWorld();
});

/** What is written, in order; a write may be made to fail or to hang. */
function writing(outcome: (row: Row) => Promise<void> | undefined = () => undefined) {
  const rows: Row[] = [];
  const write: World['table']['write'] = async (row, expected) => {
    await outcome(row);
    rows.push(row);
    return world.table.write(row, expected);
  };
  return { rows, table: { addsPendingEvents: true, write } };
}
/** Sleeps end after everything that the ports do at once, shorter ones before longer ones. */
const clock = () => ({
  now: () => world.clock.now(),
  sleep: async (milliseconds: number) => {
    for (let passed = 0; passed < milliseconds; passed += 20) await new Promise((resolve) => setImmediate(resolve));
  },
});
const post = (over: Form = {}, ports: object = {}) =>
  incomingCall(
    { ...world, afterDisclaimer: { kind: 'say', text: 'Goodbye.' }, writeTwiml, clock: clock(), ...ports },
    webhook('/voice', { ...form, ...over }),
  );
const parties = (): PartyRow[] => world.table.rows().filter((row) => row.kind === 'party');

test('leads to the call, whose row names it, and stands nowhere as a number', async () => {
  const { rows, table } = writing();
  await post({}, { table });
  expect(rows).toMatchObject([
    { kind: 'call', callSid: CALL, party: PARTY, number: OURS },
    { kind: 'party', party: PARTY, at: NOON, call: CALL },
  ]);
  expect(JSON.stringify([rows, world.log.lines])).not.toContain(CALLER.slice(1));
});

test('is the one who was called, where the call went out', async () => {
  await post({ Direction: 'outbound-api', From: OURS, To: CALLER });
  expect(parties()).toMatchObject([{ party: PARTY }]);
});

test('stays in the row when the stream starts', async () => {
  await post();
  const call = await world.call();
  expect(noteStream(call, { callSid: CALL, startedAt: NOON + 1000 })).toMatchObject({ state: 'noted', party: PARTY });
});

test.each(['sip:desk@recorder.test', 'client:alice', 'anonymous', 'Restricted', ''])(
  'is none where it is no number: %p',
  async (From) => {
    await post({ From });
    expect(world.table.rows()).toHaveLength(1);
    expect(await world.call()).not.toHaveProperty('party');
  },
);

test('is none of a canary’s', async () => {
  await post({}, { canary: { from: CALLER, to: OURS, everyMinutes: 60 } });
  expect(world.table.rows()).toMatchObject([{ kind: 'call', canary: true }]);
  expect(await world.call()).not.toHaveProperty('party');
});

test('leads there once, also where Twilio asks twice', async () => {
  await post();
  await post();
  expect(parties()).toHaveLength(1);
});

describe('costs no call: it is answered and noted', () => {
  const never = () => new Promise<never>(() => undefined);
  const fails = async () => Promise.reject(new Error('refused'));
  const ofParty = (act: () => Promise<never>) => ({
    table: writing((row) => (row.kind === 'party' ? act() : undefined)).table,
  });

  test.each([
    ['what leads to it cannot be written', ofParty(fails), 'failed', PARTY],
    ['what leads to it is not written in time', ofParty(never), 'late', PARTY],
    ['its key cannot be read', { partyKey: { current: fails } }, 'failed', undefined],
    ['its key is not read in time', { partyKey: { current: never } }, 'late', undefined],
  ])('where %s', async (_, ports, reason, party) => {
    const reply = await post({}, ports);
    expect(reply.body).toContain('<Stream ');
    expect(await world.call()).toMatchObject({ state: 'answered', number: OURS });
    expect((await world.call()).party).toBe(party);
    expect(world.log.line('party_not_noted')).toMatchObject({ level: 'warn', callSid: CALL, reason });
    expect(world.log.counts).toEqual({ CallAnswered: 1 });
  });

  test('and what leads to it waits for nothing: a row that cannot be written leaves it be', async () => {
    const { table } = writing((row) => (row.kind === 'call' ? fails() : undefined));
    await post({}, { table });
    expect(parties()).toHaveLength(1);
    expect(world.log.counts).toEqual({ CallUnconfirmed: 1, CallAnswered: 1 });
    expect(world.log.events()).not.toContain('party_not_noted');
  });
});

test('its key is asked for before the credentials have come, so that a cold start waits once', async () => {
  const order: string[] = [];
  const partyKey = {
    current: async () => {
      order.push('key');
      return PARTY_KEY;
    },
  };
  const credentials = {
    ...world.credentials,
    current: async () => {
      await Promise.resolve();
      order.push('credentials');
      return world.credentials.secret;
    },
  };
  await post({}, { partyKey, credentials });
  expect(order.slice(0, 2)).toEqual(['key', 'credentials']);
});
