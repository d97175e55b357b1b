/** The whole system in this process, with several calls. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { exportStoredAudio, readRecordingRows } from '../../local/stored-recordings.ts';
import { type System, startSystem } from '../../local/system.ts';
import { createWitness } from '../../local/witness.ts';
import { temporaryDirectory, until } from './support.ts';

const ROOT = join(import.meta.dirname, '..', '..');

describe('several calls at once', () => {
  let system: System;
  const dataDirectory = temporaryDirectory();
  const witness = createWitness((recordingSid) => system.twilio?.media(recordingSid));

  beforeAll(async () => {
    system = await startSystem({
      root: ROOT,
      port: 0,
      dataDirectory,
      keepAtTwilioSeconds: 86_400,
      onEvent: (event) => {
        if (event.kind === 'twilio') witness.observe(event.event);
      },
    });
  }, 30_000);
  afterAll(() => system.stop());

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

  test('each gets exactly one recording, whenever Twilio registers it, and an identical copy', async () => {
    const delays = [200, 1500, 4000];
    const calls = await Promise.all(
      delays.map((registrationDelay) => system.placeCall({ registrationDelay, hangUpAfterMs: 6500 })),
    );
    await Promise.all(calls.map(({ ended }) => ended));
    for (const { callSid } of calls) {
      const rows = () => readRecordingRows(system, callSid);
      await until(async () => (await rows())[0]?.state === 'stored', `${callSid} is stored`, 15_000);
      const seen = witness.call(callSid);
      const [recordingSid = ''] = seen.recordingSids;
      expect(seen.recordingSids).toHaveLength(1);
      expect((seen.startRequests[0]?.at ?? 0) - (seen.startSentAt ?? Number.NaN)).toBeGreaterThanOrEqual(1000);
      expect(await rows()).toMatchObject([{ recordingSid, state: 'stored' }]);
      const audio = await exportStoredAudio(system, dataDirectory, callSid, recordingSid);
      expect(audio?.sha256).toBe(await seen.audio.get(recordingSid));
    }
  }, 40_000);

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
