/** A copy that takes longer than an invocation, at a thousandth of its real size: bytes, rate and parts alike. */
import { recordingCopy } from '../../../lambdas/recording-copy/recording-copy.ts';
import type { TwilioRecording } from '../../../lambdas/shared/ports/twilio.ts';
import {
  COPY_ENDS_MS,
  COPY_HANDS_OVER_MS,
  UPLOAD_LASTS_MS,
} from '../../../lambdas/shared/rules/recording/resumption.ts';
import type { Upload } from '../../../lambdas/shared/rules/table/upload.ts';
import { HOUR, MINUTE, SECOND } from '../../../lambdas/shared/rules/values/instant.ts';
import { BucketModel, checksumOf } from '../../../sim/aws/bucket.ts';
import { breakPort, nth } from '../support/faults.ts';
import { CALL, RECORDING, recordingRow, twilioRecording } from '../support/fixtures.ts';
import { mp3File } from '../support/mp3.ts';
import { SERVER_ERROR } from '../support/scripted-twilio.ts';
import { inChunks, WAV, wavFile } from '../support/wav.ts';
import { makeWorld } from '../support/world.ts';
import { SlowAudio, type SlowAudioOptions } from './slow-audio.ts';

const PART = 8192;
/** 2.8 GB, and half a megabyte a second. */
const DAY = wavFile({ seconds: 87.5 });
const SLOW = 500;
const KEY = `recordings/${CALL}/${RECORDING}.wav`;
const MESSAGE = { callSid: CALL, recordingSid: RECORDING };

const makeSmallWorld = () => {
  const world = makeWorld();
  const { clock, randomness } = world;
  return { ...world, store: new BucketModel({ clock, randomness, bucket: world.store.bucket, partBytes: PART }) };
};
let world: ReturnType<typeof makeSmallWorld>;
/** How often each part went up. */
let sent: Map<number, number>;
beforeEach(async () => {
  world = makeSmallWorld();
  sent = new Map();
  const { store } = world;
  const original = store.uploadPart.bind(store);
  store.uploadPart = (uploadId, number, bytes) => {
    sent.set(number, (sent.get(number) ?? 0) + 1);
    return original(uploadId, number, bytes);
  };
  await world.given(recordingRow());
});

function serve(over: Partial<SlowAudioOptions> = {}, recording: Partial<TwilioRecording> = {}): SlowAudio {
  const file = over.file ?? DAY;
  const audio = new SlowAudio({ clock: world.clock, file, bytesPerSecond: SLOW, ...over });
  const durationSeconds = Math.round((file.length - 44) / 32_000);
  world.twilio.answer('recording', { kind: 'found', recording: twilioRecording({ durationSeconds, ...recording }) });
  world.twilio.answer('openAudio', audio.open);
  return audio;
}
const copy = (receives = 1, messageId = 'message') => recordingCopy(world, MESSAGE, receives, messageId);
/** Invocation after invocation, while they hand over. @returns how many there were, and how long the longest was */
async function copyOn(limit = 100): Promise<{ readonly invocations: number; readonly longestMs: number }> {
  let longestMs = 0;
  for (let invocations = 1; invocations <= limit; invocations++) {
    const begun = world.clock.now();
    await copy(invocations);
    longestMs = Math.max(longestMs, world.clock.now() - begun);
    const { state, upload, attempts } = await world.recording();
    if (state === 'stored' || attempts > 0 || !upload) return { invocations, longestMs };
    world.clock.advance(SECOND);
  }
  throw new Error(`The copy is not over after ${limit} invocations.`);
}
/** Message after message, until the row comes to a state. */
async function copyAgain(state: string, limit: number): Promise<void> {
  for (let message = 1; message <= limit && (await world.recording()).state !== state; message++) {
    await copy(1, `message ${message}`);
    world.clock.advance(MINUTE);
  }
}
async function expectStored(file: Buffer, key = KEY): Promise<void> {
  const row = await world.recording();
  expect(row).toMatchObject({
    state: 'stored',
    attempts: 0,
    stored: { key, bytes: file.length, checksum: checksumOf(file, PART) },
  });
  expect(row).not.toHaveProperty('upload');
  expect(Buffer.from(world.store.object(key)?.bytes ?? []).equals(file)).toBe(true);
  expect(world.store.uploads()).toEqual([]);
}

