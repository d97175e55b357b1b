import { createHash } from 'node:crypto';
import { recordingCopy } from '../../../lambdas/recording-copy/recording-copy.ts';
import type { OpenedAudio, Refusal, TwilioRecording } from '../../../lambdas/shared/ports/twilio.ts';
import { objectMetadata } from '../../../lambdas/shared/rules/recording/object-metadata.ts';
import { COPY_CLAIM_MS, COPY_RENEWED_AFTER_MS } from '../../../lambdas/shared/rules/recording/recording.ts';
import type { RecordingState } from '../../../lambdas/shared/rules/table/row-parts.ts';
import { HOUR, MINUTE, SECOND } from '../../../lambdas/shared/rules/values/instant.ts';
import { checksumOf } from '../../../sim/aws/bucket.ts';
import { breakPort, killedEverywhere, killer, nth, withAround } from '../support/faults.ts';
import {
  BUCKET,
  CALL,
  CREDENTIALS,
  callRow,
  callSid,
  RECORDING,
  recordingRow,
  recordingSid,
  TOKEN,
  twilioRecording,
  twilioUrl,
} from '../support/fixtures.ts';
import { fc } from '../support/properties.ts';
import { audioOf, LOST_REPLY, NOT_FOUND, SERVER_ERROR, TOO_MANY, UNAUTHORIZED } from '../support/scripted-twilio.ts';
import { NOON } from '../support/time.ts';
import { brokenOff, inChunks, WAV, wavFile } from '../support/wav.ts';
import { KEEP_AT_TWILIO_MS, makeWorld, type World } from '../support/world.ts';

const FILE = wavFile();
const KEY = `recordings/${CALL}/${RECORDING}.wav`;
const MESSAGE = { callSid: CALL, recordingSid: RECORDING };
const sha256 = createHash('sha256').update(FILE).digest('base64');

let world: World;
beforeEach(() => {
  world = makeWorld();
  serve(world);
});

/** Twilio has the recording and its audio. */
function serve({ twilio }: World, recording: Partial<TwilioRecording> = {}, audio: Partial<OpenedAudio> = {}): void {
  twilio.answer('recording', { kind: 'found', recording: twilioRecording(recording) });
  twilio.answer('openAudio', () => ({ ...audioOf(FILE), ...audio }));
}
/** One delivery of one message; a second one of the same is `copy(2)`, another message `copy(1, 'other')`. */
const copy = (receives = 1, messageId = 'message') => recordingCopy(world, MESSAGE, receives, messageId);

describe('a recording that is completed', () => {
  beforeEach(() => world.given(recordingRow()));

  test('is copied, proven by HEAD, and its deletion falls due in 24 hours', async () => {
    expect(await copy()).toEqual({ outcome: 'done' });
    expect(Buffer.from(world.store.object(KEY)?.bytes ?? []).equals(FILE)).toBe(true);
    const row = await world.recording();
    expect(row).toMatchObject({
      state: 'stored',
      stored: {
        bucket: BUCKET,
        key: KEY,
        bytes: FILE.length,
        checksum: sha256,
        contentType: 'audio/x-wav',
        storedAt: NOON,
      },
      waiting: { next: 'delete', due: NOON + KEEP_AT_TWILIO_MS },
      twilioUrl: twilioUrl(RECORDING),
    });
    expect(row).not.toHaveProperty('claim');
    expect(world.log.counts).toEqual({ RecordingStored: 1 });
    expect(world.log.line('recording_stored')).toMatchObject({ callSid: CALL, recordingSid: RECORDING, key: KEY });
  });

  test('says beside its bytes whose it is', async () => {
    const encryption = { publicKeySid: 'CR1', encryptedCek: 'Y2Vr', iv: 'aXY=' };
    serve(world, { encryption });
    await copy();
    expect(world.store.object(KEY)?.metadata).toEqual(
      objectMetadata(recordingRow(), twilioRecording({ encryption }), 'test'),
    );
  });

  test('is asked for with the channels that it has', async () => {
    await copy();
    expect(world.twilio.requests.at(-1)).toMatchObject({
      method: 'openAudio',
      request: [RECORDING, 2, 'wav', undefined],
    });
  });

  test('is believed only after S3 has been asked for it', async () => {
    const order: string[] = [];
    await recordingCopy(
      withAround(world, async (name, request) => {
        order.push(name);
        return request();
      }),
      MESSAGE,
      1,
      'message',
    );
    const [put, head] = [order.indexOf('store.put'), order.indexOf('store.head')];
    expect(put).toBeGreaterThan(-1);
    expect(head).toBeGreaterThan(put);
    expect(order.lastIndexOf('table.write')).toBeGreaterThan(head);
  });

  test('is kept with what an encrypted recording is read with', async () => {
    const encryption = { publicKeySid: 'CR1', encryptedCek: 'Y2Vr', iv: 'aXY=' };
    const noise = Buffer.from('no WAV file, but noise: \u0080', 'latin1');
    serve(world, { encryption }, { bytes: inChunks(noise), contentLength: noise.length });
    await copy();
    expect(await world.recording()).toMatchObject({ state: 'stored', encryption, stored: { bytes: noise.length } });
  });

  test('is what Twilio says it is, whatever the callback said', async () => {
    serve(world, { channels: 1 });
    const mono = wavFile({ channels: 1 });
    world.twilio.answer('openAudio', () => audioOf(mono));
    await copy();
    expect((await world.recording()).stored?.bytes).toBe(mono.length);
  });
});

