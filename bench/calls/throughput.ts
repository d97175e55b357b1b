/** Row 16: calls through the whole local system, against its emulators under the same requests from one client. */
import { setTimeout as sleep } from 'node:timers/promises';
import { ListObjectsV2Command } from '@aws-sdk/client-s3';
import { HTTP_PATHS } from '../../lambdas/shared/contract/http.ts';
import type { System } from '../../local/system/system.ts';
import type { BenchContext, Group } from '../group.ts';
import { atLeast, type Measurement, measured, spread } from '../report/measurement.ts';
import { countsOfCall, type RequestsOfCall, replayCalls } from './emulator-load.ts';
import { ACCOUNT, callSidOf, preciseNow, recordingOf } from './fast-twilio.ts';
import { createPoster, type Poster } from './http-load.ts';
import { type LoadedSystem, within, withSystem } from './loaded-system.ts';

export const throughput: Group = { name: 'throughput', rows: [16], run };

/** Calls at a time: each waits a second before it is recorded, so it takes more of them than there is work for. */
const AT_ONCE = 48;
const BACKGROUND = ['sweep', 'reconcile', 'announce'];

async function run(context: BenchContext): Promise<readonly Measurement[]> {
  const total = context.quick ? 10 : 300;
  return withSystem(context, 'throughput', {}, async (loaded) => {
    const poster = createPoster(loaded.system.endpoints.http);
    context.tell('warming up');
    await runCalls(loaded, poster, 'warm-up', context.quick ? 2 : 40);
    const before = loaded.system.usage(BACKGROUND);
    context.tell(`${total} calls, ${AT_ONCE} at a time`);
    const perSecond = await runCalls(loaded, poster, 'measured', total);
    const requests = countsOfCall(before, loaded.system.usage(BACKGROUND), total);
    poster.close();
    await proveStored(loaded.system, total);
    context.tell("the emulators' own rate");
    const own = await emulatorsAlone(loaded.system, requests, context.quick ? 10 : 300);
    return [
      measured({
        row: 16,
        of: `${total} calls`,
        baseline: `${own.toFixed(1)} calls/s`,
        ours: `${perSecond.toFixed(1)} calls/s`,
        ratio: spread([perSecond / own]),
        goal: atLeast(0.5),
        note: `none was lost; one call takes ${Object.entries(requests)
          .map(([name, count]) => `${count.toFixed(1)} ${name}`)
          .join(', ')}; ${loaded.problems.length} problems were reported`,
      }),
    ];
  });
}

/** @throws Error where S3 does not hold a recording for each call */
async function proveStored({ clients, deployment }: System, total: number): Promise<void> {
  let objects = 0;
  let ContinuationToken: string | undefined;
  do {
    const page = await clients.s3.send(
      new ListObjectsV2Command({ Bucket: deployment.bucketName, ...(ContinuationToken && { ContinuationToken }) }),
    );
    objects += page.Contents?.filter(({ Key = '' }) => Key.endsWith('.wav')).length ?? 0;
    ContinuationToken = page.NextContinuationToken;
  } while (ContinuationToken !== undefined);
  if (objects < total) throw new Error(`Of ${total} recordings S3 holds ${objects}.`);
}

/**
 * Runs calls until their recordings are stored; Twilio's copies are deleted a day later. @returns how many a second were done between the first quarter and the
 * last, while all places were taken.
 *
 * @throws Error where a call was lost
 */
async function runCalls(loaded: LoadedSystem, poster: Poster, name: string, total: number): Promise<number> {
  const done: number[] = [];
  let next = 0;
  const place = async () => {
    while (next < total) {
      const callSid = callSidOf(`${name} ${next}`);
      next += 1;
      await runCall(loaded, poster, callSid);
      done.push(preciseNow());
    }
  };
  await Promise.all(Array.from({ length: Math.min(AT_ONCE, total) }, place));
  done.sort((a, b) => a - b);
  const [first, last] = [Math.floor(total * 0.25), Math.floor(total * 0.75)];
  return (last - first) / (((done[last] ?? Number.NaN) - (done[first] ?? Number.NaN)) / 1000);
}

async function runCall({ twilio, streams, stored }: LoadedSystem, poster: Poster, callSid: string): Promise<void> {
  const common = { AccountSid: ACCOUNT.accountSid, CallSid: callSid };
  await poster.post({ path: HTTP_PATHS.voice, parameters: { ...common, From: '+15005550001', To: '+15005550006' } });
  streams.start(callSid);
  const isRecorded = () => twilio.starts.get(callSid)?.some(({ status }) => status === 201) === true;
  await expected(isRecorded, `${callSid} was not recorded`);
  const recordingSid = recordingOf(callSid);
  const callback = (RecordingStatus: string) =>
    poster.post({
      path: HTTP_PATHS.recordingCallback,
      parameters: {
        ...common,
        RecordingSid: recordingSid,
        RecordingStatus,
        RecordingUrl: 'https://api.twilio.test/recording',
        RecordingChannels: '2',
        RecordingDuration: '1',
        RecordingSource: 'StartCallRecordingAPI',
      },
    });
  await callback('in-progress');
  await sleep(100);
  await callback('completed');
  await expected(() => stored.has(recordingSid), `the recording of ${callSid} was not stored`);
}

async function expected(isDone: () => boolean, otherwise: string): Promise<void> {
  if (!(await within(120_000, isDone))) throw new Error(`Within two minutes ${otherwise}.`);
}

async function emulatorsAlone(system: System, requests: RequestsOfCall, calls: number): Promise<number> {
  const begun = preciseNow();
  await replayCalls(system, requests, calls);
  return calls / ((preciseNow() - begun) / 1000);
}
