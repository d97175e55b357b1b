/** What a run of the schedule does not end: the queue works it off, and nothing of it is lost. */
import { comparePiece } from '../../../lambdas/reconcile/pieces.ts';
import { reconcile } from '../../../lambdas/reconcile/reconcile.ts';
import { PIECE_IDLE_MS } from '../../../lambdas/shared/rules/reconcile/reconcile-pieces.ts';
import type { ReconcileRow } from '../../../lambdas/shared/rules/table/rows.ts';
import { HOUR, type Instant, MINUTE, SECOND } from '../../../lambdas/shared/rules/values/instant.ts';
import { type AtModel, restOverModel } from '../../sim/twilio/rest-over-model.ts';
import { breakPort } from '../support/faults.ts';
import { callRow } from '../support/fixtures.ts';
import { NOON } from '../support/time.ts';
import { makeWorld, type World } from '../support/world.ts';

let world: World;
let twilio: AtModel;
let sids: string[];
/** Twilio takes 30 s for a page of five, and a run has time for one or two. */
const timed = () => {
  const { recordingsSince } = twilio.rest;
  const slow: typeof recordingsSince = async (...request) => {
    world.clock.advance(30 * SECOND);
    return recordingsSince(...request);
  };
  return { ...world, twilio: { ...twilio.rest, recordingsSince: slow }, budgetMs: 50 * SECOND };
};
const memory = async () => (await world.table.read({ kind: 'reconcile' })) as ReconcileRow;
const known = () => world.table.rows().flatMap((row) => (row.kind === 'recording' ? [row.recordingSid] : []));
/** A recording of a call of ours. */
async function recorded(at: Instant): Promise<void> {
  const call = twilio.called(at, { to: '+15005550099' });
  await world.table.write(callRow({ callSid: call, state: 'recording' }), undefined);
  sids.push(twilio.recorded(at, call));
}

/** Delivers what is on the queue, as often as it asks for. */
async function workOff(): Promise<void> {
  for (let rounds = 0; world.pieceQueue.size > 0; rounds += 1) {
    if (rounds > 100) throw new Error('The queue does not come to its end.');
    for (const { body, receives, messageId, receiptHandle } of world.pieceQueue.receive(10)) {
      const { outcome } = await comparePiece(timed(), JSON.parse(body), receives, messageId);
      if (outcome === 'done') world.pieceQueue.remove(receiptHandle);
      else await world.pieceQueue.change(receiptHandle, 0);
    }
  }
}

beforeEach(async () => {
  world = makeWorld();
  twilio = restOverModel({ largestPage: 5 });
  sids = [];
  for (let index = 0; index < 23; index += 1) await recorded(NOON - index * MINUTE);
});

test('passes go to the queue, one message each, and come to their end there', async () => {
  await reconcile(timed());
  expect(known().length).toBeLessThan(sids.length);
  const { recordings, checkedUntil } = await memory();
  expect(checkedUntil).toBe(NOON);
  expect(recordings?.pieces?.map(({ kind }) => kind)).toEqual(['fresh', 'full']);
  expect(recordings).not.toHaveProperty('fresh');
  expect(world.pieceQueue.contents().map(({ message }) => message.list)).toEqual(['recordings', 'recordings']);
  expect(world.log.line('reconcile_queued')).toMatchObject({ count: 2 });
  await workOff();
  expect(known().sort()).toEqual(sids.toSorted());
  expect((await memory()).recordings).not.toHaveProperty('pieces');
  expect((await memory()).recordings).toMatchObject({ fullAt: expect.any(Number), fullUntil: expect.any(Number) });
});

test('the next run begins a pass of its own beside them, and what is settled waits for them', async () => {
  await reconcile(timed());
  const before = (await memory()).recordings;
  world.clock.advance(HOUR - MINUTE);
  await recorded(world.clock.now());
  twilio.now = world.clock.now();
  await reconcile(timed());
  expect(known()).toContain(sids.at(-1));
  const after = (await memory()).recordings;
  expect(after?.checkedUntil).toBe(before?.checkedUntil);
  await workOff();
  expect(known().sort()).toEqual(sids.toSorted());
  expect((await memory()).checkedUntil).toBeGreaterThan(NOON);
});

test('a message that is lost is sent again by a run of the schedule, once its piece has not come on for long', async () => {
  await reconcile(timed());
  const lost = world.pieceQueue.receive(10);
  for (const { receiptHandle } of lost) world.pieceQueue.remove(receiptHandle);
  world.clock.advance(PIECE_IDLE_MS);
  await reconcile(timed());
  await workOff();
  expect(known().sort()).toEqual(sids.toSorted());
});

test('a second message for a piece is let go while the first works it off', async () => {
  await reconcile(timed());
  const [message] = world.pieceQueue.contents().map((one) => one.message);
  if (!message) throw new Error('Nothing is on the queue.');
  expect(await comparePiece(timed(), message, 1, 'first')).toEqual({ outcome: 'again', seconds: 0 });
  const asked = twilio.asked.length;
  expect(await comparePiece(timed(), message, 1, 'second')).toEqual({ outcome: 'done' });
  expect(twilio.asked).toHaveLength(asked);
});

test('so is one that has been delivered too often, before it is a dead letter, and one of a piece that is no more', async () => {
  await reconcile(timed());
  const [message] = world.pieceQueue.contents().map((one) => one.message);
  if (!message) throw new Error('Nothing is on the queue.');
  expect(await comparePiece(timed(), message, 41, 'first')).toEqual({ outcome: 'done' });
  expect(await comparePiece(timed(), { ...message, piece: 'none' }, 1, 'first')).toEqual({ outcome: 'done' });
});

test('where Twilio refuses, the message comes again, and goes on with the page that failed', async () => {
  await reconcile(timed());
  const mend = breakPort(twilio.rest, 'recordingsSince');
  await expect(workOff()).rejects.toThrow();
  mend();
  world.clock.advance(2 * HOUR);
  await workOff();
  expect(known().sort()).toEqual(sids.toSorted());
});

test('an entry whose row fails holds the window up, though its piece comes to its end', async () => {
  await reconcile(timed());
  const missing = sids.find((sid) => !known().includes(sid));
  const mend = breakPort(world.table, 'read', (_call, key: { recordingSid?: string }) => key.recordingSid === missing);
  await workOff().catch(() => undefined);
  world.clock.advance(2 * HOUR);
  await workOff().catch(() => undefined);
  expect((await memory()).checkedUntil).toBeLessThan(NOON);
  mend();
  await reconcile({ ...timed(), budgetMs: HOUR });
  world.clock.advance(2 * HOUR);
  await workOff();
  expect(known().sort()).toEqual(sids.toSorted());
});

test('a crash before the messages go out costs an hour, and nothing else', async () => {
  const mend = breakPort(world.pieceQueue, 'sendAll');
  await expect(reconcile(timed())).rejects.toThrow('requests failed');
  expect((await memory()).recordings?.pieces).toHaveLength(2);
  mend();
  world.clock.advance(HOUR);
  await reconcile(timed());
  await workOff();
  expect(known().sort()).toEqual(sids.toSorted());
});
