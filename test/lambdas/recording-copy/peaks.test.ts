/** What a waveform is drawn from is kept beside the audio, and never in its way. */
import { recordingCopy } from '../../../lambdas/recording-copy/recording-copy.ts';
import type { AudioFormat } from '../../../lambdas/shared/contract/settings.ts';
import type { TwilioRecording } from '../../../lambdas/shared/ports/twilio.ts';
import type { Peaks } from '../../../lambdas/shared/rules/audio/peaks.ts';
import { BUCKET, CALL, RECORDING, recordingRow, twilioRecording } from '../support/fixtures.ts';
import { mp3File } from '../support/mp3.ts';
import { audioOf } from '../support/scripted-twilio.ts';
import { brokenOff, wavFile } from '../support/wav.ts';
import { makeWorld, type World } from '../support/world.ts';

const FILE = wavFile({ seconds: 2 });
const MESSAGE = { callSid: CALL, recordingSid: RECORDING };

let world: World;
let kept: { readonly at: string; readonly peaks: Peaks; readonly isStored: boolean }[];
const peaks = {
  put: async (bucket: string, key: string, made: Peaks) => {
    const isStored = world.store.object(`recordings/${CALL}/${RECORDING}.wav`) !== undefined;
    kept.push({ at: `${bucket}/${key}`, peaks: made, isStored });
  },
};
beforeEach(async () => {
  world = makeWorld();
  kept = [];
  serve();
  await world.given(recordingRow());
});

function serve(file: Buffer = FILE, recording: Partial<TwilioRecording> = {}): void {
  const durationSeconds = 2;
  world.twilio.answer('recording', { kind: 'found', recording: twilioRecording({ durationSeconds, ...recording }) });
  world.twilio.answer('openAudio', () => audioOf(file));
}
const copy = (over: object = {}) => recordingCopy({ ...world, peaks, ...over }, MESSAGE, 1, 'message');

test('of a WAV, once its copy is verified; its row says so', async () => {
  expect(await copy()).toEqual({ outcome: 'done' });
  expect(kept).toEqual([
    {
      at: `${BUCKET}/peaks/${CALL}/${RECORDING}.json`,
      isStored: true,
      peaks: { durationSeconds: 2, channels: [expect.any(Array), expect.any(Array)] },
    },
  ]);
  expect(await world.recording()).toMatchObject({ state: 'stored', peaks: true });
});

test('not where they cannot be stored: the copy succeeds, and that is counted and logged', async () => {
  const put = async () => {
    throw new Error('SlowDown');
  };
  expect(await copy({ peaks: { put } })).toEqual({ outcome: 'done' });
  expect(await world.recording()).toMatchObject({ state: 'stored' });
  expect(await world.recording()).not.toHaveProperty('peaks');
  expect(world.log.counts).toEqual({ RecordingStored: 1, PeaksNotKept: 1 });
  expect(world.log.line('peaks_not_kept')).toMatchObject({ level: 'warn', ...MESSAGE });
});

test('not of encrypted audio', async () => {
  serve(FILE, { encryption: { publicKeySid: 'CR1', encryptedCek: 'Y2Vr', iv: 'aXY=' } });
  await copy();
  expect(kept).toEqual([]);
  expect(await world.recording()).toMatchObject({ state: 'stored' });
});

test('not of an MP3', async () => {
  const file = await mp3File({ seconds: 2 });
  serve(file);
  world.twilio.answer('openAudio', () => ({ ...audioOf(file), contentType: 'audio/mpeg' }));
  await copy({ audioFormat: 'mp3' satisfies AudioFormat });
  expect(kept).toEqual([]);
  expect(await world.recording()).toMatchObject({ state: 'stored' });
});

test('not of a copy that broke off', async () => {
  world.twilio.answer('openAudio', () => ({ ...audioOf(FILE), bytes: brokenOff(FILE, 20_000) }));
  await copy();
  expect(kept).toEqual([]);
  expect(await world.recording()).toMatchObject({ state: 'fallback' });
});
