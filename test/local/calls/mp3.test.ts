/** With `audioFormat: "mp3"`, through the deployed template: one call, from its first second to the deletion at Twilio. */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { HeadObjectCommand } from '@aws-sdk/client-s3';
import { Mp3Frames } from '../../../lambdas/shared/rules/audio/mp3-frames.ts';
import { type System, startSystem } from '../../../local/system/system.ts';
import { checkCall } from '../../../local/watch/call-check.ts';
import { createCallObserver } from '../../../local/watch/call-observer.ts';
import { ONCE_SCHEDULE_SPEED } from '../../../local/watch/once.ts';
import { readRecordings } from '../../../local/watch/table-rows.ts';
import { run } from '../../cli/support.ts';
import { sharedAssembly } from '../../lib/synthesized.ts';
import { DIALLED_ON, hangUpInSystem, UNTIL_HUNG_UP, warmUp } from '../steady-calls.ts';
import { temporaryDirectory, until } from '../support.ts';

const ROOT = join(import.meta.dirname, '..', '..', '..');
const dataDirectory = temporaryDirectory();
const callObserver = createCallObserver((recordingSid) => system.audioAtTwilio(recordingSid));
let system: System;

beforeAll(async () => {
  const hangUp = hangUpInSystem(dataDirectory);
  const assemblyDirectory = await sharedAssembly({ audioFormat: 'mp3' });
  system = await startSystem({
    ...{ root: ROOT, port: 0, dataDirectory, assemblyDirectory },
    ...{ keepAtTwilioSeconds: 1, scheduleSpeed: ONCE_SCHEDULE_SPEED, registrationDelay: () => 0 },
    environment: DIALLED_ON,
    onEvent: (event) => {
      if (event.kind === 'twilio') callObserver.observe(event.event);
      hangUp(event);
    },
  });
});
afterAll(() => system.stop());

test('the MP3 that Twilio serves is in S3, byte for byte, and then deleted at Twilio', async () => {
  await warmUp(system.endpoints);
  const { callSid, ended } = await system.placeCall(UNTIL_HUNG_UP);
  await ended;
  const rows = () => readRecordings(system, callSid);
  await until(async () => (await rows())[0]?.state === 'deleted', "Twilio's copy is deleted");

  const { findings, audio, stored, recordingSid } = await checkCall(
    system,
    dataDirectory,
    callSid,
    callObserver.call(callSid),
  );
  expect(findings.filter(({ seen }) => !seen)).toEqual([]);
  expect(stored?.key).toBe(`recordings/${callSid}/${recordingSid}.mp3`);
  expect(audio?.file).toMatch(/\.mp3$/);
  const head = await system.clients.s3.send(new HeadObjectCommand({ Bucket: stored?.bucket, Key: stored?.key }));
  expect(head.ContentType).toBe('audio/mpeg');
  const file = readFileSync(audio?.file ?? '');
  const mp3 = new Mp3Frames();
  expect([mp3.read(file), mp3.end(), mp3.channels]).toEqual([undefined, undefined, 2]);

  // The operator gets it under a name that says what it is.
  const local = `--local=${dataDirectory}`;
  const { json } = await run(['calls', 'show', callSid, '--url', '--json', local]);
  const { searchParams } = new URL(json.recordings[0].playback.url);
  expect(searchParams.get('response-content-disposition')).toBe(`inline; filename="${recordingSid}.mp3"`);
  const folder = temporaryDirectory();
  const args = ['recordings', 'download', recordingSid ?? '', '--call', callSid, local];
  const { stdout, stderr } = spawnSync(process.execPath, [join(ROOT, 'cli', 'main.ts'), ...args], { cwd: folder });
  expect([String(stderr), String(stdout)]).toEqual([
    '',
    expect.stringMatching(`^${recordingSid}\\.mp3: .*, proven\\.`),
  ]);
  expect(readFileSync(join(folder, `${recordingSid}.mp3`)).equals(file)).toBe(true);
});
