import { recordingDelete } from '../../../lambdas/recording-delete/recording-delete.ts';
import type { Deletions } from '../../../lambdas/shared/contract/settings.ts';
import type { Refusal } from '../../../lambdas/shared/ports/twilio.ts';
import type { RecordingState } from '../../../lambdas/shared/rules/table/row-parts.ts';
import type { CallRow, RecordingRow } from '../../../lambdas/shared/rules/table/rows.ts';
import { HOUR, MINUTE, SECOND } from '../../../lambdas/shared/rules/values/instant.ts';
import { checksumOf } from '../../../sim/aws/bucket.ts';
import { breakPort, killedEverywhere, killer, withAround } from '../support/faults.ts';
import {
  BUCKET,
  CALL,
  CREDENTIALS,
  callRow,
  RECORDING,
  recordingRow,
  recordingSid,
  twilioRecording,
  twilioUrl,
} from '../support/fixtures.ts';
import { fc } from '../support/properties.ts';
import {
  BAD_REQUEST,
  LOST_REPLY,
  NOT_FOUND,
  SERVER_ERROR,
  TOO_MANY,
  UNAUTHORIZED,
} from '../support/scripted-twilio.ts';
import { NOON } from '../support/time.ts';
import { KEEP_AT_TWILIO_MS, makeWorld, type World } from '../support/world.ts';

const AUDIO = Buffer.from('the audio of a recording');
const KEY = `recordings/${CALL}/${RECORDING}.wav`;
const CHECKSUM = checksumOf(AUDIO, 1000);
const MESSAGE = { callSid: CALL, recordingSid: RECORDING };

const storedRow = (over: Partial<RecordingRow> = {}): RecordingRow =>
  recordingRow({
    state: 'stored',
    stored: {
      bucket: BUCKET,
      key: KEY,
      bytes: AUDIO.length,
      checksum: CHECKSUM,
      contentType: 'audio/x-wav',
      storedAt: NOON,
    },
    waiting: { next: 'delete', due: NOON + KEEP_AT_TWILIO_MS },
    ...over,
  });

/** A day after the copy, which lies in S3, and which Twilio will delete when it is asked to. */
async function aDayLater(row = storedRow()): Promise<World> {
  const world = makeWorld();
  await world.given(row);
  world.store.place(KEY, { bytes: AUDIO, contentType: 'audio/x-wav', checksum: CHECKSUM });
  world.twilio.answer('deleteRecording', { kind: 'deleted' });
  world.clock.advance(KEEP_AT_TWILIO_MS);
  return world;
}

let world: World;
beforeEach(async () => {
  world = await aDayLater();
});
const DAY_LATER = NOON + KEEP_AT_TWILIO_MS;
const remove = () => recordingDelete(world, MESSAGE);

async function expectKept(): Promise<RecordingRow> {
  expect(world.twilio.requests).toEqual([]);
  return world.recording();
}

describe('after 24 hours', () => {
  test('Twilio’s copy is deleted, and when is noted', async () => {
    expect(await remove()).toEqual({ outcome: 'done' });
    expect(world.twilio.requests).toEqual([{ at: DAY_LATER, method: 'deleteRecording', request: [RECORDING] }]);
    const row = await world.recording();
    expect(row).toMatchObject({
      state: 'deleted',
      deletedAt: DAY_LATER,
      stored: { key: KEY },
      twilioUrl: twilioUrl(RECORDING),
    });
    expect(row).not.toHaveProperty('waiting');
    expect(world.log.counts).toEqual({ RecordingDeleted: 1 });
    expect(world.log.line('recording_deleted')).toMatchObject({ callSid: CALL, recordingSid: RECORDING });
  });

  test('the copy in S3 is proven and the mark stands before the request', async () => {
    const order: string[] = [];
    await recordingDelete(
      withAround(world, async (name, request) => {
        if (name === 'twilio.deleteRecording') expect((await world.recording()).state).toBe('deleting');
        order.push(name);
        return request();
      }),
      MESSAGE,
    );
    expect(order.indexOf('store.head')).toBeLessThan(order.indexOf('table.write'));
    expect(order.indexOf('table.write')).toBeLessThan(order.indexOf('twilio.deleteRecording'));
  });
});

