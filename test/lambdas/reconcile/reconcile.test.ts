import { OVERLAP_MS, reconcile } from '../../../lambdas/reconcile/reconcile.ts';
import type { TwilioRecording } from '../../../lambdas/shared/ports/twilio.ts';
import type { RecordingState } from '../../../lambdas/shared/rules/table/rows.ts';
import { HOUR, MINUTE } from '../../../lambdas/shared/rules/values/instant.ts';
import { breakPort, killedEverywhere, killer, withAround } from '../support/faults.ts';
import {
  CALL,
  CREDENTIALS,
  callRow,
  callSid,
  RECORDING,
  recordingRow,
  recordingSid,
  twilioRecording,
  twilioUrl,
} from '../support/fixtures.ts';
import { LOST_REPLY, SERVER_ERROR, TOO_MANY, UNAUTHORIZED } from '../support/scripted-twilio.ts';
import { NOON } from '../support/time.ts';
import { makeWorld, type World } from '../support/world.ts';

let world: World;
beforeEach(() => {
  world = makeWorld();
});

/** Twilio lists these, in pages of two. */
function lists({ twilio }: World, ...recordings: readonly TwilioRecording[]): void {
  twilio.answer('recordingsSince', (_from, page) => {
    const start = Number(page ?? 0);
    const next = start + 2;
    return {
      kind: 'page',
      recordings: recordings.slice(start, next),
      unreadable: 0,
      ...(next < recordings.length && { next: String(next) }),
    };
  });
}
const recorded = callRow({ state: 'recording', recordingSid: RECORDING });

describe('a recording whose callback never came', () => {
  test('is taken in with the way to its audio, copied, and told', async () => {
    await world.given(recorded);
    lists(world, twilioRecording({ durationSeconds: 61 }));
    await reconcile(world);
    expect(await world.recording()).toMatchObject({
      state: 'completed',
      twilioUrl: twilioUrl(RECORDING),
      madeBy: 'other',
      durationSeconds: 61,
      waiting: { next: 'copy', due: NOON + MINUTE },
    });
    expect(world.copyQueue.contents().map(({ message }) => message)).toEqual([
      { callSid: CALL, recordingSid: RECORDING },
    ]);
    expect(world.log.line('recording_reconciled')).toMatchObject({ level: 'warn', callSid: CALL, state: 'completed' });
    expect(world.log.counts).toEqual({ Reconciled: 1 });
  });

  test('though in-progress came: it is completed', async () => {
    await world.given(recorded, recordingRow({ state: 'in-progress' }));
    lists(world, twilioRecording());
    await reconcile(world);
    expect((await world.recording()).state).toBe('completed');
    expect(world.copyQueue.size).toBe(1);
  });

  test.each(['absent', 'failed'])('and is %s: noted, nothing to copy', async (status) => {
    await world.given(recorded);
    lists(world, twilioRecording({ status, errorCode: 16_102 }));
    await reconcile(world);
    expect(await world.recording()).toMatchObject({ state: status, errorCode: 16_102 });
    expect(world.copyQueue.size).toBe(0);
  });

  test('and whose call was never noted as recorded: it is found by the call', async () => {
    await world.given(callRow({ state: 'posting' }));
    lists(world, twilioRecording());
    await reconcile(world);
    expect((await world.recording()).state).toBe('completed');
  });

  test('made by another application behind ours: kept, copied and flagged, never to be deleted at Twilio', async () => {
    const theirs = recordingSid('2');
    await world.given(recorded, recordingRow({ state: 'in-progress' }));
    lists(world, twilioRecording(), twilioRecording({ recordingSid: theirs, source: 'DialVerb' }));
    await reconcile(world);
    expect(await world.recording(theirs)).toMatchObject({ state: 'completed', madeBy: 'other', extra: true });
    expect(await world.recording()).not.toHaveProperty('extra');
    expect(world.copyQueue.size).toBe(2);
    expect(world.log.counts).toMatchObject({ ExtraRecording: 1 });
  });
});

