/** Recordings that are kept as MP3, by the option `audioFormat`. */
import { recordingCopy } from '../../../lambdas/recording-copy/recording-copy.ts';
import type { OpenedAudio, TwilioRecording } from '../../../lambdas/shared/ports/twilio.ts';
import { CALL, callRow, RECORDING, recordingRow, twilioRecording } from '../support/fixtures.ts';
import { frameOffsets, mp3File } from '../support/mp3.ts';
import { audioOf, NOT_FOUND } from '../support/scripted-twilio.ts';
import { NOON } from '../support/time.ts';
import { brokenOff, inChunks, wavFile } from '../support/wav.ts';
import { makeWorld, type World } from '../support/world.ts';

const KEY = `recordings/${CALL}/${RECORDING}`;
const ENCRYPTION = { publicKeySid: 'CR1', encryptedCek: 'Y2Vr', iv: 'aXY=' };
/** As Twilio refuses MP3 of what is encrypted: https://www.twilio.com/docs/api/errors/16109 (the status is unconfirmed). */
const REFUSED = { kind: 'refused', status: 400, reason: 'status 400' } as const;
const MESSAGE = { callSid: CALL, recordingSid: RECORDING };

let file: Buffer;
let world: World;
beforeAll(async () => {
  file = await mp3File();
});
beforeEach(async () => {
  world = makeWorld();
  world.audioFormat = 'mp3';
  serve();
  await world.given(recordingRow({ channels: 2, durationSeconds: 1 }));
});

/** Twilio has the recording, and sends its audio in chunks, without a length. */
function serve(recording: Partial<TwilioRecording> = {}, audio: Partial<OpenedAudio> = {}): void {
  world.twilio.answer('recording', { kind: 'found', recording: twilioRecording(recording) });
  const { contentLength: _none, ...opened } = audioOf(file, { contentType: 'audio/mpeg', endIsMarked: true });
  world.twilio.answer('openAudio', () => ({ ...opened, bytes: inChunks(file, [1, 1000]), ...audio }));
}
const copy = () => recordingCopy(world, MESSAGE, 1, 'message');
const lastRequest = () => world.twilio.requests.at(-1)?.request;

test('is asked for, stored and noted as MP3', async () => {
  expect(await copy()).toEqual({ outcome: 'done' });
  expect(lastRequest()).toEqual([RECORDING, 2, 'mp3']);
  const object = world.store.object(`${KEY}.mp3`);
  expect([object?.contentType, Buffer.from(object?.bytes ?? []).equals(file)]).toEqual(['audio/mpeg', true]);
  expect(await world.recording()).toMatchObject({
    state: 'stored',
    stored: { key: `${KEY}.mp3`, bytes: file.length, contentType: 'audio/mpeg' },
    waiting: { next: 'delete' },
  });
  expect(world.store.keys()).toEqual([`${KEY}.mp3`]);
});

test('passes by the length of the reply, where Twilio says one', async () => {
  const { endIsMarked: _none, ...opened } = audioOf(file, { contentType: 'audio/mpeg' });
  world.twilio.answer('openAudio', () => opened);
  await copy();
  expect((await world.recording()).stored?.key).toBe(`${KEY}.mp3`);
});