describe('too early', () => {
  test('by one millisecond: it is kept, and due when the day is over', async () => {
    world = makeWorld();
    await world.given(storedRow());
    world.store.place(KEY, { bytes: AUDIO, contentType: 'audio/x-wav', checksum: CHECKSUM });
    world.clock.advance(KEEP_AT_TWILIO_MS - 1);
    expect(await remove()).toEqual({ outcome: 'done' });
    const row = await expectKept();
    expect(row).toMatchObject({ state: 'stored', attempts: 0, waiting: { next: 'delete', due: DAY_LATER } });
    expect(world.log.counts).toEqual({});
  });

  test('by the date of S3, though our note is old enough', async () => {
    const later = NOON + 5 * SECOND;
    world.store.place(KEY, { bytes: AUDIO, contentType: 'audio/x-wav', checksum: CHECKSUM, lastModified: later });
    await remove();
    expect((await expectKept()).waiting).toEqual({ next: 'delete', due: later + KEEP_AT_TWILIO_MS });
    world.clock.advance(5 * SECOND);
    await remove();
    expect((await world.recording()).state).toBe('deleted');
  });

  test('however early: never before both clocks say a day', async () => {
    const offset = fc.integer({ min: -2 * KEEP_AT_TWILIO_MS, max: 2 * KEEP_AT_TWILIO_MS });
    await fc.assert(
      fc.asyncProperty(offset, offset, async (skew, age) => {
        world = makeWorld();
        world.twilio.answer('deleteRecording', { kind: 'deleted' });
        await world.given(storedRow());
        const lastModified = Math.floor((NOON + skew) / SECOND) * SECOND;
        world.store.place(KEY, { bytes: AUDIO, contentType: 'audio/x-wav', checksum: CHECKSUM, lastModified });
        world.clock.advance(age);
        await remove();
        const old = world.clock.now() - Math.max(NOON, lastModified) >= KEEP_AT_TWILIO_MS;
        expect(world.twilio.requests).toHaveLength(old ? 1 : 0);
      }),
    );
  });
});

describe('in doubt', () => {
  const place = (over: object) =>
    world.store.place(KEY, {
      bytes: AUDIO,
      contentType: 'audio/x-wav',
      checksum: CHECKSUM,
      lastModified: NOON,
      ...over,
    });

  test.each<[string, () => unknown, string]>([
    ['the object is gone', () => world.store.remove(KEY), 's3-object-missing'],
    ['the object is shorter', () => place({ bytes: AUDIO.subarray(1) }), 's3-object-size-differs'],
    ['the object is empty', () => place({ bytes: Buffer.alloc(0) }), 's3-object-size-differs'],
    ['the object is another', () => place({ checksum: 'b3RoZXI=' }), 's3-object-checksum-differs'],
    ['the object has no checksum', () => place({ checksum: undefined }), 's3-object-without-checksum'],
  ])(
    'because %s: Twilio’s copy is kept, an alarm metric is raised, and it is looked at again',
    async (_what, given, reason) => {
      given();
      expect(await remove()).toEqual({ outcome: 'done' });
      expect(await expectKept()).toMatchObject({
        state: 'stored',
        reason,
        attempts: 1,
        waiting: { next: 'delete', due: DAY_LATER + MINUTE },
      });
      expect(world.log.counts).toEqual({ DeletionDoubtful: 1 });
      expect(world.log.line('deletion_doubtful')).toMatchObject({ level: 'error', reason, recordingSid: RECORDING });
    },
  );

  test('because the row names no copy, whatever lies in S3', async () => {
    const { stored: _none, ...row } = storedRow();
    world = await aDayLater(row);
    await remove();
    expect(await expectKept()).toMatchObject({ state: 'stored', reason: 'no-stored-copy-noted' });
    expect(world.log.counts).toEqual({ DeletionDoubtful: 1 });
  });

  test('even of a deletion that was begun: no second request', async () => {
    world = await aDayLater(storedRow({ state: 'deleting' }));
    world.store.remove(KEY);
    await remove();
    expect(await expectKept()).toMatchObject({ state: 'deleting', reason: 's3-object-missing' });
  });

  test('for long: it is looked at after growing pauses', async () => {
    world.store.remove(KEY);
    const pauses: number[] = [];
    for (let attempt = 0; attempt < 7; attempt++) {
      await remove();
      const pause = ((await world.recording()).waiting?.due ?? 0) - world.clock.now();
      pauses.push(pause / MINUTE);
      world.clock.advance(pause);
    }
    expect(pauses).toEqual([1, 5, 15, 60, 360, 1440, 1440]);
    await expectKept();
  });

  test('that is cleared up: it is deleted', async () => {
    world.store.remove(KEY);
    await remove();
    place({});
    await remove();
    expect((await world.recording()).state).toBe('deleted');
  });

  test('because S3 cannot be asked: the step throws, and the message is delivered again', async () => {
    const mend = breakPort(world.store, 'head');
    await expect(remove()).rejects.toThrow();
    expect(await expectKept()).toEqual(storedRow());
    mend();
    await remove();
    expect((await world.recording()).state).toBe('deleted');
  });
});

