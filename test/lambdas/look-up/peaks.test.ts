/** What a waveform is drawn from, in the emulator's bucket. */
import { readPeaks } from '../../../lambdas/look-up/peaks.ts';
import { dynamoDbTable } from '../../../lambdas/shared/adapters/aws/dynamodb-table.ts';
import { s3Peaks } from '../../../lambdas/shared/adapters/aws/look-ups/s3-peaks.ts';
import { LOOK_UP_ROUTES } from '../../../lambdas/shared/contract/http.ts';
import { peaksKey } from '../../../lambdas/shared/rules/recording/storage-key.ts';
import { BUCKET, startAws, TABLE_NAME } from '../shared/adapters/aws.ts';
import { callSid, recordingRow, recordingSid } from '../support/fixtures.ts';
import { KeptLog } from '../support/log.ts';
import { countingRandomness, NOON, VirtualClock } from '../support/time.ts';

const OF = (digit: string) => ({ callSid: callSid(digit), recordingSid: recordingSid(digit) });
const PEAKS = { durationSeconds: 1.5, channels: [[0, 127], [3]] };
const STORED = {
  ...{ bucket: BUCKET, key: 'recordings/one.wav', bytes: 5, checksum: 'c', contentType: 'audio/x-wav', storedAt: NOON },
};

let aws: Awaited<ReturnType<typeof startAws>>;
beforeAll(async () => {
  aws = await startAws();
  const table = dynamoDbTable(aws.clients.dynamodb, TABLE_NAME);
  await table.write(recordingRow({ ...OF('1'), state: 'stored', stored: STORED, peaks: true }), undefined);
  await table.write(recordingRow({ ...OF('2'), state: 'stored', stored: STORED }), undefined);
  await table.write(recordingRow({ ...OF('3'), state: 'stored', stored: STORED, peaks: true }), undefined);
  for (const digit of ['1', '2']) {
    const { callSid: call, recordingSid: recording } = OF(digit);
    await s3Peaks(aws.clients.s3).put(BUCKET, peaksKey(call, recording), PEAKS);
  }
});
afterAll(() => aws.close());

async function ask(pathParameters: { readonly [name: string]: string | undefined }) {
  const ofAudit = {
    audit: { write: async () => undefined },
    ...{ clock: new VirtualClock(), randomness: countingRandomness(), log: new KeptLog() },
  };
  const deps = {
    ...{ table: dynamoDbTable(aws.clients.dynamodb, TABLE_NAME), peaks: s3Peaks(aws.clients.s3), ...ofAudit },
  };
  const reply = await readPeaks(deps, { routeKey: LOOK_UP_ROUTES.peaks, requestContext: {}, pathParameters });
  expect(reply.headers).toMatchObject({ 'content-type': 'application/json' });
  return { status: reply.statusCode, body: JSON.parse(reply.body ?? '') };
}

test('are told as they were stored', async () => {
  expect(await ask(OF('1'))).toEqual({ status: 200, body: PEAKS });
});

test.each([
  ['none were made', OF('2')],
  ['they have expired', OF('3')],
  ['nobody knows the recording', OF('4')],
])('where %s: 404', async (_, named) => {
  expect(await ask(named)).toMatchObject({ status: 404, body: { error: expect.stringContaining(named.recordingSid) } });
});

test('SIDs that are none are refused', async () => {
  expect(await ask({ ...OF('1'), recordingSid: '../../recordings/x' })).toMatchObject({ status: 400 });
});
