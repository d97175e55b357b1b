/** A recording whose end Twilio has not reported: the sweep has it asked for, and its row comes to an end. */
import { recordingCopy } from '../../../lambdas/recording-copy/recording-copy.ts';
import type { TwilioRecording } from '../../../lambdas/shared/ports/twilio.ts';
import { storyOfRecording } from '../../../lambdas/shared/rules/call/story.ts';
import {
  REPORT_AGAIN_MS,
  REPORT_DUE_MS,
  REPORT_OVERDUE_MS,
} from '../../../lambdas/shared/rules/recording/awaited-report.ts';
import { applyReport } from '../../../lambdas/shared/rules/recording/recording.ts';
import { HOUR } from '../../../lambdas/shared/rules/values/instant.ts';
import { sweep } from '../../../lambdas/sweep/sweep.ts';
import { CALL, callSid, RECORDING, recordingRow, twilioRecording, twilioUrl } from '../support/fixtures.ts';
import { audioOf, NOT_FOUND, SERVER_ERROR, UNAUTHORIZED } from '../support/scripted-twilio.ts';
import { NOON } from '../support/time.ts';
import { wavFile } from '../support/wav.ts';
import { makeWorld, type World } from '../support/world.ts';

const MESSAGE = { callSid: CALL, recordingSid: RECORDING };
const BEGUN = {
  callSid: CALL,
  recordingSid: RECORDING,
  status: 'in-progress',
  twilioUrl: twilioUrl(RECORDING),
} as const;

let world: World;
beforeEach(async () => {
  world = makeWorld();
  const draft = applyReport(undefined, { ...BEGUN, proof: 'reply', startTime: NOON }, NOON);
  if (!draft) throw new Error('a row');
  await world.given({ ...draft, version: 1, writer: 'fixture' });
  world.twilio.answer('openAudio', () => audioOf(wavFile()));
});

const says = (over: Partial<TwilioRecording>) =>
  world.twilio.answer('recording', { kind: 'found', recording: twilioRecording(over) });
/** Sweeps until a message has come, then takes it. */
async function takeTurn(): Promise<void> {
  await sweep(world);
  for (const { body, messageId, receiptHandle } of world.copyQueue.receive(10)) {
    await recordingCopy(world, JSON.parse(body), 1, messageId);
    world.copyQueue.remove(receiptHandle);
  }
}

test('is asked for 25 hours after its beginning, and not before', async () => {
  world.clock.advance(REPORT_DUE_MS - 1);
  await takeTurn();
  expect(world.twilio.requests).toEqual([]);
  world.clock.advance(1);
  says({ status: 'in-progress' });
  await takeTurn();
  expect(world.twilio.methods()).toEqual(['recording']);
});

test('is copied at once where it is complete, as any other', async () => {
  world.clock.advance(30 * HOUR);
  says({ status: 'completed' });
  await takeTurn();
  expect(await world.recording()).toMatchObject({
    state: 'stored',
    completedAt: world.clock.now(),
    madeBy: 'recorder',
  });
  expect(world.log.line('recording_reported')).toMatchObject({ recordingSid: RECORDING, state: 'completed' });
});

test.each(['in-progress', 'paused', 'stopped', 'processing'])(
  'that is still %s is asked for every six hours',
  async (status) => {
    says({ status });
    world.clock.advance(REPORT_DUE_MS);
    await takeTurn();
    const row = await world.recording();
    expect(row).toMatchObject({ state: 'in-progress', attempts: 0, reason: `twilio-says-${status}` });
    expect(row.waiting).toEqual({ next: 'report', due: world.clock.now() + REPORT_AGAIN_MS });
    world.clock.advance(REPORT_AGAIN_MS);
    await takeTurn();
    expect(world.twilio.timesOf('recording')).toHaveLength(2);
    says({ status: 'completed' });
    world.clock.advance(REPORT_AGAIN_MS);
    await takeTurn();
    expect((await world.recording()).state).toBe('stored');
    expect(await world.recording()).not.toHaveProperty('reason');
  },
);

