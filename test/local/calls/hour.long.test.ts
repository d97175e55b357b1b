/**
 * A recording of an hour, copied by the deployed bundle: identical, and in constant memory.
 *
 * In the long tests: it moves 115 MB through Twilio, function and bucket, while the copy itself, part by part, is tested in a second by
 * `test/lambdas/recording-copy/` and by the calls beside this file.
 */
import { closeSync, ftruncateSync, openSync, readFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { HTTP_PATHS } from '../../../lambdas/shared/contract/http.ts';
import { type System, startSystem } from '../../../local/system/system.ts';
import { wavHeader } from '../../../local/twilio/audio/wav.ts';
import { exportStoredAudio } from '../../../local/watch/stored-recordings.ts';
import { readRecordings } from '../../../local/watch/table-rows.ts';
import { sharedAssembly } from '../../lib/synthesized.ts';
import { DIALLED_ON, hangUpInSystem, UNTIL_HUNG_UP, warmUp } from '../steady-calls.ts';
import { temporaryDirectory, until } from '../support.ts';

const dataDirectory = temporaryDirectory();
const BYTES_PER_SECOND = 32_000;
const GROWTH_MAX_MB = 64;
let system: System;

beforeAll(async () => {
  const root = join(import.meta.dirname, '..', '..', '..');
  system = await startSystem({
    ...{ root, port: 0, dataDirectory, keepAtTwilioSeconds: 86_400 },
    ...{ assemblyDirectory: await sharedAssembly(), environment: DIALLED_ON, onEvent: hangUpInSystem(dataDirectory) },
  });
});
afterAll(() => system.stop());

/** Two channels of silence, as a sparse file. */
function writeHour(path: string): void {
  const length = 3600 * BYTES_PER_SECOND;
  const header = wavHeader(2, length);
  const file = openSync(path, 'w');
  writeSync(file, header);
  ftruncateSync(file, header.length + length);
  closeSync(file);
}

/** Peak resident memory of the process in MB; `undefined` where the system does not tell. */
function peakMemory(processId: number): number | undefined {
  try {
    const [, kilobytes] = /VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${processId}/status`, 'utf8')) ?? [];
    return Number(kilobytes) / 1024;
  } catch {
    // Only Linux keeps a process's peak where others can read it; elsewhere the copy itself is tested.
    return undefined;
  }
}

async function recorded(callSid: string, recordings: number): Promise<void> {
  const stored = async () => (await readRecordings(system, callSid)).filter(({ state }) => state === 'stored');
  await until(async () => (await stored()).length === recordings, `${recordings} are stored`);
}

test('an hour on two channels is copied as it is, with less than 64 MB more memory than a few seconds', async () => {
  await warmUp(system.endpoints);
  const call = await system.placeCall({ registrationDelay: 0, ...UNTIL_HUNG_UP });
  await call.ended;
  await recorded(call.callSid, 1);
  const [processId = 0] = system.functions.processIds(system.functionOfStep('recording-copy'));
  const before = peakMemory(processId);

  const wav = join(dataDirectory, 'hour.wav');
  writeHour(wav);
  const statusCallback = system.endpoints.http + HTTP_PATHS.recordingCallback;
  const recordingSid = await system.twilio?.importRecording({ callSid: call.callSid, wav, statusCallback });
  await recorded(call.callSid, 2);
  const after = peakMemory(processId);

  const audio = await exportStoredAudio(system, dataDirectory, call.callSid, recordingSid ?? '');
  expect(audio?.bytes).toBe(44 + 3600 * BYTES_PER_SECOND);
  const stored = readFileSync(join(dataDirectory, 'recordings', `${recordingSid}.wav`));
  expect(stored.equals(readFileSync(wav))).toBe(true);
  if (before !== undefined && after !== undefined) expect(after - before).toBeLessThan(GROWTH_MAX_MB);
});
