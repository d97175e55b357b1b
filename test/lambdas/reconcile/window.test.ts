/** From where to where `reconcile` goes over Twilio's lists: over the adapter and the model of Twilio, in each of its meanings. */
import { reconcile } from '../../../lambdas/reconcile/reconcile.ts';
import { LOOK_BACK_MS, OVERLAP_MS } from '../../../lambdas/shared/rules/reconcile/reconcile-memory.ts';
import { DAY, HOUR, type Instant, MINUTE, SECOND } from '../../../lambdas/shared/rules/values/instant.ts';
import { type AtModel, restOverModel } from '../../sim/twilio/rest-over-model.ts';
import { breakPort } from '../support/faults.ts';
import { CREDENTIALS, callRow, callSid, recordingSid, twilioRecording } from '../support/fixtures.ts';
import { LOST_REPLY, SERVER_ERROR, TOO_MANY, UNAUTHORIZED } from '../support/scripted-twilio.ts';
import { NOON } from '../support/time.ts';
import { makeWorld, type World } from '../support/world.ts';

let world: World;
beforeEach(() => {
  world = makeWorld();
});
const memory = () => world.table.read({ kind: 'reconcile' });

const MEANINGS = (['time', 'day'] as const).map((filtersBy) => ({ filtersBy, largestPage: 5 }));