describe('where Twilio serves parts', () => {
  test('a day on two channels is copied at half a megabyte a second, each part once', async () => {
    const audio = serve();
    const { invocations, longestMs } = await copyOn();
    await expectStored(DAY);
    expect(invocations).toBeGreaterThan(5);
    expect(longestMs).toBeLessThanOrEqual(COPY_HANDS_OVER_MS + 10 * SECOND);
    expect(audio.asked).toHaveLength(invocations);
    for (const offset of audio.asked) expect(offset % PART).toBe(0);
    expect([...sent.values()].every((times) => times === 1)).toBe(true);
    expect(world.log.counts).toEqual({ RecordingStored: 1 });
    expect(world.log.events()).not.toContain('recording_fallback');
    expect(world.log.line('copy_handed_over')).toMatchObject({ recordingSid: RECORDING, reason: 'too-slow' });
  });

  test('the row says how far it is, and the queue brings the message back; later the sweep does', async () => {
    serve();
    const outcomes = [];
    for (let receives = 1; receives <= 5; receives++) {
      outcomes.push(await copy(receives));
      const { state, waiting, upload, claim } = await world.recording();
      expect([state, claim, waiting?.next]).toEqual(['completed', undefined, 'copy']);
      expect(upload?.bytes).toBe((upload?.parts.length ?? 0) * PART);
      expect(waiting?.due).toBe(world.clock.now() + (receives < 5 ? MINUTE : 0));
    }
    expect(outcomes.map(({ outcome }) => outcome)).toEqual(['again', 'again', 'again', 'again', 'done']);
  });

  test('a connection that breaks every few parts is no failure, as long as each brings a part', async () => {
    const audio = serve({ breaksAfter: (request) => (request % 3 === 0 ? 5000 : 3 * PART) });
    await copyAgain('stored', 500);
    await expectStored(DAY);
    expect(audio.asked.length).toBeGreaterThan(100);
    // Those that brought none were failures, each followed by one that brought some.
    expect(world.log.counts.RecordingFellBack ?? 0).toBeGreaterThan(0);
  });

  test('a refusal in between keeps what is stored', async () => {
    const audio = serve();
    await copy();
    const { upload } = await world.recording();
    world.twilio.answer('openAudio', SERVER_ERROR, audio.open);
    await copy(2);
    expect(await world.recording()).toMatchObject({ state: 'fallback', upload });
    await copy(3);
    expect(audio.asked[1]).toBe(upload?.bytes);
  });

  test('an ETag is sent along, and without a length it alone proves that the audio is the same', async () => {
    serve({ etag: () => '"one"', length: 'unsaid' });
    await copyOn();
    await expectStored(DAY);
    expect(world.twilio.requests.at(-1)?.request.at(-1)).toMatchObject({ etag: '"one"' });
  });

  test('an encrypted recording is copied alike', async () => {
    const noise = Buffer.alloc(400_000, '\u0080noise', 'latin1');
    const encryption = { publicKeySid: 'CR1', encryptedCek: 'Y2Vr', iv: 'aXY=' };
    serve({ file: noise, contentType: 'application/octet-stream' }, { encryption });
    const { invocations } = await copyOn();
    expect(invocations).toBeGreaterThan(1);
    await expectStored(noise);
    expect((await world.recording()).encryption).toEqual(encryption);
  });

  test('an MP3 is copied alike, and its frames are counted across invocations', async () => {
    const file = await mp3File({ seconds: 120 });
    serve({ file, contentType: 'audio/mpeg' }, { durationSeconds: 120 });
    const mp3 = { ...world, audioFormat: 'mp3' as const };
    for (let invocation = 1; invocation <= 20 && (await world.recording()).state === 'completed'; invocation++) {
      await recordingCopy(mp3, MESSAGE, invocation, 'message');
    }
    await expectStored(file, KEY.replace('wav', 'mp3'));
    expect(world.log.events()).toContain('copy_handed_over');
  });

  test('what an operator has accepted is still said to be so', async () => {
    const file = wavFile({ seconds: 20, riffLength: 9 });
    const row = await world.recording();
    const accepted = { reason: 'heard', at: world.clock.now() };
    await world.table.write({ ...row, accepted, version: 2 }, 1);
    serve({ file }, { channels: 1 });
    expect((await copyOn()).invocations).toBeGreaterThan(1);
    expect((await world.recording()).slips).toContain('riff-length-differs');
  });
});

