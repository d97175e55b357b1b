import { reconcile } from '../../../lambdas/reconcile/reconcile.ts';
import type { PassedOver, TwilioRecording } from '../../../lambdas/shared/ports/twilio.ts';
import type { RecordingState } from '../../../lambdas/shared/rules/table/row-parts.ts';
import { UnreadableRow } from '../../../lambdas/shared/rules/table/unreadable-row.ts';
import { HOUR, MINUTE } from '../../../lambdas/shared/rules/values/instant.ts';
import { breakPort, killedEverywhere, killer, withAround } from '../support/faults.ts';
import {
  CALL,
  callRow,
  callSid,
  RECORDING,
  recordingRow,
  recordingSid,
  twilioRecording,
  twilioUrl,
} from '../support/fixtures.ts';
import { NOON } from '../support/time.ts';
import { makeWorld, type World } from '../support/world.ts';

let world: World;
beforeEach(() => {
  world = makeWorld();
});

/** Twilio lists these, in pages of two. No number of the account is ours. */
function lists({ twilio }: World, ...recordings: readonly TwilioRecording[]): void {
  twilio.answer('numbers', { kind: 'page', numbers: [], unreadable: 0 });
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

  test.each([
    ['for ten minutes, it is told', 10 * MINUTE, {}, 1],
    ['for less: the callback may be under way', 10 * MINUTE - 1, {}, undefined],
    ['and another application made it: it owes no callback', HOUR, { madeBy: 'other' as const }, undefined],
  ])('and that is over %s', async (_what, overMs, over, count) => {
    await world.given(recorded, recordingRow({ state: 'in-progress', ...over }));
    const startTime = world.clock.now() - overMs - 61 * 1000;
    lists(world, twilioRecording({ startTime, durationSeconds: 61 }));
    await reconcile(world);
    expect(world.log.counts.CallbackLost).toBe(count);
  });

  test.each(['absent', 'failed'])('and is %s: noted, nothing to copy', async (status) => {
    await world.given(recorded);
    lists(world, twilioRecording({ status, errorCode: 16_102 }));
    await reconcile(world);
    expect(await world.recording()).toMatchObject({ state: status, errorCode: 16_102 });
    expect(world.copyQueue.size).toBe(0);
    // No callback tells of one that failed.
    expect(world.log.counts.RecordingFailed).toBe(status === 'failed' ? 1 : undefined);
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

describe('an entry or a row that cannot be read', () => {
  const second = recordingSid('2');
  const memory = () => world.table.read({ kind: 'reconcile' });
  /** The entry of `second` cannot be read. */
  function listsUnreadable(over: Partial<PassedOver> = {}): void {
    lists(world);
    const passedOver = [{ recordingSid: second, why: 'unreadable', callSid: CALL, createdAt: NOON, ...over } as const];
    world.twilio.answer('recordingsSince', {
      ...{ kind: 'page', recordings: [twilioRecording()], unreadable: 1, passedOver },
    });
    world.twilio.answer('recording', { kind: 'doubtful', reason: 'UnreadableReply' });
  }

  test('is remembered, counted and asked for by each run, while the window moves on', async () => {
    await world.given(recorded);
    listsUnreadable();
    await reconcile(world);
    expect((await world.recording()).state).toBe('completed');
    expect(await memory()).toMatchObject({ left: [second], checkedUntil: NOON });
    expect(world.log.counts).toMatchObject({ ReconcileLeft: 1 });
    expect(world.log.line('list_unreadable')).toMatchObject({ level: 'error', count: 1, key: second });

    lists(world, twilioRecording());
    world.clock.advance(100 * HOUR);
    await reconcile(world);
    expect(world.log.counts).toMatchObject({ ReconcileLeft: 2 });

    world.twilio.answer('recording', { kind: 'found', recording: twilioRecording({ recordingSid: second }) });
    world.clock.advance(HOUR);
    await reconcile(world);
    expect((await world.recording(second)).state).toBe('completed');
    expect(await memory()).not.toHaveProperty('left');
    expect(world.log.counts).toMatchObject({ ReconcileLeft: 2 });
  });

  test('is forgotten once Twilio does not have it any more', async () => {
    await world.given(recorded);
    listsUnreadable();
    await reconcile(world);
    lists(world, twilioRecording());
    world.twilio.answer('recording', { kind: 'not-found', status: 404, reason: 'status 404' });
    await reconcile(world);
    expect(await memory()).not.toHaveProperty('left');
  });

  test.each<[string, Partial<PassedOver>]>([
    ['of a conference', { why: 'no-call' }],
    ['of a call that never went through this recorder', { callSid: callSid('9') }],
  ])('and is %s: it is no business of ours', async (_what, over) => {
    await world.given(recorded);
    listsUnreadable(over);
    await reconcile(world);
    expect(await memory()).not.toHaveProperty('left');
    expect(world.log.counts).toEqual({ Reconciled: 1 });
  });

  test('and whose recording is stored already is left alone', async () => {
    await world.given(recorded, recordingRow({ recordingSid: second, state: 'stored' }));
    listsUnreadable();
    await reconcile(world);
    expect(await memory()).not.toHaveProperty('left');
  });

  test('and does not even say its SID: the window stays for it, for a week at most', async () => {
    await world.given(recorded);
    lists(world);
    await reconcile(world);
    world.twilio.answer('recordingsSince', { kind: 'page', recordings: [twilioRecording()], unreadable: 1 });
    for (let hours = 0; hours < 10; hours += 1) {
      world.clock.advance(HOUR);
      await reconcile(world);
    }
    expect((await world.recording()).state).toBe('completed');
    expect(await memory()).toMatchObject({ checkedUntil: NOON });
    expect(world.log.counts).toMatchObject({ ReconcileLeft: 10 });
    world.clock.advance(8 * 24 * HOUR);
    await reconcile(world);
    expect(await memory()).toMatchObject({ checkedUntil: world.clock.now() - 7 * 24 * HOUR });
  });

  test('more of them than are remembered: the window stays for the others', async () => {
    await world.given(recorded);
    lists(world);
    const passedOver = Array.from({ length: 101 }, (_, index) => ({
      ...({ recordingSid: `RE${index.toString(16).padStart(32, '0')}`, why: 'unreadable', callSid: CALL } as const),
      createdAt: NOON - (index * MINUTE) / 10,
    }));
    world.twilio.answer('recordingsSince', { kind: 'page', recordings: [], unreadable: 101, passedOver });
    world.twilio.answer('recording', { kind: 'doubtful', reason: 'UnreadableReply' });
    await reconcile(world);
    expect((await memory())?.left).toHaveLength(100);
    expect(await memory()).toMatchObject({ checkedUntil: NOON - 10 * MINUTE });
  });

  test('which is the row: the others are taken in, the run does not fail, and an alarm tells', async () => {
    await world.given(recorded);
    lists(world, twilioRecording(), twilioRecording({ recordingSid: second }));
    const read = world.table.read.bind(world.table);
    world.table.read = async (key) => {
      if (key.kind === 'recording' && key.recordingSid === second) throw new UnreadableRow('edited by hand');
      return read(key);
    };
    for (let hours = 0; hours < 3; hours += 1) {
      await reconcile(world);
      world.twilio.answer('recording', { kind: 'found', recording: twilioRecording({ recordingSid: second }) });
      world.clock.advance(HOUR);
    }
    expect((await world.recording()).state).toBe('completed');
    expect(world.log.counts).toMatchObject({ ReconcileLeft: 3, Reconciled: 1 });
    expect(await memory()).toMatchObject({ left: [second], checkedUntil: NOON + 2 * HOUR });

    world.table.read = read;
    await reconcile(world);
    expect((await world.recording(second)).state).toBe('completed');
    expect(await memory()).not.toHaveProperty('left');
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
    const createdAt = NOON - MINUTE;
    lists(world, ...[...'123'].map((digit) => twilioRecording({ recordingSid: recordingSid(digit), createdAt })));
    const mend = breakPort(world.table, 'read', (_call, key: { recordingSid?: string }) => {
      return key.recordingSid === recordingSid('1');
    });
    await expect(reconcile(world)).rejects.toThrow('requests failed');
    expect(world.copyQueue.size).toBe(2);
    expect(await world.table.read({ kind: 'reconcile' })).toMatchObject({ checkedUntil: NOON - MINUTE });
    mend();
    world.clock.advance(50 * HOUR);
    await reconcile(world);
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
    await expect(reconcile(world)).rejects.toThrow('requests failed');
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