describe.each(MEANINGS)('where a filter means the $filtersBy', (settings) => {
  let twilio: AtModel;
  const run = (over: object = {}) => reconcile({ ...world, twilio: twilio.rest, ...over });
  /** A recording of a call of ours. */
  async function recorded(at: Instant): Promise<string> {
    const call = twilio.called(at, { to: '+15005550099' });
    await world.table.write(callRow({ callSid: call, state: 'recording' }), undefined);
    return twilio.recorded(at, call);
  }
  const known = () => world.table.rows().flatMap((row) => (row.kind === 'recording' ? [row.recordingSid] : []));
  const pages = () => twilio.asked.splice(0).filter((path) => path.includes('/Recordings.json')).length;
  beforeEach(() => {
    twilio = restOverModel(settings);
  });

  test('the first run goes back by the longest call and more', async () => {
    const oldest = await recorded(NOON - 25 * HOUR);
    const midnight = await recorded(NOON - 12 * HOUR);
    const latest = await recorded(NOON - MINUTE);
    await run();
    expect(known().sort()).toEqual([oldest, midnight, latest].sort());
    expect(await memory()).toMatchObject({
      ...{ checkedUntil: NOON, recordings: { checkedUntil: NOON, fullUntil: NOON, fullAt: NOON } },
      calls: { checkedUntil: NOON, fullUntil: NOON, fullAt: NOON },
    });
  });

  test('so does the first one that finds a row of an earlier version', async () => {
    await world.given({ kind: 'reconcile', checkedUntil: NOON - 100 * HOUR, version: 1, writer: 'earlier' });
    const oldest = await recorded(NOON - 125 * HOUR);
    await run();
    expect(known()).toEqual([oldest]);
    expect(await memory()).toMatchObject({ checkedUntil: NOON, recordings: { fullUntil: NOON } });
  });

  test('each hour what is new is found, and what was under way an hour ago, for no more work than there is new', async () => {
    for (let index = 0; index < 100; index += 1) await recorded(NOON - HOUR - index * 10 * MINUTE);
    await run();
    pages();
    for (let hour = 0; hour < 5; hour += 1) {
      const before = world.clock.now();
      const fresh = await recorded(before + 30 * MINUTE);
      world.clock.advance(HOUR);
      await run();
      expect(known()).toContain(fresh);
      // New ones and those of the hour before fit on one page; the next one shows that there is nothing more.
      expect(pages()).toBeLessThanOrEqual(3);
    }
    expect(LOOK_BACK_MS).toBe(HOUR);
  });

  test('after an outage of any length the window reaches back to what was settled last', async () => {
    await run();
    const during = await recorded(NOON + 2 * HOUR);
    const mend = breakPort(twilio.rest, 'recordingsSince');
    for (let hour = 0; hour < 100; hour += 1) {
      world.clock.advance(HOUR);
      await expect(run()).rejects.toThrow();
    }
    expect(await memory()).toMatchObject({ checkedUntil: NOON, recordings: { checkedUntil: NOON } });
    mend();
    for (let index = 0; index < 30; index += 1) await recorded(world.clock.now() - MINUTE * index);
    await run();
    expect(known()).toContain(during);
    expect(await memory()).toMatchObject({ checkedUntil: world.clock.now() });
  });

  test('once a day all of the window is gone over, whatever the order of the list', async () => {
    twilio.state = { ...twilio.state, settings: { ...twilio.state.settings, listOrder: 'oldest-first' } };
    // Whole pages of what is older than the window come first.
    for (let index = 0; index < 10; index += 1) await recorded(NOON - 36 * HOUR + index * HOUR);
    for (let index = 0; index < 20; index += 1) await recorded(NOON - HOUR - index * HOUR);
    await run();
    expect(known()).toHaveLength(30);
    const hidden = await recorded(NOON + MINUTE);
    for (let hour = 0; hour < 25; hour += 1) {
      world.clock.advance(HOUR);
      await run();
    }
    expect(known()).toContain(hidden);
    expect(OVERLAP_MS).toBeGreaterThan(DAY);
  });

  test('a pass over all of the window in which something failed is made again by the next run', async () => {
    const old = await recorded(NOON - 20 * HOUR);
    // Two pages that the pass over what is new stops behind.
    for (let index = 0; index < 10; index += 1) await recorded(NOON - 3 * HOUR - index * MINUTE);
    const mend = breakPort(world.table, 'read', (_call, key: { recordingSid?: string }) => key.recordingSid === old);
    await expect(run()).rejects.toThrow('requests failed');
    mend();
    world.clock.advance(HOUR);
    await run();
    expect(known()).toContain(old);
  });

  test('a run stops when its time is used up, keeps its place, and leaves the rest to the queue', async () => {
    for (let index = 0; index < 40; index += 1) await recorded(NOON - index * MINUTE);
    const { recordingsSince } = twilio.rest;
    const slow: typeof recordingsSince = async (...request) => {
      world.clock.advance(30 * SECOND);
      return recordingsSince(...request);
    };
    const before = world.clock.now();
    await run({ twilio: { ...twilio.rest, recordingsSince: slow }, budgetMs: 50 * SECOND });
    expect(world.clock.now() - before).toBeLessThanOrEqual(2 * MINUTE);
    // One page of five for each pass, which is the least.
    expect(known()).toHaveLength(5);
    expect(world.log.events()).toContain('reconcile_paused');
    const pieces = [
      { kind: 'fresh', page: expect.any(String), begunAt: NOON },
      { kind: 'full', page: expect.any(String) },
    ];
    expect(await memory()).toMatchObject({ recordings: { pieces } });
  });

  test('a place that Twilio does not know any more is gone to from the beginning', async () => {
    const sids: string[] = [];
    for (let index = 0; index < 12; index += 1) sids.push(await recorded(NOON - index * MINUTE));
    const pass = { begunAt: NOON - HOUR, knownUntil: NOON - DAY, reachesBackTo: NOON - DAY, settledUntil: NOON - HOUR };
    const recordings = { checkedUntil: NOON - DAY, fresh: { ...pass, page: `3 PA${recordingSid('9')}` } };
    await world.given({ kind: 'reconcile', checkedUntil: NOON - DAY, recordings, version: 1, writer: 'earlier' });
    await run();
    expect(known().sort()).toEqual(sids.sort());
    expect(await memory()).toMatchObject({ checkedUntil: NOON });
  });

  test('a run that is killed at any page loses nothing', async () => {
    const sids: string[] = [];
    for (let index = 0; index < 23; index += 1) sids.push(await recorded(NOON - index * HOUR));
    for (let dies = 1; dies < 8; dies += 1) {
      const mend = breakPort(twilio.rest, 'recordingsSince', (call) => call >= dies);
      await run().catch(() => undefined);
      mend();
    }
    await run();
    expect(known().sort()).toEqual(sids.sort());
  });
});

