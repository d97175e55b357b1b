/** The whole system in this process: several calls at once, and calls of another Twilio than its own. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type System, startSystem } from '../../../local/system/system.ts';
import { type PlacedCall, startTwilioServer, type TwilioServer } from '../../../local/twilio/server/server.ts';
import { createCallObserver } from '../../../local/watch/call-observer.ts';
import { exportStoredAudio } from '../../../local/watch/stored-recordings.ts';
import { readRecordings } from '../../../local/watch/table-rows.ts';
import { sharedAssembly } from '../../lib/synthesized.ts';
import { DIALLED_ON, hangUpInSystem, hangUpWhenRecorded, UNTIL_HUNG_UP, warmUp } from '../steady-calls.ts';
import { temporaryDirectory, until } from '../support.ts';

const ROOT = join(import.meta.dirname, '..', '..', '..');

const CREDENTIALS = {
  accountSid: `AC${'a'.repeat(32)}`,
  authToken: 'b'.repeat(32),
  apiKeySid: `SK${'c'.repeat(32)}`,
  apiKeySecret: 'd'.repeat(32),
};
const dataDirectory = temporaryDirectory();
const otherDataDirectory = temporaryDirectory();
const common = { root: ROOT, port: 0, keepAtTwilioSeconds: 86_400, environment: DIALLED_ON };
const callObserver = createCallObserver((recordingSid) => system.audioAtTwilio(recordingSid));
/** Has a Twilio of its own. */
let system: System;
/** Has none: `otherTwilio` stands for a real account behind a tunnel. */
let otherSystem: System;
let otherTwilio: TwilioServer;
/** Goes on while the other calls do. */
let otherCall: PlacedCall;

beforeAll(async () => {
  const assemblyDirectory = await sharedAssembly();
  const hangUp = hangUpInSystem(dataDirectory);
  system = await startSystem({
    ...common,
    dataDirectory,
    assemblyDirectory,
    onEvent: (event) => {
      if (event.kind === 'twilio') callObserver.observe(event.event);
      hangUp(event);
    },
  });
  otherTwilio = await startTwilioServer({
    port: 0,
    dataDirectory: temporaryDirectory(),
    credentials: CREDENTIALS,
    registrationDelay: () => 0,
    onEvent: hangUpWhenRecorded(() => ({ ...CREDENTIALS, url: otherTwilio.url })),
  });
  otherSystem = await startSystem({
    ...common,
    dataDirectory: otherDataDirectory,
    assemblyDirectory,
    twilio: { ...CREDENTIALS, apiUrl: otherTwilio.url },
  });
  await Promise.all([warmUp(system.endpoints), warmUp(otherSystem.endpoints)]);
  const { voiceUrl } = otherSystem.endpoints;
  otherCall = await otherTwilio.placeCall({ voiceUrl, ...UNTIL_HUNG_UP });
});
afterAll(() => Promise.all([system.stop(), otherSystem.stop().then(() => otherTwilio.close())]));

describe('several calls at once', () => {
  test('tells where everything is', () => {
    const { endpoints } = system;
    expect(JSON.parse(readFileSync(join(dataDirectory, 'endpoints.json'), 'utf8'))).toEqual(endpoints);
    expect(endpoints.voiceUrl).toBe(`${endpoints.http}/voice`);
    expect(endpoints.webSocket).toBe(endpoints.http.replace('http', 'ws'));
    expect(endpoints.aws).toMatchObject({
      region: 'us-east-1',
      endpoints: { s3: expect.stringContaining('127.0.0.1') },
    });
    expect(Object.keys(endpoints.queues)).toContainEqual(expect.stringMatching(/recording-start$/));
  });

  /** One recording, started no sooner than after a second, and stored as Twilio has it. */
  async function expectRecordedOnce({ callSid, ended }: PlacedCall): Promise<void> {
    await ended;
    const rows = () => readRecordings(system, callSid);
    await until(async () => (await rows())[0]?.state === 'stored', `${callSid} is stored`);
    const seen = callObserver.call(callSid);
    const [recordingSid = ''] = seen.recordingSids;
    expect(seen.recordingSids).toHaveLength(1);
    expect((seen.startRequests[0]?.at ?? 0) - (seen.startSentAt ?? Number.NaN)).toBeGreaterThanOrEqual(1000);
    expect(await rows()).toMatchObject([{ recordingSid, state: 'stored' }]);
    const audio = await exportStoredAudio(system, dataDirectory, callSid, recordingSid);
    expect(audio?.sha256).toBe(await seen.audio.get(recordingSid));
  }

  test('ten at once: each gets exactly one recording, whenever Twilio registers it, and an identical copy', async () => {
    const delays = [200, 1500, 4000];
    const late = await system.placeCall({ registrationDelay: 20_000, ...UNTIL_HUNG_UP });
    const others = await Promise.all(
      Array.from({ length: 9 }, (_, index) =>
        system.placeCall({ registrationDelay: delays[index % delays.length] ?? 0, ...UNTIL_HUNG_UP }),
      ),
    );
    for (const call of [...others, late]) await expectRecordedOnce(call);
  });

  test('strangers are refused', async () => {
    const forged = { 'x-twilio-signature': 'forged' };
    const reply = await fetch(system.endpoints.voiceUrl, {
      method: 'POST',
      headers: forged,
      body: new URLSearchParams({ a: 'b' }),
    });
    expect(reply.status).toBe(403);
  });
});

describe('with another Twilio than its own', () => {
  test('a call is recorded', async () => {
    const { callSid, ended } = otherCall;
    await ended;
    await until(
      async () => (await readRecordings(otherSystem, callSid))[0]?.state === 'stored',
      'the recording is stored',
    );
  });

  test('no credential of the account is written down for scripts', async () => {
    expect(otherSystem.twilio).toBeUndefined();
    await expect(otherSystem.placeCall()).rejects.toThrow(/dial its number/);
    const text = readFileSync(join(otherDataDirectory, 'endpoints.json'), 'utf8');
    expect(JSON.parse(text).twilio).toEqual({
      url: otherTwilio.url,
      simulated: false,
      accountSid: CREDENTIALS.accountSid,
    });
    expect(text).not.toContain(CREDENTIALS.authToken);
    expect(text).not.toContain(CREDENTIALS.apiKeySecret);
  });
});