test('the recording of another application is copied, and no deletion falls due', async () => {
  await world.given(recordingRow({ madeBy: 'other' }));
  await copy();
  const row = await world.recording();
  expect(row).toMatchObject({ state: 'stored', stored: { key: KEY } });
  expect(row).not.toHaveProperty('waiting');
});

test('an extra recording is flagged by the copy at the latest', async () => {
  const second = recordingSid('2');
  await world.given(
    callRow({ state: 'recording', recordingSid: second }),
    recordingRow(),
    recordingRow({ recordingSid: second, state: 'in-progress' }),
  );
  await copy();
  expect(await world.recording()).toMatchObject({ state: 'stored', extra: true });
});

describe('a message that has nothing to do', () => {
  test.each<RecordingState>(['absent', 'failed', 'stored', 'deleting', 'deleted'])(
    'for a recording that is %s: Twilio is asked for nothing',
    async (state) => {
      const row = recordingRow({ state });
      await world.given(row);
      expect(await copy()).toEqual({ outcome: 'done' });
      expect(world.twilio.requests).toEqual([]);
      expect(await world.recording()).toEqual(row);
    },
  );

  test('for a recording that nobody knows', async () => {
    expect(await copy()).toEqual({ outcome: 'done' });
    expect(world.table.rows()).toEqual([]);
  });

  test('for one that another holds', async () => {
    await world.given(recordingRow({ claim: { owner: 'other', until: NOON + 1 } }));
    expect(await copy()).toEqual({ outcome: 'done' });
    expect(world.twilio.requests).toEqual([]);
  });

  test('for one whose resource is not to be found: its audio is, and the callback has told the rest', async () => {
    world.twilio.answer('recording', NOT_FOUND);
    await world.given(recordingRow({ channels: 2, durationSeconds: 1 }));
    await copy();
    expect((await world.recording()).state).toBe('stored');
  });

  test('for one whose resource is not to be found, and whose audio is not what the callback told', async () => {
    world.twilio.answer('recording', NOT_FOUND);
    await world.given(recordingRow({ channels: 2, durationSeconds: 100 }));
    await copy();
    expect(await world.recording()).toMatchObject({ state: 'fallback', reason: 'duration-differs' });
  });

  test('for one whose holder has died: it is copied', async () => {
    await world.given(recordingRow({ claim: { owner: 'other', until: NOON } }));
    await copy();
    expect((await world.recording()).state).toBe('stored');
  });
});