describe('an encrypted recording', () => {
  const noise = Buffer.from('no frames, but noise: \u0080', 'latin1');

  test('is kept as WAV: Twilio makes no MP3 of it', async () => {
    serve({ encryption: ENCRYPTION });
    world.twilio.answer('openAudio', (_sid, _channels, format) => (format === 'wav' ? audioOf(noise) : REFUSED));
    await copy();
    expect(lastRequest()).toEqual([RECORDING, 2, 'wav']);
    expect(await world.recording()).toMatchObject({
      state: 'stored',
      encryption: ENCRYPTION,
      stored: { key: `${KEY}.wav`, contentType: 'audio/x-wav', bytes: noise.length },
    });
    expect(world.store.keys()).toEqual([`${KEY}.wav`]);
  });

  test('whose resource is unavailable is refused as MP3, and kept as WAV once it is', async () => {
    world.twilio.answer('recording', NOT_FOUND, {
      kind: 'found',
      recording: twilioRecording({ encryption: ENCRYPTION }),
    });
    world.twilio.answer('openAudio', (_sid, _channels, format) => (format === 'wav' ? audioOf(noise) : REFUSED));
    await copy();
    expect(await world.recording()).toMatchObject({ state: 'fallback', reason: 'audio: status 400' });
    expect(world.store.keys()).toEqual([]);
    await copy();
    expect(await world.recording()).toMatchObject({
      state: 'stored',
      stored: { key: `${KEY}.wav` },
      encryption: ENCRYPTION,
    });
  });

  test('whose resource is unavailable, and which comes as noise all the same, is not kept', async () => {
    world.twilio.answer('recording', NOT_FOUND);
    world.twilio.answer('openAudio', () => audioOf(noise, { contentType: 'audio/mpeg' }));
    await copy();
    expect(await world.recording()).toMatchObject({ state: 'fallback', reason: 'not-an-mp3-file' });
    expect(world.store.keys()).toEqual([]);
  });
});

test('a recording whose resource is unavailable is kept as what is wanted', async () => {
  world.twilio.answer('recording', NOT_FOUND);
  await copy();
  expect(lastRequest()).toEqual([RECORDING, 2, 'mp3']);
  expect((await world.recording()).stored?.key).toBe(`${KEY}.mp3`);
});

test.each<[string, () => Partial<OpenedAudio>, string]>([
  ['a WAV file', () => ({ bytes: inChunks(wavFile()) }), 'not-an-mp3-file'],
  ['an error page', () => ({ contentType: 'text/html' }), 'content-type-is-not-audio'],
  ['an error page that says it is audio', () => ({ bytes: inChunks(Buffer.from('<html/>')) }), 'not-an-mp3-file'],
  ['nothing', () => ({ bytes: inChunks(Buffer.alloc(0)) }), 'no-audio'],
  ['half a frame at its end', () => ({ bytes: inChunks(file.subarray(0, file.length - 7)) }), 'truncated'],
  [
    'a break between two frames',
    () => ({ bytes: brokenOff(file, frameOffsets(file)[3] ?? 0) }),
    'error: ConnectionBroken',
  ],
  ['no mark of its end, and no length', () => ({ endIsMarked: false }), 'length-unknown'],
  ['fewer bytes than it said', () => ({ contentLength: file.length + 1 }), 'truncated'],
])('with %s it is the fallback, and nothing is stored', async (_what, audio, reason) => {
  serve({}, audio());
  await copy();
  expect(await world.recording()).toMatchObject({ state: 'fallback', reason });
  expect(world.store.keys()).toEqual([]);
});

test('of other channels, or another duration, it is the fallback', async () => {
  serve({ channels: 1 });
  await copy();
  expect((await world.recording()).reason).toBe('channels-differ');
  serve({ durationSeconds: 60 });
  await copy();
  expect((await world.recording()).reason).toBe('duration-differs');
  expect(world.store.keys()).toEqual([]);
});

describe('with a canary', () => {
  const canary = { from: '+15005550006', to: '+15005550010', everyMinutes: 60 };
  const copyWith = (of: World) => recordingCopy({ ...of, canary }, MESSAGE, 1, 'message');

  test('its recording is stored as WAV, in the place that expires', async () => {
    const wav = wavFile({ seconds: 1, channels: 2 });
    serve({}, { ...audioOf(wav), bytes: inChunks(wav, [1000]) });
    const { startedAt: _none, ...call } = callRow({ state: 'recording', canary: true, answeredAt: NOON });
    await world.given(call);
    expect(await copyWith(world)).toEqual({ outcome: 'done' });
    expect(lastRequest()).toEqual([RECORDING, 2, 'wav']);
    const key = `recordings/canary/2026-03-01/${CALL}/${RECORDING}.wav`;
    expect((await world.recording()).stored?.key).toBe(key);
  });

  test('every other recording is stored as ever', async () => {
    await world.given(callRow({ state: 'recording' }));
    expect(await copyWith(world)).toEqual({ outcome: 'done' });
    expect((await world.recording()).stored?.key).toBe(`${KEY}.mp3`);
  });
});
