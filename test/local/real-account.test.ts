/** The system without its own Twilio, against a server that speaks Twilio's API: as with a real account and a tunnel. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readRecordingRows } from '../../local/stored-recordings.ts';
import { type System, startSystem } from '../../local/system.ts';
import { startTwilioServer, type TwilioServer } from '../../local/twilio/server.ts';
import { temporaryDirectory, until } from './support.ts';

const CREDENTIALS = {
  accountSid: `AC${'a'.repeat(32)}`,
  authToken: 'b'.repeat(32),
  apiKeySid: `SK${'c'.repeat(32)}`,
  apiKeySecret: 'd'.repeat(32),
};
const dataDirectory = temporaryDirectory();
let twilio: TwilioServer;
let system: System;

beforeAll(async () => {
  twilio = await startTwilioServer({
    port: 0,
    dataDirectory: temporaryDirectory(),
    credentials: CREDENTIALS,
    registrationDelay: () => 0,
  });
  system = await startSystem({
    root: join(import.meta.dirname, '..', '..'),
    port: 0,
    dataDirectory,
    keepAtTwilioSeconds: 86_400,
    twilio: { ...CREDENTIALS, apiUrl: twilio.url },
  });
}, 30_000);
afterAll(async () => {
  await system.stop();
  await twilio.close();
});

test('a call of the account is recorded', async () => {
  const { callSid, ended } = await twilio.placeCall({ voiceUrl: system.endpoints.voiceUrl, hangUpAfterMs: 3000 });
  await ended;
  await until(
    async () => (await readRecordingRows(system, callSid))[0]?.state === 'stored',
    'the recording is stored',
    10_000,
  );
}, 20_000);

test('no Twilio of its own runs, and no credential of the account is written down for scripts', async () => {
  expect(system.twilio).toBeUndefined();
  await expect(system.placeCall()).rejects.toThrow(/dial its number/);
  const text = readFileSync(join(dataDirectory, 'endpoints.json'), 'utf8');
  expect(JSON.parse(text).twilio).toEqual({ url: twilio.url, simulated: false, accountSid: CREDENTIALS.accountSid });
  expect(text).not.toContain(CREDENTIALS.authToken);
  expect(text).not.toContain(CREDENTIALS.apiKeySecret);
});