describe('where Twilio serves no parts', () => {
  test('what 13 minutes carry is copied, in the second invocation', async () => {
    const file = DAY.subarray(0, 44 + 11.5 * 60 * SLOW);
    const fitting = wavFile({ seconds: (file.length - 44) / 32_000 });
    const audio = serve({ file: fitting, ranges: 'refused' });
    await copyOn();
    await expectStored(fitting);
    expect(audio.asked).toHaveLength(2);
  });

  test('what is longer stays at Twilio, with a reason, and a person is called; its parts are not kept', async () => {
    const audio = serve({ ranges: 'refused' });
    for (let attempt = 1; attempt <= 3; attempt++) {
      expect(await copy(1, `message ${attempt}`)).toEqual({ outcome: 'again', seconds: 1 });
      const begun = world.clock.now();
      await copy(2, `message ${attempt}`);
      expect(world.clock.now() - begun).toBeLessThanOrEqual(COPY_ENDS_MS + 10 * SECOND);
      const row = await world.recording();
      expect(row).toMatchObject({ state: 'fallback', attempts: attempt, reason: 'too-slow-in-one-piece' });
      expect(row.waiting?.next).toBe('copy');
      expect(row).not.toHaveProperty('upload');
      expect(world.store.uploads()).toEqual([]);
    }
    expect(world.log.counts).toEqual({ RecordingCopyRetried: 2, RecordingFellBack: 1 });
    expect(audio.asked).toHaveLength(6);
    expect(world.store.keys()).toEqual([]);
  });

  test('one with neither length nor ETag is copied in one piece from the start', async () => {
    serve({ length: 'unsaid' });
    await copy();
    expect(await world.recording()).toMatchObject({ state: 'fallback', reason: 'too-slow-in-one-piece' });
  });
});

describe('audio that is another one than before', () => {
  const other = Buffer.from(DAY.map((byte, index) => (index < 100 ? byte : byte ^ 1)));
  const longer = wavFile({ seconds: 88 });
  test.each<[string, Partial<SlowAudioOptions>, Partial<SlowAudioOptions>, Buffer]>([
    ['by its ETag', { etag: () => '"one"' }, { etag: () => '"two"', file: other }, other],
    ['by an ETag that is gone', { etag: () => '"one"' }, { file: other }, other],
    ['by its length', {}, { file: longer }, longer],
    ['by ending before', {}, { file: wavFile({ seconds: 1 }) }, wavFile({ seconds: 1 })],
  ])('%s is never mixed with it: all of it is copied', async (_how, before, after, file) => {
    serve(before);
    await copy();
    const begun = (await world.recording()).upload?.uploadId;
    serve({ ...after, bytesPerSecond: 1_000_000 });
    await copy(2);
    await expectStored(file);
    expect(begun).toBeDefined();
  });

  test('by a place that was not asked for', async () => {
    const audio = serve();
    await copy();
    world.twilio.answer(
      'openAudio',
      (...request) => {
        const reply = audio.open(...request);
        return reply.kind === 'opened' && reply.from !== undefined ? { ...reply, from: reply.from - PART } : reply;
      },
      serve({ bytesPerSecond: 1_000_000 }).open,
    );
    await copy(2);
    await expectStored(DAY);
  });

  test('each time is a failure that calls a person, for it would begin for ever', async () => {
    const audio = serve({ etag: (request) => `"${request}"` });
    for (let invocation = 1; invocation <= 6; invocation++) await copy(invocation);
    expect(world.log.counts).toEqual({ RecordingCopyRetried: 2, RecordingFellBack: 1 });
    expect(await world.recording()).toMatchObject({ reason: 'too-slow-in-one-piece' });
    expect(audio.asked.length).toBeGreaterThan(6);
  });
});