describe('left alone is', () => {
  test('a recording of a call that never went through this recorder', async () => {
    lists(world, twilioRecording({ callSid: callSid('9'), recordingSid: recordingSid('9') }));
    await reconcile(world);
    expect(world.table.rows().map(({ kind }) => kind)).toEqual(['reconcile']);
    expect(world.copyQueue.size).toBe(0);
    expect(world.log.counts).toEqual({});
  });

  test.each<RecordingState>(['completed', 'fallback', 'stored'])(
    'an imported one that is %s: its call did not go through this recorder, so it does not become ours to delete',
    async (state) => {
      const imported = recordingRow({ state, madeBy: 'other' });
      await world.given(imported);
      lists(world, twilioRecording());
      await reconcile(world);
      expect(await world.recording()).toEqual(imported);
      expect(world.log.counts).toEqual({});
    },
  );

  test.each<RecordingState>(['completed', 'fallback', 'stored', 'deleting', 'deleted'])(
    'one that is %s already',
    async (state) => {
      const row = recordingRow({ state });
      await world.given(recorded, row);
      lists(world, twilioRecording());
      await reconcile(world);
      expect(await world.recording()).toEqual(row);
      expect(world.copyQueue.size).toBe(0);
    },
  );

  test.each(['deleted', 'unheard-of'])('one of which Twilio says %s', async (status) => {
    await world.given(recorded);
    lists(world, twilioRecording({ status }));
    await reconcile(world);
    expect(await world.table.readCall(CALL)).toEqual([recorded]);
  });
});

describe('the window', () => {
  const froms = () => world.twilio.requests.map(({ request }) => request[0]);

  test('reaches back by the longest call and more', async () => {
    lists(world);
    await reconcile(world);
    expect(OVERLAP_MS).toBeGreaterThan(24 * HOUR);
    expect(froms()).toEqual([NOON - OVERLAP_MS]);
    expect(await world.table.read({ kind: 'reconcile' })).toMatchObject({ checkedUntil: NOON });
  });

  test('overlaps the one before', async () => {
    lists(world);
    await reconcile(world);
    world.clock.advance(HOUR);
    await reconcile(world);
    expect(froms()).toEqual([NOON - OVERLAP_MS, NOON - OVERLAP_MS]);
    world.clock.advance(HOUR);
    await reconcile(world);
    expect(froms().at(-1)).toBe(NOON + HOUR - OVERLAP_MS);
  });

  test('reaches back to the last run that came to its end, after an outage of any length', async () => {
    lists(world);
    await reconcile(world);
    const mend = breakPort(world.twilio, 'recordingsSince');
    for (let hour = 0; hour < 100; hour++) {
      world.clock.advance(HOUR);
      await expect(reconcile(world)).rejects.toThrow();
    }
    mend();
    lists(world);
    await reconcile(world);
    expect(froms().at(-1)).toBe(NOON - OVERLAP_MS);
    expect(await world.table.read({ kind: 'reconcile' })).toMatchObject({ checkedUntil: world.clock.now() });
  });

  test('is not drawn in by a clock that was ahead', async () => {
    await world.given({ kind: 'reconcile', checkedUntil: NOON + 100 * HOUR, version: 1, writer: 'ahead' });
    lists(world);
    await reconcile(world);
    expect(froms()).toEqual([NOON - OVERLAP_MS]);
    // What is remembered goes no step back.
    expect(await world.table.read({ kind: 'reconcile' })).toMatchObject({ checkedUntil: NOON + 100 * HOUR });
  });
});

describe('the list', () => {
  /** After a run that failed, a later one asks for all that the failed one should have seen. */
  async function expectSameWindowLater(): Promise<void> {
    world.clock.advance(50 * HOUR);
    lists(world);
    await reconcile(world);
    expect(world.twilio.requests.at(-1)?.request[0]).toBe(NOON - OVERLAP_MS);
  }

  test('is read to its last page', async () => {
    const digits = [...'12345'];
    await world.given(recorded);
    lists(world, ...digits.map((digit) => twilioRecording({ recordingSid: recordingSid(digit) })));
    await reconcile(world);
    expect(world.twilio.requests.map(({ request }) => request[1])).toEqual([undefined, '2', '4']);
    expect(world.copyQueue.size).toBe(5);
    expect(world.log.counts).toMatchObject({ Reconciled: 5 });
    expect(world.log.line('reconciled')).toMatchObject({ count: 5 });
  });

  test.each([
    ['5xx', SERVER_ERROR],
    ['429', TOO_MANY],
    ['no answer', LOST_REPLY],
  ])('cannot be had (%s): the run fails, and the next one asks for the same', async (_what, refusal) => {
    world.twilio.answer('recordingsSince', refusal);
    await expect(reconcile(world)).rejects.toThrow(refusal.reason);
    await expectSameWindowLater();
  });

  test('breaks off at its second page: what the first held is taken in, the window stays', async () => {
    await world.given(recorded);
    world.twilio.answer(
      'recordingsSince',
      { kind: 'page', recordings: [twilioRecording()], unreadable: 0, next: '2' },
      SERVER_ERROR,
    );
    await expect(reconcile(world)).rejects.toThrow();
    expect((await world.recording()).state).toBe('completed');
    await expectSameWindowLater();
  });

  test('is refused for the credentials: the secret is read again', async () => {
    world.credentials.secret = { ...CREDENTIALS, rest: { username: 'SK2', password: 'new' } };
    world.twilio.answer('recordingsSince', UNAUTHORIZED);
    await expect(reconcile(world)).rejects.toThrow();
    expect(await world.credentials.current()).toBe(world.credentials.secret);
    expect(world.log.counts).toEqual({ CredentialsInvalid: 1 });
  });
});