test.each([
  ['absent', 16_101, { RecordingAbsent: 1 }],
  ['failed', undefined, { RecordingFailed: 1 }],
] as const)('that is %s ends so', async (status, errorCode, counts) => {
  says({ status, ...(errorCode && { errorCode }) });
  world.clock.advance(REPORT_DUE_MS);
  await takeTurn();
  const row = await world.recording();
  expect(row).toMatchObject({ state: status, ...(errorCode && { errorCode }) });
  expect(row).not.toHaveProperty('waiting');
  expect(world.log.counts).toMatchObject(counts);
});

test('that was deleted at Twilio ends with a reason that people understand, and is counted', async () => {
  says({ status: 'deleted' });
  world.clock.advance(REPORT_DUE_MS);
  await takeTurn();
  const row = await world.recording();
  expect(row).toMatchObject({ state: 'failed', reason: 'deleted-at-twilio' });
  expect(row).not.toHaveProperty('waiting');
  expect(storyOfRecording(row).audio).toEqual({
    where: 'nowhere',
    why: 'it was deleted at Twilio before it could be copied',
  });
  expect(world.log.counts).toMatchObject({ RecordingFailed: 1 });
  expect(world.log.line('recording_lost')).toMatchObject({ level: 'error', reason: 'deleted-at-twilio' });
});

test('that Twilio does not know is doubt at first, for the account may have changed, and ends after two days', async () => {
  world.twilio.answer('recording', NOT_FOUND);
  world.clock.advance(REPORT_OVERDUE_MS - REPORT_AGAIN_MS);
  await takeTurn();
  expect(await world.recording()).toMatchObject({ state: 'in-progress', waiting: { next: 'report' } });
  world.clock.advance(REPORT_AGAIN_MS);
  await takeTurn();
  expect(await world.recording()).toMatchObject({ state: 'failed', reason: 'unknown-at-twilio' });
  expect(world.log.counts).toMatchObject({ RecordingFailed: 1 });
});

test('that was given up is copied, should Twilio report it after all', () => {
  const lost = recordingRow({ state: 'failed', reason: 'unknown-at-twilio' });
  const { waiting: _none, completedAt: _not, ...row } = lost;
  const next = applyReport(row, { ...BEGUN, status: 'completed' }, NOON);
  expect(next).toMatchObject({ state: 'completed', waiting: { next: 'copy' } });
  expect(next).not.toHaveProperty('reason');
});

test.each<[string, () => void]>([
  ['still in progress', () => says({ status: 'in-progress' })],
  ['another call’s', () => says({ callSid: callSid('9') })],
  ['not to be asked for', () => world.twilio.answer('recording', SERVER_ERROR)],
  ['refused', () => world.twilio.answer('recording', UNAUTHORIZED)],
])('that is %s after two days calls a person', async (_what, given) => {
  given();
  world.clock.advance(REPORT_OVERDUE_MS - 1);
  await takeTurn();
  expect(world.log.counts).not.toHaveProperty('RecordingOverdue');
  world.clock.advance(REPORT_AGAIN_MS);
  await takeTurn();
  expect(world.log.counts).toMatchObject({ RecordingOverdue: 1 });
  expect((await world.recording()).waiting?.next).toBe('report');
});

test('whose callback comes while Twilio is asked keeps what the callback told', async () => {
  world.twilio.answer('recording', async () => {
    const row = await world.recording();
    const next = applyReport(row, { ...BEGUN, status: 'completed' }, world.clock.now());
    await world.table.write({ ...row, ...next, version: row.version + 1 }, row.version);
    says({ status: 'completed' });
    return { kind: 'found', recording: twilioRecording({ status: 'processing' }) };
  });
  await recordingCopy(world, MESSAGE, 1, 'message');
  expect((await world.recording()).state).toBe('stored');
});

test('of an earlier version, whose row waits for nothing, is given a due date by its next report, once', () => {
  const { waiting: _none, completedAt: _not, ...row } = recordingRow({ state: 'in-progress' });
  const next = applyReport(row, { ...BEGUN, startTime: NOON - HOUR }, NOON + HOUR);
  expect(next?.waiting).toEqual({ next: 'report', due: NOON + REPORT_DUE_MS });
  expect(applyReport(next, BEGUN, NOON + 2 * HOUR)).toBeUndefined();
});

test('cannot put its date off by a beginning that lies ahead', () => {
  const row = applyReport(undefined, { ...BEGUN, startTime: NOON + 1000 * HOUR }, NOON);
  expect(row?.waiting).toEqual({ next: 'report', due: NOON + REPORT_DUE_MS });
});
