/** Encrypted recordings, which nobody can look into on the way. */
import { recordingCopy } from '../../../lambdas/recording-copy/recording-copy.ts';
import type { OpenedAudio } from '../../../lambdas/shared/ports/twilio.ts';
import { CALL, RECORDING, recordingRow, twilioRecording } from '../support/fixtures.ts';
import { audioOf } from '../support/scripted-twilio.ts';
import { makeWorld, type World } from '../support/world.ts';

const ENCRYPTION = { publicKeySid: 'CR1', encryptedCek: 'Y2Vr', iv: 'aXY=' };
const NOISE = Buffer.from('no WAV file, but noise: \u0080', 'latin1');

let world: World;
beforeEach(async () => {
  world = makeWorld();
  await world.given(recordingRow());
});

/** Copies what Twilio serves, and tells what the row says then. */
async function copied(encrypted: boolean, over: Partial<OpenedAudio>) {
  const encryption = encrypted && { encryption: ENCRYPTION };
  world.twilio.answer('recording', { kind: 'found', recording: twilioRecording({ ...encryption }) });
  world.twilio.answer('openAudio', () => ({ ...audioOf(NOISE), ...over }));
  await recordingCopy(world, { callSid: CALL, recordingSid: RECORDING }, 1, 'message');
  return world.recording();
}

test.each(['audio/x-wav', 'application/octet-stream', 'binary/octet-stream', 'Application/Octet-Stream; x=y', 'x/y'])(
  'are kept as %s',
  async (contentType) => {
    const row = await copied(true, { contentType });
    expect(row).toMatchObject({
      state: 'stored',
      encryption: ENCRYPTION,
      stored: { contentType, bytes: NOISE.length },
    });
  },
);

test.each([
  'text/html',
  'text/plain; charset=utf-8',
  'application/json',
  'application/problem+json',
  'application/xml',
  'application/xhtml+xml',
  'APPLICATION/XML',
  '',
  'nonsense',
])('are not kept as "%s": that is an error page', async (contentType) => {
  const close = jest.fn();
  const row = await copied(true, { contentType, close });
  expect(row).toMatchObject({ state: 'fallback', reason: 'content-type-is-not-audio' });
  expect(close).toHaveBeenCalledTimes(1);
  expect(world.store.keys()).toEqual([]);
});

test.each([
  ['XML', '<?xml version="1.0"?><TwilioResponse><RestException><Code>20404</Code></RestException></TwilioResponse>'],
  ['JSON', '{"code": 20404, "message": "The requested resource was not found"}'],
  ['a short text', 'not found'],
  ['a text that comes byte by byte', 'Service Unavailable. '.repeat(10)],
])('are not kept as %s that says it is audio', async (what, page) => {
  const bytes = Buffer.from(page);
  async function* pieces() {
    if (what.endsWith('byte by byte')) for (const byte of bytes) yield Buffer.of(byte);
    else yield bytes;
  }
  const row = await copied(true, { contentType: 'audio/x-wav', contentLength: bytes.length, bytes: pieces() });
  expect(row).toMatchObject({ state: 'fallback', reason: 'error-page' });
  expect(world.store.keys()).toEqual([]);
});

test('others must say that they are audio', async () => {
  const row = await copied(false, { contentType: 'application/octet-stream' });
  expect(row).toMatchObject({ state: 'fallback', reason: 'content-type-is-not-audio' });
});