/** What may go wrong, and the reason that the row gives. */
const FAILURES: readonly [string, (of: World) => void, string][] = [
  ...(
    [
      ['404', NOT_FOUND],
      ['429', TOO_MANY],
      ['5xx', SERVER_ERROR],
      ['no answer', LOST_REPLY],
      ['401', UNAUTHORIZED],
    ] as const
  ).flatMap(([name, refusal]: readonly [string, Refusal]): [string, (of: World) => void, string][] => [
    // A recording that cannot be found may have audio all the same, see below.
    ...(refusal === NOT_FOUND
      ? []
      : [
          [
            `${name} for the recording`,
            ({ twilio }: World) => twilio.answer('recording', refusal),
            `recording: ${refusal.reason}`,
          ] satisfies [string, (of: World) => void, string],
        ]),
    [`${name} for the audio`, ({ twilio }) => twilio.answer('openAudio', refusal), `audio: ${refusal.reason}`],
  ]),
  ...['in-progress', 'processing', 'deleted', 'absent'].map((status): [string, (of: World) => void, string] => [
    `Twilio says ${status}`,
    (of) => serve(of, { status }),
    `twilio-says-${status}`,
  ]),
  ['another call’s recording', (of) => serve(of, { callSid: callSid('2') }), 'recording-of-another-call'],
  ['an error page', (of) => serve(of, {}, { contentType: 'text/html' }), 'content-type-is-not-audio'],
  ['no content type', (of) => serve(of, {}, { contentType: '' }), 'content-type-is-not-audio'],
  [
    'an error page that says it is audio',
    (of) => serve(of, {}, { bytes: inChunks(Buffer.from('<TwilioResponse/>')), contentLength: 17 }),
    'not-a-wav-file',
  ],
  ['audio cut short', (of) => serve(of, {}, { bytes: inChunks(FILE.subarray(0, 9000)) }), 'truncated'],
  ['no audio', (of) => serve(of, {}, { bytes: inChunks(Buffer.alloc(0)), contentLength: 0 }), 'no-audio'],
  ['a connection that breaks', (of) => serve(of, {}, { bytes: brokenOff(FILE, 9000) }), 'error: ConnectionBroken'],
  ['too few channels', (of) => serve(of, { channels: 1 }), 'channels-differ'],
  ['another duration', (of) => serve(of, { durationSeconds: 60 }), 'duration-differs'],
  ['S3 refuses the upload', ({ store }) => void breakPort(store, 'put'), 'error: Outage'],
  ['S3 cannot be asked', ({ store }) => void breakPort(store, 'head'), 'error: Outage'],
  [
    'S3 says stored and has nothing',
    ({ store }) => {
      store.head = async () => undefined;
    },
    's3-object-missing-after-upload',
  ],
  [
    'S3 says stored and has less',
    ({ store }) => {
      const head = store.head.bind(store);
      store.head = async (key) => {
        const found = await head(key);
        return found && { ...found, bytes: found.bytes - 1 };
      };
    },
    's3-object-differs-after-upload',
  ],
  [
    'S3 says stored and has something else',
    ({ store }) => {
      const head = store.head.bind(store);
      store.head = async (key) => {
        const found = await head(key);
        return found && { ...found, checksum: 'b3RoZXI=' };
      };
    },
    's3-object-differs-after-upload',
  ],
  [
    'S3 keeps no checksum',
    ({ store }) => {
      const head = store.head.bind(store);
      store.head = async (key) => {
        const { checksum: _none, ...found } = (await head(key)) ?? { bytes: 0, lastModified: 0 };
        return found;
      };
    },
    's3-object-differs-after-upload',
  ],
  [
    'the key is taken by something else',
    ({ store }) => {
      const bytes = Buffer.from('theirs');
      store.place(KEY, { bytes, contentType: 'audio/x-wav', checksum: checksumOf(bytes, 100) });
    },
    's3-key-occupied',
  ],
];

