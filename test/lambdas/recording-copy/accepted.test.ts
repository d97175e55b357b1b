/** Audio that was refused, and that an operator has accepted by the name of its recording. */
import { recordingCopy } from '../../../lambdas/recording-copy/recording-copy.ts';
import { fromItem, toItem } from '../../../lambdas/shared/adapters/aws/table-items.ts';
import type { OpenedAudio } from '../../../lambdas/shared/ports/twilio.ts';
import { storyOfRecording } from '../../../lambdas/shared/rules/call/story.ts';
import { acceptAudio, whyNotAcceptable } from '../../../lambdas/shared/rules/recording/accepted.ts';
import { toIso } from '../../../lambdas/shared/rules/values/instant.ts';
import { CALL, RECORDING, recordingRow, twilioRecording } from '../support/fixtures.ts';
import { mp3File } from '../support/mp3.ts';
import { audioOf } from '../support/scripted-twilio.ts';
import { NOON } from '../support/time.ts';
import { brokenOff, inChunks, wavFile } from '../support/wav.ts';
import { makeWorld, type World } from '../support/world.ts';

const REASON = 'Heard it at Twilio: whole, in one channel.';
const FILE = wavFile();

let world: World;
beforeEach(() => {
  world = makeWorld();
  world.twilio.answer('recording', { kind: 'found', recording: twilioRecording() });
});

const refused = (reason: string) => recordingRow({ state: 'fallback', attempts: 9, reason });
/** Copies an accepted recording, and tells what the row says then. */
async function copied(bytes: Buffer, over: Partial<OpenedAudio> = {}, reason = 'duration-differs') {
  await world.given({ ...acceptAudio(refused(reason), REASON, NOON), version: 1, writer: 'fixture' });
  world.twilio.answer('openAudio', () => ({ ...audioOf(bytes), ...over }));
  await recordingCopy(world, { callSid: CALL, recordingSid: RECORDING }, 1, 'message');
  return world.recording();
}

test.each<[string, Buffer, Partial<OpenedAudio>]>([
  ['duration-differs', wavFile({ seconds: 30 }), {}],
  ['channels-differ', wavFile({ channels: 1 }), {}],
  ['riff-length-differs', wavFile({ riffLength: 123_456 }), {}],
  ['data-length-differs', wavFile({ dataLength: 123_456 }), {}],
  ['not-a-wav-file', Buffer.from('fLaC, which is no WAV file'), {}],
  ['content-type-is-not-audio', FILE, { contentType: 'application/octet-stream' }],
])('%s is noted, and the audio is stored', async (reason, bytes, over) => {
  const row = await copied(bytes, over, reason);
  expect(row).toMatchObject({
    state: 'stored',
    slips: [reason],
    accepted: { reason: REASON, at: NOON },
    stored: { bytes: bytes.length },
    waiting: { next: 'delete' },
  });
  expect(world.log.line('recording_accepted')).toMatchObject({
    level: 'warn',
    recordingSid: RECORDING,
    reason: REASON,
  });
  expect(world.log.line('audio_container_slip')).toMatchObject({ reason });
});

test('an MP3 too', async () => {
  world.audioFormat = 'mp3';
  const strange = Buffer.concat([await mp3File(), Buffer.from('strange'), await mp3File()]);
  expect(await copied(strange, { contentType: 'audio/mpeg' })).toMatchObject({
    state: 'stored',
    slips: ['bytes-beside-frames'],
  });
});

test('encrypted audio in chunks, of which no length is known', async () => {
  const encryption = { publicKeySid: 'CR1', encryptedCek: 'cek', iv: 'iv' };
  world.twilio.answer('recording', { kind: 'found', recording: twilioRecording({ encryption }) });
  const { contentLength: _none, ...opened } = audioOf(Buffer.from('\u0080noise', 'latin1'));
  await world.given({ ...acceptAudio(refused('length-unknown'), REASON, NOON), version: 1, writer: 'fixture' });
  world.twilio.answer('openAudio', () => ({ ...opened, endIsMarked: true }));
  await recordingCopy(world, { callSid: CALL, recordingSid: RECORDING }, 1, 'message');
  expect(await world.recording()).toMatchObject({ state: 'stored', slips: ['length-unknown'], encryption });
});

test.each<[string, Buffer, Partial<OpenedAudio>, string]>([
  ['fewer bytes than it says', FILE.subarray(0, 9000), { contentLength: FILE.length }, 'truncated'],
  ['a connection that breaks', FILE, { bytes: brokenOff(FILE, 9000) }, 'error: ConnectionBroken'],
  ['nothing', Buffer.alloc(0), {}, 'no-audio'],
  ['a page of HTML', FILE, { contentType: 'text/html' }, 'content-type-is-not-audio'],
  ['XML that says it is audio', Buffer.from('\n <TwilioResponse/>'), {}, 'error-page'],
  ['JSON that says it is audio', Buffer.from('{"code":20404}'), {}, 'error-page'],
])('it is still refused with %s', async (_what, bytes, over, reason) => {
  expect(await copied(bytes, over)).toMatchObject({ state: 'fallback', reason, accepted: { reason: REASON } });
  expect(world.store.keys()).toEqual([]);
});

test('it is still refused where nothing tells the end from a broken connection', async () => {
  const bytes = wavFile({ riffLength: 0xffffffff });
  await world.given({ ...acceptAudio(refused('length-unknown'), REASON, NOON), version: 1, writer: 'fixture' });
  const { contentLength: _none, ...opened } = audioOf(bytes, { bytes: inChunks(bytes) });
  world.twilio.answer('openAudio', () => opened);
  await recordingCopy(world, { callSid: CALL, recordingSid: RECORDING }, 1, 'message');
  expect(await world.recording()).toMatchObject({ state: 'fallback', reason: 'length-unknown' });
});

test('of an accepted recording that has no slip, none is noted', async () => {
  const row = await copied(FILE);
  expect(row).toMatchObject({ state: 'stored', accepted: { reason: REASON } });
  expect(row).not.toHaveProperty('slips');
});

test('it is due at once, and its story says for good who accepted it and why', async () => {
  const row = { ...acceptAudio(refused('channels-differ'), REASON, NOON), version: 1, writer: 'fixture' };
  expect(row).toMatchObject({ state: 'fallback', waiting: { next: 'copy', due: NOON } });
  expect(fromItem(toItem(row))).toEqual(row);
  expect(storyOfRecording(row)).toMatchObject({ accepted: { reason: REASON, at: toIso(NOON) } });
});

test('while a copy is under way, that one ends first', () => {
  const claim = { owner: 'other', until: NOON + 1 };
  const waiting = { next: 'copy', due: NOON + 1 } as const;
  expect(acceptAudio({ ...refused('channels-differ'), claim, waiting }, REASON, NOON)).toMatchObject({
    claim,
    waiting,
  });
});

test.each([
  ['duration-differs', undefined],
  ['content-type-is-not-audio', undefined],
  ['length-unknown', undefined],
  ['audio: status 404', /was not refused for its audio.*audio: status 404/],
  ['error: AccessDenied', /was not refused for its audio/],
])('what was refused with "%s" may be accepted, or not', (reason, why) => {
  const found = whyNotAcceptable(refused(reason));
  if (why) expect(found).toMatch(why);
  else expect(found).toBeUndefined();
});

test.each(['in-progress', 'completed', 'stored', 'deleting', 'deleted', 'absent', 'failed'] as const)(
  'what is %s needs no acceptance',
  (state) => {
    expect(whyNotAcceptable(recordingRow({ state, reason: 'duration-differs' }))).toContain(state);
  },
);
