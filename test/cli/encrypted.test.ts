/** `recordings download` of an encrypted recording that is at Twilio only: its row does not know yet that it is encrypted. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CALL, RECORDING, recordingRow } from '../lambdas/support/fixtures.ts';
import { bytes, json, startAtTwilio } from './at-twilio.ts';
import { run } from './support.ts';

const NOISE = Buffer.from('no WAV file, but noise: \u0080', 'latin1');
const RESOURCE = { sid: RECORDING, call_sid: CALL, status: 'completed', source: 'x', channels: 2, duration: '3' };
const DETAILS = { encryption_public_key_sid: 'CR1', encryption_cek: 'Y2Vr', encryption_iv: 'aXY=' };

let system: Awaited<ReturnType<typeof startAtTwilio>>;
let file: string;
beforeAll(async () => {
  system = await startAtTwilio();
  file = join(system.directory, 'audio.wav');
  const known = { channels: 2, durationSeconds: 3, attempts: 1 };
  await system.table.write(recordingRow({ state: 'fallback', reason: 'audio: status 503', ...known }), undefined);
});
afterAll(() => system.close());

const download = (...more: string[]) =>
  run(['recordings', 'download', RECORDING, '--to', file, '--overwrite', system.local, ...more]);

test.each([[], ['--call', CALL]])('comes as it is, with what it is decrypted by: %j', async (...more) => {
  system.replies.resource = json({ ...RESOURCE, encryption_details: DETAILS });
  system.replies.audio = bytes(NOISE, 'application/octet-stream');
  const { exit, out, err } = await download(...more);
  expect([exit, err.replace(/Downloading.*\n?/g, '')]).toEqual([0, '']);
  expect(readFileSync(file).equals(NOISE)).toBe(true);
  expect(out).toMatch(/encrypted.*CR1.*Y2Vr.*aXY=/s);
  const { json: told } = await download(...more, '--json');
  expect(told.encryption).toEqual({ publicKeySid: 'CR1', encryptedCek: 'Y2Vr', iv: 'aXY=' });
});

describe('writes nothing', () => {
  beforeEach(() => {
    system.replies.audio = bytes(NOISE, 'application/octet-stream');
  });

  test.each<[string, () => void, RegExp]>([
    [
      'where an error page comes instead',
      () => {
        system.replies.resource = json({ ...RESOURCE, encryption_details: DETAILS });
        system.replies.audio = bytes(Buffer.from('<html/>'), 'text/html');
      },
      /content-type-is-not-audio/,
    ],
    [
      'where nobody can say what it is decrypted by',
      () => {
        system.replies.resource = json({ ...RESOURCE, encryption_details: { type: 'new' } });
      },
      /not-a-wav-file.*Twilio did not say whether it is encrypted.*UnreadableReply.*curl.*\.json/s,
    ],
    [
      'where it is not encrypted, and no WAV file',
      () => {
        system.replies.resource = json({ ...RESOURCE, encryption_details: null });
      },
      /content-type-is-not-audio/,
    ],
  ])('%s', async (_what, given, message) => {
    given();
    file = join(system.directory, 'nothing.wav');
    const { exit, err } = await download('--call', CALL);
    const partial = readdirSync(system.directory).filter((name) => name.endsWith('.partial'));
    expect([exit, existsSync(file), partial]).toEqual([1, false, []]);
    expect(err).toMatch(message);
  });
});
