/** What the copy does with whole audio in a container that does not say the truth. */
import { recordingCopy } from '../../../lambdas/recording-copy/recording-copy.ts';
import { fromItem, toItem } from '../../../lambdas/shared/adapters/aws/table-items.ts';
import type { OpenedAudio } from '../../../lambdas/shared/ports/twilio.ts';
import { storyOfRecording } from '../../../lambdas/shared/rules/call/story.ts';
import { CALL, RECORDING, recordingRow, twilioRecording } from '../support/fixtures.ts';
import { apeTag, mp3File } from '../support/mp3.ts';
import { audioOf } from '../support/scripted-twilio.ts';
import { wavFile } from '../support/wav.ts';
import { makeWorld, type World } from '../support/world.ts';

let world: World;
beforeEach(async () => {
  world = makeWorld();
  world.twilio.answer('recording', { kind: 'found', recording: twilioRecording() });
  await world.given(recordingRow());
});

const serve = (file: Buffer, over: Partial<OpenedAudio> = {}) =>
  world.twilio.answer('openAudio', () => ({ ...audioOf(file), ...over }));
const copy = () => recordingCopy(world, { callSid: CALL, recordingSid: RECORDING }, 1, 'message');

/** As ffmpeg writes into a pipe. */
const STREAMED = wavFile({ riffLength: 0xffffffff, dataLength: 0xffffffff });

test('a slip is noted in the row and logged, for good', async () => {
  serve(STREAMED);
  expect(await copy()).toEqual({ outcome: 'done' });
  const slips = ['riff-length-placeholder', 'data-length-placeholder'];
  const row = await world.recording();
  expect(row).toMatchObject({ state: 'stored', slips, stored: { bytes: STREAMED.length } });
  expect(fromItem(toItem(row))).toEqual(row);
  expect(storyOfRecording(row)).toMatchObject({ slips });
  expect(world.log.line('audio_container_slip')).toMatchObject({
    level: 'warn',
    callSid: CALL,
    recordingSid: RECORDING,
    reason: slips.join(', '),
  });
  expect(world.log.counts).toEqual({ RecordingStored: 1 });
});

test('audio in chunks, without a length, is whole where its end was marked', async () => {
  const { contentLength: _none, ...opened } = audioOf(STREAMED);
  world.twilio.answer('openAudio', () => ({ ...opened, endIsMarked: true }));
  await copy();
  expect(await world.recording()).toMatchObject({ state: 'stored' });
});

test('audio without a length and without a marked end stays the fallback', async () => {
  const { contentLength: _none, ...opened } = audioOf(STREAMED);
  world.twilio.answer('openAudio', () => opened);
  await copy();
  const row = await world.recording();
  expect(row).toMatchObject({ state: 'fallback', reason: 'length-unknown' });
  expect(row).not.toHaveProperty('slips');
  expect(world.log.events()).not.toContain('audio_container_slip');
});

test('an MP3 with a tag is kept with it', async () => {
  world.audioFormat = 'mp3';
  const tagged = Buffer.concat([await mp3File(), apeTag()]);
  serve(tagged, { contentType: 'audio/mpeg' });
  await copy();
  expect(await world.recording()).toMatchObject({ state: 'stored', slips: ['trailing-tag'] });
});

test('nothing is noted of a plain file', async () => {
  serve(wavFile());
  await copy();
  expect(await world.recording()).not.toHaveProperty('slips');
  expect(world.log.events()).not.toContain('audio_container_slip');
});