describe('nothing is deleted', () => {
  test.each<Deletions>(['paused', 'never'])('while deletions are %s', async (deletions) => {
    expect(await recordingDelete({ ...world, deletions }, MESSAGE)).toEqual({ outcome: 'done' });
    expect(await expectKept()).toEqual(storedRow());
  });

  test.each<RecordingState>(['in-progress', 'absent', 'failed', 'completed', 'fallback', 'deleted'])(
    'by a stale message for a recording that is %s',
    async (state) => {
      const row = storedRow({ state });
      world = await aDayLater(row);
      expect(await remove()).toEqual({ outcome: 'done' });
      expect(await expectKept()).toEqual(row);
    },
  );

  test('of another application', async () => {
    const row = storedRow({ madeBy: 'other' });
    world = await aDayLater(row);
    await remove();
    expect(await expectKept()).toEqual(row);
  });

  /** Rows from before proofs were kept. */
  const unproven = (over: Partial<RecordingRow> = {}): RecordingRow => {
    const { proof: _none, ...row } = storedRow(over);
    return row;
  };

  test.each<[string, Partial<CallRow> | undefined]>([
    ['has no row', undefined],
    ['took its recording from a list', { recordingSid: RECORDING, adopted: true }],
    ['may have done so', { recordingSid: RECORDING, attempts: 1 }],
    ['names another recording', { recordingSid: recordingSid('7') }],
  ])('that nothing proves to be ours, where its call %s: it stays at Twilio', async (_what, call) => {
    world = await aDayLater(unproven());
    if (call) await world.given(callRow({ state: 'recording', ...call }));
    expect(await remove()).toEqual({ outcome: 'done' });
    const row = await expectKept();
    expect(row).toMatchObject({ state: 'stored', madeBy: 'other' });
    expect(row).not.toHaveProperty('waiting');
    expect(world.log.events()).toContain('recording_disowned');
  });

  test('that is being deleted already, and that nothing proves to be ours: a person is asked', async () => {
    world = await aDayLater(unproven({ state: 'deleting' }));
    await remove();
    expect(await expectKept()).toMatchObject({ state: 'deleting', reason: 'not-proven-to-be-ours' });
    expect(world.log.counts).toEqual({ DeletionDoubtful: 1 });
  });

  test('but not of one whose SID its call took from the reply to its start', async () => {
    world = await aDayLater(unproven());
    await world.given(callRow({ state: 'recording', recordingSid: RECORDING }));
    world.twilio.answer('deleteRecording', { kind: 'deleted' });
    await remove();
    expect(await world.recording()).toMatchObject({ state: 'deleted' });
  });

  test('of a recording that nobody knows', async () => {
    world = makeWorld();
    expect(await remove()).toEqual({ outcome: 'done' });
    expect(world.twilio.requests).toEqual([]);
  });

  test('on a row that has changed since it was judged', async () => {
    const head = world.store.head.bind(world.store);
    world.store.head = async (key) => {
      const row = await world.recording();
      await world.table.write({ ...row, extra: true, version: row.version + 1 }, row.version);
      return head(key);
    };
    expect(await remove()).toEqual({ outcome: 'done' });
    expect(await expectKept()).toMatchObject({ state: 'stored', extra: true });
  });

  test('where the mark cannot be written', async () => {
    breakPort(world.table, 'write');
    await expect(remove()).rejects.toThrow();
    expect(await expectKept()).toEqual(storedRow());
  });
});