describe('a copy that fails', () => {
  test.each(FAILURES)('for %s: the fallback with its reason, and again in 5 s', async (_what, given, reason) => {
    await world.given(recordingRow());
    given(world);
    expect(await copy()).toEqual({ outcome: 'again', seconds: 5 });
    const row = await world.recording();
    expect(row).toMatchObject({ state: 'fallback', reason, attempts: 1, twilioUrl: twilioUrl(RECORDING) });
    expect(row.waiting?.next).toBe('copy');
    // The message comes first, the sweep only if that is lost.
    expect(row.waiting?.due).toBeGreaterThan(NOON + 5 * SECOND);
    expect(row).not.toHaveProperty('claim');
    expect(row).not.toHaveProperty('stored');
    expect(world.log.line('recording_fallback')).toMatchObject({ level: 'error', reason, retryInSeconds: 5 });
  });

  test.each(FAILURES)('for %s: never overwrites, never deletes', async (_what, given) => {
    await world.given(recordingRow());
    given(world);
    const before = world.store.object(KEY)?.bytes;
    await copy();
    if (before) expect(world.store.object(KEY)?.bytes).toBe(before);
    expect(world.twilio.methods()).not.toContain('deleteRecording');
  });

  test('for half of its audio leaves nothing in the bucket', async () => {
    await world.given(recordingRow());
    serve(world, {}, { bytes: brokenOff(FILE, 9000) });
    await copy();
    expect(world.store.keys()).toEqual([]);
  });

  test('is tried again for as long as it takes, in the queue at first, later by the sweep', async () => {
    await world.given(recordingRow());
    world.twilio.answer('openAudio', NOT_FOUND);
    const pauses: number[] = [];
    const inQueue: boolean[] = [];
    for (let attempt = 0; attempt < 10; attempt++) {
      const outcome = await copy();
      const { waiting } = await world.recording();
      const pause = (waiting?.due ?? 0) - world.clock.now();
      inQueue.push(outcome.outcome === 'again');
      pauses.push(pause);
      world.clock.advance(pause);
    }
    expect(inQueue).toEqual([true, true, true, true, true, false, false, false, false, false]);
    expect(pauses).toEqual([
      65 * SECOND,
      75 * SECOND,
      2 * MINUTE,
      6 * MINUTE,
      16 * MINUTE,
      HOUR,
      3 * HOUR,
      6 * HOUR,
      6 * HOUR,
      6 * HOUR,
    ]);
    serve(world);
    await copy();
    const row = await world.recording();
    expect(row).toMatchObject({ state: 'stored', attempts: 0 });
    expect(row).not.toHaveProperty('reason');
    expect(row.waiting).toEqual({ next: 'delete', due: world.clock.now() + KEEP_AT_TWILIO_MS });
  });

  test('alarms from the third time on: Twilio may answer 404 right after completed', async () => {
    await world.given(recordingRow());
    world.twilio.answer('openAudio', NOT_FOUND);
    for (let attempt = 0; attempt < 4; attempt++) await copy();
    expect(world.log.counts).toEqual({ RecordingCopyRetried: 2, RecordingFellBack: 2 });
  });

  test('for refused credentials has the secret read again, and the next attempt succeeds', async () => {
    await world.given(recordingRow());
    world.credentials.secret = { ...CREDENTIALS, rest: { username: 'SK2', password: 'new' } };
    world.twilio.answer('openAudio', UNAUTHORIZED, () => audioOf(FILE));
    await copy();
    expect(await world.credentials.current()).toBe(world.credentials.secret);
    expect(world.log.counts).toMatchObject({ CredentialsInvalid: 1 });
    await copy();
    expect((await world.recording()).state).toBe('stored');
  });

  test('says nothing of errors’ messages, URLs or credentials', async () => {
    await world.given(recordingRow());
    serve(world, {}, { bytes: brokenOff(FILE, 10) });
    await copy();
    const said = JSON.stringify([world.log.lines.map(({ error: _named, ...line }) => line), world.table.rows()]);
    for (const secret of [TOKEN, CREDENTIALS.rest.password, 'aborted']) expect(said).not.toContain(secret);
  });
});

describe('a key that is taken', () => {
  test('by the very same audio: the copy counts, as after a crash behind the upload', async () => {
    await world.given(recordingRow());
    await world.store.put(KEY, inChunks(FILE), WAV);
    world.clock.advance(HOUR);
    await copy();
    expect(await world.recording()).toMatchObject({
      state: 'stored',
      stored: { checksum: sha256, storedAt: NOON + HOUR },
      waiting: { next: 'delete', due: NOON + HOUR + KEEP_AT_TWILIO_MS },
    });
  });

  test('by audio of the same length but other bytes: it stays, and so does Twilio’s copy', async () => {
    await world.given(recordingRow());
    const other = Buffer.from(FILE);
    other[1000] = (other[1000] ?? 0) ^ 1;
    await world.store.put(KEY, inChunks(other), WAV);
    await copy();
    expect(await world.recording()).toMatchObject({ state: 'fallback', reason: 's3-key-occupied' });
    expect(Buffer.from(world.store.object(KEY)?.bytes ?? []).equals(other)).toBe(true);
  });
});