describe('where', () => {
  test('the copy cannot be queued: the run fails, the row is due for the sweep', async () => {
    await world.given(recorded);
    lists(world, twilioRecording());
    breakPort(world.copyQueue, 'send');
    await expect(reconcile(world)).rejects.toThrow();
    expect(await world.recording()).toMatchObject({ state: 'completed', waiting: { next: 'copy' } });
  });

  test('one recording cannot be taken in: the others are, the run fails, and the window stays', async () => {
    await world.given(recorded);
    lists(world, ...[...'123'].map((digit) => twilioRecording({ recordingSid: recordingSid(digit) })));
    const mend = breakPort(world.table, 'read', (_call, key: { recordingSid?: string }) => {
      return key.recordingSid === recordingSid('1');
    });
    await expect(reconcile(world)).rejects.toThrow('1 recordings could not be taken in');
    expect(world.copyQueue.size).toBe(2);
    mend();
    world.clock.advance(50 * HOUR);
    await reconcile(world);
    expect(world.twilio.requests.at(-1)?.request[0]).toBe(NOON - OVERLAP_MS);
    expect(world.copyQueue.size).toBe(3);
  });

  test('an extra recording without audio could not be flagged: the next run flags it, from either page', async () => {
    const [second, third] = [recordingSid('2'), recordingSid('3')];
    await world.given(recorded, recordingRow());
    lists(
      world,
      twilioRecording(),
      twilioRecording({ recordingSid: third, callSid: callSid('9') }),
      twilioRecording({ recordingSid: second, status: 'absent' }),
    );
    const mend = breakPort(world.table, 'readCall');
    await expect(reconcile(world)).rejects.toThrow('could not be taken in or flagged');
    expect(await world.recording(second)).toMatchObject({ state: 'absent' });
    expect(await world.recording(second)).not.toHaveProperty('extra');
    mend();
    await reconcile(world);
    expect(await world.recording(second)).toMatchObject({ state: 'absent', extra: true });
    expect(await world.recording()).not.toHaveProperty('extra');
    expect(world.log.counts).toMatchObject({ ExtraRecording: 1 });
  });

  test('the environment is killed at any of its requests: the next run takes in what is left', async () => {
    const histories = await killedEverywhere(async (kill) => {
      const one = makeWorld();
      await one.given(recorded);
      lists(one, ...[...'123'].map((digit) => twilioRecording({ recordingSid: recordingSid(digit) })));
      const { around, killed } = killer(kill);
      await reconcile(withAround(one, around)).catch(() => undefined);
      one.clock.advance(HOUR);
      await reconcile(one);
      for (const digit of '123') {
        expect(await one.recording(recordingSid(digit))).toMatchObject({
          state: 'completed',
          waiting: { next: 'copy' },
        });
      }
      return killed();
    });
    expect(histories).toBeGreaterThan(30);
  });

  test('a callback comes in between: one row, in the same state', async () => {
    await world.given(recorded);
    lists(world, twilioRecording());
    const read = world.table.read.bind(world.table);
    let reads = 0;
    world.table.read = async (key) => {
      const row = await read(key);
      reads += 1;
      if (reads === 3) await world.table.write(recordingRow({ state: 'stored' }), undefined);
      return row;
    };
    await reconcile(world);
    expect((await world.recording()).state).toBe('stored');
    expect(world.copyQueue.size).toBe(0);
  });
});
