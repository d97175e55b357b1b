/**
 * A day of a thousand calls, many of which go wrong: the certificate names each of those with its reason.
 *
 * In the long tests: `report.test.ts` asks the same of a few calls that it plants itself. Here the deployed steps have made the rows.
 */
import { PutObjectCommand } from '@aws-sdk/client-s3';
import { isOfService, type Row } from '../../../lambdas/shared/rules/table/rows.ts';
import { DAY, HOUR, MINUTE, SECOND } from '../../../lambdas/shared/rules/values/instant.ts';
import type { StoredObject } from '../../../sim/aws/bucket.ts';
import { SCENARIO } from '../../simulation/crashes.ts';
import { type History, runHistory } from '../../simulation/history.ts';
import type { CallPlan } from '../../simulation/workload/scenario.ts';
import { CALLED, type Configuration, DEFAULT_CONFIGURATION } from '../../simulation/world/deployment.ts';
import type { World } from '../../simulation/world/world.ts';
import { type Planted, startPlanted, TODAY, VOICE_URL } from './planted.ts';

const START = TODAY + HOUR;
const CALLS = 1000;
/** S3's emulator dates objects by the clock, which is up to a day later than these calls. */
const KEPT = 3 * DAY;

const [plain] = SCENARIO.calls;
const PLAIN: Omit<CallPlan, 'at'> = {
  ...(plain as CallPlan),
  ...{ talkMs: 4 * MINUTE, otherRecording: undefined, replayAfterMs: [] },
};

/** One call each 30 s; of each hundred the first ten are refused by the WebSocket API, and so on. */
function planOf(index: number): CallPlan {
  const at = START + SECOND + index * 30 * SECOND;
  const place = index % 100;
  if (place < 10) return { ...PLAIN, at, handshakeFails: true };
  if (place < 15) return { ...PLAIN, at, talkMs: 4 * SECOND, streamAfterMs: 6 * SECOND };
  if (place < 18) return { ...PLAIN, at, voiceFails: true };
  return { ...PLAIN, at };
}

let planted: Planted;
beforeEach(async () => {
  planted = await startPlanted();
});
afterEach(() => planted.close());

/** Lets the day happen, judged as every history, and hands what it leaves to the systems that the command asks. */
async function live(changes: Partial<Configuration>): Promise<History> {
  const seen: World[] = [];
  const history = await runHistory({
    ...{ seed: 1, start: START },
    scenario: {
      ...SCENARIO,
      calls: Array.from({ length: CALLS }, (_, index) => planOf(index)),
      faults: { until: START, perThousand: 0, outages: [] },
      configuration: { ...DEFAULT_CONFIGURATION, keepAtTwilioMs: KEPT, ...changes },
      lists: { filtersBy: 'day', listOrder: 'newest-first', largestPage: 50 },
    },
    later: { at: START, act: (world) => void seen.push(world) },
  });
  expect(history.violations).toEqual([]);
  const [world] = seen;
  if (!world) throw new Error('The history has no world.');
  const { table, bucket, twilio } = world;
  for (const row of table.rows()) if (!isOfService(row)) await planted.write(withoutVersion(row));
  for (const Key of bucket.keys()) {
    const { bytes, contentType, checksum = '' } = bucket.object(Key) as StoredObject;
    const about = { ChecksumSHA256: checksum, ChecksumAlgorithm: 'SHA256', ContentType: contentType } as const;
    await planted.system.clients.s3.send(new PutObjectCommand({ Bucket: bucket.bucket, Key, Body: bytes, ...about }));
  }
  const [number] = [...twilio.state.numbers.values()].filter(({ phoneNumber }) => phoneNumber === CALLED);
  if (!number) throw new Error('The account does not have the number that was called.');
  const pointed = { ...number, voiceUrl: VOICE_URL, updatedAt: SECOND };
  planted.change(({ credentials }) => ({ ...twilio.state, credentials, numbers: new Map([[number.sid, pointed]]) }));
  return history;
}

/** S3's emulator keeps no versions. */
function withoutVersion(row: Row): Row {
  if (row.kind !== 'recording' || !row.stored) return row;
  const { versionId: _none, ...stored } = row.stored;
  return { ...row, stored };
}

test('each call that is not recorded is named with its reason, and none is unexplained', async () => {
  await live({});
  const { exit, json } = await planted.report('--json', '--all');
  expect(json.calls.unexplained).toEqual([]);
  expect(json.calls.total).toMatchObject({
    calls: CALLS,
    recorded: 820,
    open: 0,
    unexplained: 0,
    notAnswered: { failed: 30 },
  });
  const { notRecorded } = json.calls;
  expect(notRecorded).toHaveLength(150);
  expect(new Set(notRecorded.map(({ reason }: { reason: string }) => reason))).toEqual(
    new Set(['no-stream: call-over']),
  );
  expect(json.copies).toMatchObject({ stored: 820, read: 820, problems: [] });
  expect(json.deletions).toMatchObject({ deleted: 820, proven: 820, problems: [] });
  expect(exit).toBe(0);
});

test('with withoutStream "record", those whose stream did not open are recorded', async () => {
  await live({ withoutStream: 'record' });
  const { exit, json } = await planted.report('--json');
  expect(json.calls.total).toMatchObject({ calls: CALLS, recorded: 920, unexplained: 0, notAnswered: { failed: 30 } });
  expect(json.calls.notRecorded).toHaveLength(50);
  expect(json.copies.problems).toEqual([]);
  expect(exit).toBe(0);
});

test('with startBy "twiml" no stream is needed, and none is opened', async () => {
  const { sites } = await live({ startBy: 'twiml' });
  const { exit, json } = await planted.report('--json');
  expect(json.calls.total).toMatchObject({ calls: CALLS, recorded: 970, unexplained: 0, notAnswered: { failed: 30 } });
  expect(json.calls.notRecorded).toEqual([]);
  expect([...sites.keys()].filter((site) => site.startsWith('stream-'))).toEqual([]);
  expect(exit).toBe(0);
});