describe('two copiers at once', () => {
  test('one copies, the other has nothing to do', async () => {
    await world.given(recordingRow());
    expect(await Promise.all([copy(), copy(1, 'other')])).toEqual([{ outcome: 'done' }, { outcome: 'done' }]);
    expect(world.twilio.timesOf('openAudio')).toHaveLength(1);
    expect((await world.recording()).state).toBe('stored');
  });

  test('however their requests interleave, and even where one claim has run out: one object, one row', async () => {
    await fc.assert(
      fc.asyncProperty(fc.scheduler(), fc.boolean(), async (scheduler, expires) => {
        const one = makeWorld();
        serve(one);
        await one.given(recordingRow());
        const interleaved = withAround(one, async (name, request) => {
          await scheduler.schedule(Promise.resolve(`before ${name}`));
          if (expires && name === 'store.head') one.clock.advance(10 * MINUTE);
          const reply = await request();
          await scheduler.schedule(Promise.resolve(`after ${name}`));
          return reply;
        });
        await scheduler.waitFor(Promise.all(['a', 'b', 'c'].map((id) => recordingCopy(interleaved, MESSAGE, 1, id))));
        one.clock.advance(HOUR);
        await recordingCopy(one, MESSAGE, 1, 'd');
        expect(one.store.keys()).toEqual([KEY]);
        expect(await one.recording()).toMatchObject({ state: 'stored', stored: { checksum: sha256 } });
      }),
    );
  });
});

describe('a message that is delivered again', () => {
  test('because what was done could not be noted: it takes its own recording back, and notes it', async () => {
    await world.given(recordingRow());
    // The first write is the claim.
    breakPort(world.table, 'write', nth(2));
    await expect(copy()).rejects.toThrow();
    expect(await world.recording()).toMatchObject({ state: 'completed', claim: { owner: 'message/1' } });
    expect(await copy(1, 'other')).toEqual({ outcome: 'done' });
    expect((await world.recording()).state).toBe('completed');
    expect(await copy(2)).toEqual({ outcome: 'done' });
    expect(await world.recording()).toMatchObject({ state: 'stored', stored: { checksum: sha256 } });
    expect(world.store.keys()).toEqual([KEY]);
  });

  test('while its first delivery is still at work: that one ends without a word', async () => {
    await world.given(recordingRow());
    let second: Promise<unknown> | undefined;
    const slow = async function* () {
      for await (const chunk of inChunks(FILE)) {
        second ??= copy(2);
        await second;
        world.clock.advance(COPY_RENEWED_AFTER_MS);
        yield chunk;
      }
    };
    world.twilio.answer(
      'openAudio',
      () => ({ ...audioOf(FILE), bytes: slow() }),
      () => audioOf(FILE),
    );
    expect(await copy()).toEqual({ outcome: 'done' });
    expect(await world.recording()).toMatchObject({ state: 'stored', attempts: 0 });
    expect(world.log.counts).toEqual({ RecordingStored: 1 });
  });
});

describe('an environment that sleeps until its claim has run out', () => {
  test.each<[string, Refusal]>([
    ['5xx', SERVER_ERROR],
    ['404', NOT_FOUND],
  ])('and wakes up with %s, changes nothing of what the next one has done', async (_what, late) => {
    await world.given(recordingRow());
    world.twilio.answer(
      'openAudio',
      async () => {
        world.clock.advance(HOUR);
        await copy(1, 'other');
        return late;
      },
      () => audioOf(FILE),
    );
    await copy();
    expect(await world.recording()).toMatchObject({ state: 'stored', stored: { checksum: sha256 }, attempts: 0 });
  });
});