describe('an upload that cannot be gone on with', () => {
  const uploadOf = async (): Promise<Upload> => {
    await copy();
    const { upload } = await world.recording();
    if (!upload) throw new Error('no upload');
    return upload;
  };
  const change = async (upload: Upload) => {
    const row = await world.recording();
    await world.table.write({ ...row, upload, version: row.version + 1 }, row.version);
  };

  test('because it was removed is begun anew', async () => {
    serve();
    await world.store.abortUpload((await uploadOf()).uploadId);
    await copy(2);
    expect(await world.recording()).toMatchObject({ state: 'fallback', reason: 'error: NoSuchUpload', attempts: 1 });
    expect(await world.recording()).not.toHaveProperty('upload');
    await copy(3);
    expect((await world.recording()).upload?.bytes).toBeGreaterThan(0);
  });

  test.each<[string, (upload: Upload) => Upload]>([
    ['because it is old', (upload) => ({ ...upload, begunAt: upload.begunAt - UPLOAD_LASTS_MS })],
    ['because it has another key', (upload) => ({ ...upload, key: `${upload.key}x` })],
    ['because its parts had another size', (upload) => ({ ...upload, bytes: upload.bytes - 1 })],
  ])('%s is begun anew', async (_why, changed) => {
    const audio = serve();
    await change(changed(await uploadOf()));
    await copy(2);
    expect(audio.asked).toEqual([0, 0]);
  });

  test('because a part is not what it was: no wrong object comes of it', async () => {
    serve();
    const { uploadId } = await uploadOf();
    await world.store.uploadPart(uploadId, 1, DAY.subarray(1, PART + 1));
    await copyAgain('stored', 40);
    await expectStored(DAY);
  });

  test('because the claim was lost is left to its new owner', async () => {
    const audio = serve();
    const { uploadId } = await uploadOf();
    world.twilio.answer('openAudio', (...request) => {
      const reply = audio.open(...request);
      if (reply.kind !== 'opened') return reply;
      const takenOver = async function* () {
        for await (const chunk of reply.bytes) {
          const row = await world.recording();
          const claim = { owner: 'another', until: world.clock.now() + HOUR };
          if (row.claim?.owner !== 'another')
            await world.table.write({ ...row, claim, version: row.version + 1 }, row.version);
          yield chunk;
        }
      };
      return { ...reply, bytes: takenOver() };
    });
    expect(await copy(2)).toEqual({ outcome: 'done' });
    expect(world.store.uploads()).toEqual([uploadId]);
    expect(await world.recording()).toMatchObject({ claim: { owner: 'another' }, attempts: 0 });
  });
});

test('an environment that dies in the middle loses a minute, not the parts before', async () => {
  const audio = serve();
  let bytes = 0;
  world.twilio.answer('openAudio', (...request) => {
    const reply = audio.open(...request);
    if (reply.kind !== 'opened') return reply;
    const dying = async function* () {
      for await (const chunk of reply.bytes) {
        bytes += chunk.length;
        // Whatever it would do from here on does not happen.
        if (bytes > 20 * PART) await new Promise(() => undefined);
        yield chunk;
      }
    };
    return { ...reply, bytes: dying() };
  });
  void copy();
  for (let turn = 0; turn < 5000 && bytes <= 20 * PART; turn++) await new Promise(setImmediate);
  world.twilio.answer('openAudio', audio.open);
  world.clock.advance(HOUR);
  await copy(1, 'other');
  expect(audio.asked[1]).toBeGreaterThanOrEqual(20 * PART - ((2 * MINUTE) / SECOND) * SLOW);
  await copyOn();
  await expectStored(DAY);
});

test('where S3 refuses a part, the parts before are kept; where it refuses each, they are given up', async () => {
  const audio = serve();
  await copy();
  const restore = breakPort(world.store, 'uploadPart', nth(3));
  await copy(2);
  restore();
  const { upload } = await world.recording();
  expect(await world.recording()).toMatchObject({ state: 'fallback', reason: 'error: Outage', attempts: 1 });
  expect(upload?.bytes).toBe((audio.asked[1] ?? 0) + 2 * PART);
  const mend = breakPort(world.store, 'uploadPart');
  await copy(3);
  mend();
  expect(await world.recording()).not.toHaveProperty('upload');
  expect(world.store.uploads()).toEqual([]);
});

test('a key that is taken meanwhile stays as it is, and the parts go', async () => {
  serve();
  await copy();
  await world.store.put(KEY, inChunks(Buffer.from('theirs')), WAV);
  await copyAgain('fallback', 20);
  expect(await world.recording()).toMatchObject({ reason: 's3-key-occupied' });
  expect(Buffer.from(world.store.object(KEY)?.bytes ?? []).toString()).toBe('theirs');
  expect(world.store.uploads()).toEqual([]);
});