test('a clock that was ahead draws the window in by nothing', async () => {
  const twilio = restOverModel();
  await world.given({ kind: 'reconcile', checkedUntil: NOON + 100 * HOUR, version: 1, writer: 'ahead' });
  const call = twilio.called(NOON - 25 * HOUR, { to: '+15005550099' });
  await world.given(callRow({ callSid: call }));
  twilio.recorded(NOON - 25 * HOUR, call);
  await reconcile({ ...world, twilio: twilio.rest });
  expect(world.log.counts).toMatchObject({ Reconciled: 1 });
  expect(await memory()).toMatchObject({ checkedUntil: NOON });
});

describe('a page', () => {
  const page = { kind: 'page', recordings: [twilioRecording({ createdAt: NOON })], unreadable: 0 } as const;
  beforeEach(async () => {
    await world.given(callRow({ state: 'recording' }));
    world.twilio.answer('numbers', { kind: 'page', numbers: [], unreadable: 0 });
  });

  test.each([
    ['5xx', SERVER_ERROR],
    ['429', TOO_MANY],
    ['no answer', LOST_REPLY],
  ])('that cannot be had (%s) is asked for again, with growing pauses', async (_what, refusal) => {
    world.twilio.answer('recordingsSince', refusal, refusal, refusal, refusal, page);
    await reconcile(world);
    expect(world.clock.sleeps).toEqual([1000, 2000, 4000, 8000]);
    expect((await world.recording()).state).toBe('completed');
  });

  test.each([
    ['5xx', SERVER_ERROR],
    ['no answer', LOST_REPLY],
  ])('that cannot be had for long (%s) fails the run, and the window stays', async (_what, refusal) => {
    world.twilio.answer('recordingsSince', refusal);
    await expect(reconcile(world)).rejects.toThrow('requests failed');
    expect(world.log.line('list_failed')).toMatchObject({ list: 'recordings', reason: refusal.reason });
    world.clock.advance(50 * HOUR);
    world.twilio.answer('recordingsSince', page);
    world.twilio.requests.splice(0);
    await reconcile(world);
    const [, fresh] = world.twilio.requests;
    expect(fresh?.request[0]).toBe(NOON - LOOK_BACK_MS);
  });

  test('that fails keeps neither the other list nor what came before from being compared', async () => {
    const { calls, callsSince } = otherList();
    world.twilio.answer('recordingsSince', { ...page, next: '1 x' }, SERVER_ERROR);
    await expect(reconcile(world)).rejects.toThrow('requests failed');
    expect((await world.recording()).state).toBe('completed');
    expect(await world.table.read({ kind: 'call', callSid: calls })).toMatchObject({ state: 'unrecordable' });
    expect(callsSince()).toBeGreaterThan(0);
    expect(await memory()).toMatchObject({ calls: { checkedUntil: NOON }, recordings: { fresh: { page: '1 x' } } });
  });

  test('whose successor is named in a way that cannot be read: what it has is taken in, the window stays', async () => {
    world.twilio.answer('recordingsSince', { ...page, isCut: true });
    for (let hours = 0; hours < 3; hours += 1) {
      await expect(reconcile(world)).rejects.toThrow('requests failed');
      world.clock.advance(HOUR);
    }
    expect((await world.recording()).state).toBe('completed');
    expect(await memory()).toMatchObject({ checkedUntil: NOON, recordings: { checkedUntil: NOON } });
  });

  test('is refused for the credentials: the secret is read again, and the page is asked for again', async () => {
    world.credentials.secret = { ...CREDENTIALS, rest: { username: 'SK2', password: 'new' } };
    world.twilio.answer('recordingsSince', UNAUTHORIZED, page);
    await reconcile(world);
    expect(await world.credentials.current()).toBe(world.credentials.secret);
    expect(world.log.counts).toMatchObject({ CredentialsInvalid: 1, Reconciled: 1 });
  });

  /** One call of our number that has no row. */
  function otherList() {
    const calls = callSid('9');
    const call = {
      callSid: calls,
      status: 'no-answer',
      progress: 'over',
      isChild: false,
      to: '+1',
      createdAt: NOON,
    } as const;
    world.twilio.answer('numbers', {
      ...{ kind: 'page', numbers: [{ phoneNumber: '+1', voiceUrl: world.voiceUrl }], unreadable: 0 },
    });
    world.twilio.answer('callsSince', { kind: 'page', calls: [call], unreadable: 0 });
    return { calls, callsSince: () => world.twilio.timesOf('callsSince').length };
  }
});