describe('an environment that is killed', () => {
  test('before or after any of its requests: the copy is made later, whole', async () => {
    const histories = await killedEverywhere(async (kill) => {
      const one = makeWorld();
      serve(one);
      await one.given(recordingRow());
      const { around, killed } = killer(kill);
      await recordingCopy(withAround(one, around), MESSAGE, 1, 'a').catch(() => undefined);
      const { waiting, state } = await one.recording();
      if (state !== 'stored') {
        // The row says when somebody else may take it up.
        expect(waiting?.next).toBe('copy');
        one.clock.advanceTo(waiting?.due ?? 0);
        await recordingCopy(one, MESSAGE, 1, 'b');
      }
      const row = await one.recording();
      expect(row).toMatchObject({ state: 'stored', stored: { checksum: sha256, bytes: FILE.length } });
      expect(row.waiting).toEqual({ next: 'delete', due: (row.stored?.storedAt ?? 0) + KEEP_AT_TWILIO_MS });
      return killed();
    });
    expect(histories).toBeGreaterThan(14);
  });
});

test('the table cannot be written: nothing is copied, and the message stays', async () => {
  await world.given(recordingRow());
  breakPort(world.table, 'write');
  await expect(copy()).rejects.toThrow();
  expect(world.store.keys()).toEqual([]);
});

test('a recording in parts keeps the checksum over its parts', async () => {
  expect(checksumOf(FILE, 8_000_000)).toBe(sha256);
  const digests = [0, 20_000].map((at) =>
    createHash('sha256')
      .update(FILE.subarray(at, at + 20_000))
      .digest(),
  );
  const composite = createHash('sha256').update(Buffer.concat(digests)).digest('base64');
  expect(checksumOf(FILE, 20_000)).toBe(`${composite}-2`);
});

describe('a copy that takes long', () => {
  /** The file in three pieces, with this long before each of the last two. */
  async function* slowly(pauseMs: number, between: () => Promise<unknown> = async () => undefined) {
    const third = Math.ceil(FILE.length / 3);
    for (let piece = 0; piece < 3; piece++) {
      if (piece > 0) {
        world.clock.advance(pauseMs);
        await between();
      }
      yield FILE.subarray(piece * third, (piece + 1) * third);
    }
  }
  beforeEach(() => world.given(recordingRow()));

  test('holds its recording while the audio flows', async () => {
    const until: (number | undefined)[] = [];
    const look = async () => until.push((await world.recording()).claim?.until);
    serve(world, {}, { bytes: slowly(COPY_RENEWED_AFTER_MS, look) });
    expect(await copy()).toEqual({ outcome: 'done' });
    // Looked at before each renewal: the first claim, then the one that was renewed a minute later.
    expect(until).toEqual([NOON + COPY_CLAIM_MS, NOON + COPY_RENEWED_AFTER_MS + COPY_CLAIM_MS]);
    expect((await world.recording()).state).toBe('stored');
  });

  test('renews no more often than it must', async () => {
    const before = (await world.recording()).version;
    serve(world, {}, { bytes: slowly(COPY_RENEWED_AFTER_MS / 2 - 1) });
    await copy();
    expect((await world.recording()).version).toBe(before + 2);
  });

  test('goes on where a renewal fails', async () => {
    let put = (): void => undefined;
    const breakOnce = async () => {
      put = breakPort(world.table, 'write');
    };
    serve(
      world,
      {},
      {
        bytes: (async function* () {
          for await (const piece of slowly(COPY_RENEWED_AFTER_MS, breakOnce)) {
            yield piece;
            put();
          }
        })(),
      },
    );
    expect(await copy()).toEqual({ outcome: 'done' });
    expect(world.log.events()).toContain('claim_not_renewed');
    expect((await world.recording()).state).toBe('stored');
  });

  test('ends without a word where another has taken the recording over', async () => {
    const takeOver = async () => {
      const row = await world.recording();
      const other = { ...row, claim: { owner: 'another', until: NOON + HOUR }, version: row.version + 1 };
      await world.table.write(other, row.version);
    };
    serve(world, {}, { bytes: slowly(COPY_CLAIM_MS, takeOver) });
    expect(await copy()).toEqual({ outcome: 'done' });
    expect(await world.recording()).toMatchObject({ state: 'completed', claim: { owner: 'another' }, attempts: 0 });
    expect(world.store.keys()).toEqual([]);
    expect(world.log.counts).toEqual({});
  });
});
