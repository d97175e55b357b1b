/** With `startBy: "twiml"`, through the deployed template: one call, from its first second to the deletion at Twilio. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DEFAULT_DISCLAIMER, playableFile, readDisclaimer } from '../../../lib/steps/disclaimer.ts';
import { type System, startSystem } from '../../../local/system/system.ts';
import { toLineSamples } from '../../../local/twilio/audio/voice.ts';
import type { TwilioServerEvent } from '../../../local/twilio/server/events.ts';
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
const seen: TwilioServerEvent[] = [];
let system: System;

beforeAll(async () => {
  const hangUp = hangUpInSystem(dataDirectory);
  system = await startSystem({
    ...{ root: ROOT, port: 0, dataDirectory, assemblyDirectory: await sharedAssembly({ startBy: 'twiml' }) },
    ...{ keepAtTwilioSeconds: 1, scheduleSpeed: ONCE_SCHEDULE_SPEED, registrationDelay: () => 0 },
    environment: DIALLED_ON,
    onEvent: (event) => {
      if (event.kind === 'twilio') {
        callObserver.observe(event.event);
        seen.push(event.event);
      }
      hangUp(event);
    },
  });
});
afterAll(() => system.stop());

/** The two channels of a WAV file with a header of 44 bytes: the caller, and what the caller hears. */
function channelsOf(file: Buffer): [caller: Int16Array, heard: Int16Array] {
  expect([file.readUInt16LE(22), file.readUInt32LE(24)]).toEqual([2, 8000]);
  const frames = Math.floor((file.length - 44) / 4);
  const channel = (offset: number) =>
    Int16Array.from({ length: frames }, (_, at) => file.readInt16LE(44 + 4 * at + offset));
  return [channel(0), channel(2)];
}

/** Where `sound` begins in `channel`, to the sample; -1 where it is not there. */
function placeOf(sound: Int16Array, channel: Int16Array): number {
  const [whole, part] = [channel, sound].map(({ buffer, byteOffset, byteLength }) =>
    Buffer.from(buffer as ArrayBuffer, byteOffset, byteLength),
  ) as [Buffer, Buffer];
  const at = whole.indexOf(part);
  return at < 0 ? at : at / 2;
}

test('two channels with the disclaimer on them, and no message of a WebSocket', async () => {
  await warmUp(system.endpoints);
  const before = structuredClone(system.usage([]).messages);
  const { callSid, ended } = await system.placeCall(UNTIL_HUNG_UP);
  await ended;
  const rows = () => readRecordings(system, callSid);
  await until(async () => (await rows())[0]?.state === 'deleted', "Twilio's copy is deleted");

  const { findings, audio } = await checkCall(system, dataDirectory, callSid, callObserver.call(callSid));
  expect(findings.filter(({ seen: isSeen }) => !isSeen)).toEqual([]);
  expect(seen.filter(({ kind }) => kind.startsWith('stream-'))).toEqual([]);
  expect(system.usage([]).messages).toEqual(before);

  const { json } = await run(['calls', 'show', callSid, '--json', `--local=${dataDirectory}`]);
  expect(json.call).toMatchObject({ state: 'recording', startBy: 'twiml', attempts: 0 });
  expect(json.recordings).toMatchObject([{ madeBy: 'recorder', channels: 2, source: 'StartCallRecordingTwiML' }]);

  const [caller, heard] = channelsOf(readFileSync(audio?.file ?? ''));
  const { bytes } = playableFile(readDisclaimer(DEFAULT_DISCLAIMER));
  const disclaimer = toLineSamples(bytes, 'disclaimer');
  expect(placeOf(disclaimer, heard)).toBeGreaterThanOrEqual(0);
  expect(placeOf(disclaimer, caller)).toBe(-1);
});