describe('Twilio answers', () => {
  test('404 after an earlier request to the same place may have arrived: it is gone already', async () => {
    world.twilio.answer('deleteRecording', LOST_REPLY, NOT_FOUND);
    await remove();
    await remove();
    expect(await world.recording()).toMatchObject({ state: 'deleted' });
    expect(world.log.counts).toEqual({ RecordingDeleted: 1 });
  });

  test('404 to the very first request: that is doubt, also the second time', async () => {
    world.twilio.answer('deleteRecording', NOT_FOUND);
    world.twilio.answer('recording', NOT_FOUND);
    for (const _time of [1, 2]) {
      await remove();
      expect(await world.recording()).toMatchObject({ state: 'deleting', reason: 'twilio-does-not-know-it' });
    }
    expect(world.log.counts).toEqual({ DeletionDoubtful: 2 });
  });

  test('404 to the very first request, and that somebody has deleted it: it is gone', async () => {
    world.twilio.answer('deleteRecording', NOT_FOUND);
    world.twilio.answer('recording', { kind: 'found', recording: twilioRecording({ status: 'deleted' }) });
    await remove();
    expect(await world.recording()).toMatchObject({ state: 'deleted', deletedAt: DAY_LATER });
  });

  test('404 after a request to another account: that is doubt', async () => {
    await world.given(storedRow({ state: 'deleting', deletionSentTo: 'https://api.twilio.test/another' }));
    world.twilio.answer('deleteRecording', NOT_FOUND);
    world.twilio.answer('recording', NOT_FOUND);
    await remove();
    expect(await world.recording()).toMatchObject({ state: 'deleting', reason: 'twilio-does-not-know-it' });
  });

  test.each<[string, Refusal]>([
    ['5xx', SERVER_ERROR],
    ['429', TOO_MANY],
    ['400', BAD_REQUEST],
    ['nothing', LOST_REPLY],
  ])('%s: it is tried again later, after the proof has been made again', async (_what, refusal) => {
    world.twilio.answer('deleteRecording', refusal, { kind: 'deleted' });
    expect(await remove()).toEqual({ outcome: 'done' });
    expect(await world.recording()).toMatchObject({
      state: 'deleting',
      reason: refusal.reason,
      attempts: 1,
      waiting: { next: 'delete', due: DAY_LATER + MINUTE },
    });
    expect(world.log.line('deletion_postponed')).toMatchObject({ level: 'warn', retryInSeconds: 60 });
    expect(world.log.counts).toEqual({});
    await remove();
    const row = await world.recording();
    expect(row.state).toBe('deleted');
    expect(row).not.toHaveProperty('reason');
  });

  test('401: the secret is read again', async () => {
    world.credentials.secret = { ...CREDENTIALS, rest: { username: 'SK2', password: 'new' } };
    world.twilio.answer('deleteRecording', UNAUTHORIZED, { kind: 'deleted' });
    await remove();
    expect(await world.credentials.current()).toBe(world.credentials.secret);
    expect(world.log.counts).toEqual({ CredentialsInvalid: 1 });
    await remove();
    expect((await world.recording()).state).toBe('deleted');
  });
});

describe('an environment that is killed', () => {
  test('before or after any of its requests: the deletion is carried out or found done, never without the proof', async () => {
    const histories = await killedEverywhere(async (kill) => {
      const one = await aDayLater();
      let there = true;
      one.twilio.answer('deleteRecording', () => {
        const reply = there ? ({ kind: 'deleted' } as const) : NOT_FOUND;
        there = false;
        return reply;
      });
      const { around, killed } = killer(kill);
      await recordingDelete(withAround(one, around), MESSAGE).catch(() => undefined);
      const { waiting, state } = await one.recording();
      if (!there) expect(['deleting', 'deleted']).toContain(state);
      if (state !== 'deleted') {
        expect(waiting?.next).toBe('delete');
        one.clock.advanceTo(waiting?.due ?? 0);
        await recordingDelete(one, MESSAGE);
      }
      expect((await one.recording()).state).toBe('deleted');
      expect(there).toBe(false);
      return killed();
    });
    expect(histories).toBeGreaterThan(12);
  });
});

test('two at once, however they interleave: one end, and the object stays', async () => {
  await fc.assert(
    fc.asyncProperty(fc.scheduler(), async (scheduler) => {
      const one = await aDayLater();
      let requests = 0;
      one.twilio.answer('deleteRecording', () => {
        requests += 1;
        return requests === 1 ? { kind: 'deleted' } : NOT_FOUND;
      });
      const interleaved = withAround(one, async (name, request) => {
        await scheduler.schedule(Promise.resolve(`before ${name}`));
        const reply = await request();
        await scheduler.schedule(Promise.resolve(`after ${name}`));
        return reply;
      });
      await scheduler.waitFor(Promise.all([1, 2].map(() => recordingDelete(interleaved, MESSAGE))));
      one.clock.advance(HOUR);
      await recordingDelete(one, MESSAGE);
      expect((await one.recording()).state).toBe('deleted');
      expect(one.store.keys()).toEqual([KEY]);
    }),
  );
});
