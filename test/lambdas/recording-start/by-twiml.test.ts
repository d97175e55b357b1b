/** A call whose TwiML was to start the recording, and of whose recording nothing was heard. */
import { recordingStart } from '../../../lambdas/recording-start/recording-start.ts';
import { answeredByTwiml, REPORTED_WITHIN_MS } from '../../../lambdas/shared/rules/call/by-twiml.ts';
import { HOUR, MINUTE, SECOND } from '../../../lambdas/shared/rules/values/instant.ts';
import { sweep } from '../../../lambdas/sweep/sweep.ts';
import { CALL, recordingRow, recordingSid, twilioRecording } from '../support/fixtures.ts';
import { NOT_ELIGIBLE, NOT_FOUND, SERVER_ERROR, TOO_MANY } from '../support/scripted-twilio.ts';
import { drainStartQueue, recordingTwilio, START } from '../support/start-queue.ts';
import { NOON } from '../support/time.ts';
import { makeWorld, type World } from '../support/world.ts';

let world: World;
beforeEach(async () => {
  world = makeWorld();
  await world.given({ ...answeredByTwiml(CALL, NOON), version: 1, writer: 'fixture' });
});

const message = { callSid: CALL, startedAt: NOON };
const overdue = () => world.clock.advanceTo(NOON + REPORTED_WITHIN_MS);
const bySource = (source: string | undefined, over: Parameters<typeof twilioRecording>[0] = {}) => {
  const { source: _rest, ...recording } = twilioRecording({ status: 'in-progress', ...over });
  return { ...recording, ...(source !== undefined && { source }) };
};

test('while the TwiML may still be under way, any request for a start waits', async () => {
  recordingTwilio(world);
  world.clock.advance(5 * SECOND);
  // Such as a stream of another application's.
  expect(await recordingStart(world, START, 1)).toEqual({ outcome: 'again', seconds: 25 });
  expect(world.twilio.methods()).toEqual([]);
});

test('the sweep has it asked for; where no recording runs, it is started over REST', async () => {
  const { recordings } = recordingTwilio(world);
  overdue();
  await sweep(world);
  await drainStartQueue(world, NOON + MINUTE);
  expect(world.twilio.methods()).toEqual(['recordingsOfCall', 'startRecording']);
  expect(recordings).toHaveLength(1);
  expect(await world.call()).toMatchObject({ state: 'recording', recordingSid: recordingSid('1'), startBy: 'twiml' });
  expect(world.log.measures.OldestUnrecordedSeconds).toContain(30);
});

test('not while Twilio cannot be asked', async () => {
  recordingTwilio(world);
  world.twilio.answer('recordingsOfCall', SERVER_ERROR, TOO_MANY, { kind: 'found', recordings: [] });
  overdue();
  await world.startQueue.send(message);
  await drainStartQueue(world);
  expect(world.twilio.methods()).toEqual([
    'recordingsOfCall',
    'recordingsOfCall',
    'recordingsOfCall',
    'startRecording',
  ]);
});

test('nor while Twilio does not know the call: TwiML records it all the same', async () => {
  world.twilio.answer('recordingsOfCall', NOT_FOUND);
  world.twilio.answer('startRecording', NOT_FOUND);
  overdue();
  expect(await recordingStart(world, message, 1)).toMatchObject({ outcome: 'again' });
  expect(await world.call()).toMatchObject({ state: 'posting', waiting: { next: 'start' } });
  expect(world.twilio.methods()).toEqual(['recordingsOfCall']);
  // No call lasts so long: it is given up.
  world.clock.advanceTo(NOON + 25 * HOUR);
  await recordingStart(world, message, 1);
  expect(await world.call()).toMatchObject({ state: 'unrecordable', reason: expect.stringMatching(/^past-any-call/) });
});

test('one that has called back is the recording: Twilio is not asked', async () => {
  await world.given(recordingRow({ state: 'in-progress', proof: 'callback' }));
  overdue();
  await recordingStart(world, message, 1);
  expect(world.twilio.methods()).toEqual([]);
  expect(await world.call()).toMatchObject({ state: 'recording' });
});

test.each(['StartCallRecordingTwiML', 'StartCallRecordingAPI', 'SomethingNew', undefined])(
  'one on two channels whose source is %s may be ours: it runs, so none is started, and it is looked at again',
  async (source) => {
    recordingTwilio(world);
    world.twilio.answer('recordingsOfCall', { kind: 'found', recordings: [bySource(source)] });
    overdue();
    expect(await recordingStart(world, message, 1)).toEqual({ outcome: 'again', seconds: 60 });
    expect(world.twilio.methods()).not.toContain('startRecording');
    expect(await world.call()).toMatchObject({ state: 'posting', adopted: true, waiting: { next: 'start' } });
    // Nothing proves it.
    expect(await world.recording()).toMatchObject({ madeBy: 'other' });
  },
);

test.each([
  ['a verb of the application', bySource('DialVerb')],
  ['a conference', bySource('Conference')],
  ['one channel', bySource('StartCallRecordingTwiML', { channels: 1 })],
  ['a time long before', bySource('StartCallRecordingTwiML', { createdAt: NOON - 2 * MINUTE })],
])('a recording by %s is not ours: the call is started', async (_what, recording) => {
  const { recordings } = recordingTwilio(world);
  const answer = world.twilio.answer.bind(world.twilio);
  answer('recordingsOfCall', { kind: 'found', recordings: [recording] });
  overdue();
  await recordingStart(world, message, 1);
  expect(recordings).toHaveLength(1);
});

test.each([
  [2, 'CallTooShort'],
  [40, 'CallUnrecordable'],
])('a call that was over after %i s counts as %s', async (durationSeconds, metric) => {
  world.twilio.answer('recordingsOfCall', { kind: 'found', recordings: [] });
  world.twilio.answer('startRecording', NOT_ELIGIBLE);
  world.twilio.answer('callProgress', { kind: 'over', durationSeconds });
  world.clock.advanceTo(NOON + MINUTE);
  await recordingStart(world, message, 1);
  expect(await world.call()).toMatchObject({ state: 'unrecordable', reason: 'call-over: status 400 code 21220' });
  expect(world.log.counts).toEqual({ [metric]: 1 });
});
