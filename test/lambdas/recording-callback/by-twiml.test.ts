/** What a recording that TwiML has started tells of its call: no reply to a request does. */
import { recordingCallback } from '../../../lambdas/recording-callback/recording-callback.ts';
import { answeredByTwiml } from '../../../lambdas/shared/rules/call/by-twiml.ts';
import type { CallRow } from '../../../lambdas/shared/rules/table/rows.ts';
import { markedCallbackUrl, twimlCallbackUrl } from '../../../lambdas/shared/rules/webhook/callback-mark.ts';
import { breakPort, killedEverywhere, killer, nth, withAround } from '../support/faults.ts';
import { CALL, callRow, callSid, RECORDING, recordingSid, TOKEN } from '../support/fixtures.ts';
import { NOON } from '../support/time.ts';
import { callbackForm, type Form, webhook } from '../support/webhook.ts';
import { makeWorld, type World } from '../support/world.ts';

const MARKED = twimlCallbackUrl('', TOKEN, CALL).slice(1);
const OTHER = recordingSid('2');
const requestOf = (over: Form = {}, query = MARKED) =>
  webhook('/recording-callback', callbackForm({ RecordingSource: 'StartCallRecordingTwiML', ...over }), { query });
const begun = (over: Form = {}, query?: string) => requestOf({ RecordingStatus: 'in-progress', ...over }, query);
const waiting = (over: Partial<CallRow> = {}): CallRow => ({
  ...{ ...answeredByTwiml(CALL, NOON), version: 1, writer: 'fixture' },
  ...over,
});

let world: World;
beforeEach(async () => {
  world = makeWorld();
  await world.given(waiting());
  world.clock.advance(1500);
});

test('the call is recorded, which is counted and logged as any other', async () => {
  await recordingCallback(world, begun());
  expect(await world.call()).toMatchObject({ state: 'recording', recordingSid: RECORDING });
  expect(world.log.counts).toEqual({ RecordingStarted: 1 });
  expect(world.log.measures).toEqual({ SecondsToRecording: [1.5] });
  expect(world.log.line('recording_success')).toMatchObject({ how: 'twiml', callSid: CALL, recordingSid: RECORDING });
  await recordingCallback(world, begun());
  await recordingCallback(world, requestOf());
  expect(world.log.counts).toEqual({ RecordingStarted: 1, RecordingCompleted: 1 });
});

test.each(['completed', 'absent'])('the first callback that comes may be %s', async (RecordingStatus) => {
  await recordingCallback(world, requestOf({ RecordingStatus }));
  expect(await world.call()).toMatchObject({ state: 'recording', recordingSid: RECORDING });
});

test('a note that the table never took is made good', async () => {
  world = makeWorld();
  await recordingCallback(world, begun());
  expect(await world.call()).toMatchObject({ state: 'recording', recordingSid: RECORDING, startBy: 'twiml' });
});

test.each<[string, string]>([
  ['no mark', 'by=twiml'],
  ['a mark made for another call', twimlCallbackUrl('', TOKEN, callSid('9')).slice(1).replace(callSid('9'), CALL)],
  ['a mark by another token', twimlCallbackUrl('', 'another-token', CALL).slice(1)],
  ['the mark of a request over REST', markedCallbackUrl('', TOKEN, CALL).slice(1)],
])('%s says nothing of the call', async (_what, query) => {
  await recordingCallback(world, begun({}, query));
  expect(await world.call()).toEqual(waiting());
});

test('a call that waits after a refusal over REST is recorded all the same', async () => {
  world = makeWorld();
  await world.given(waiting({ state: 'noted', reason: 'status 429', attempts: 1 }));
  await recordingCallback(world, begun());
  const call = await world.call();
  expect(call).toMatchObject({ state: 'recording', attempts: 1 });
  expect(call.reason).toBeUndefined();
});

test('what is final stays: a call that was found to be over, and one that has a recording', async () => {
  for (const row of [
    callRow({ state: 'unrecordable', reason: 'call-over' }),
    callRow({ state: 'recording', recordingSid: OTHER }),
  ]) {
    world = makeWorld();
    await world.given(row);
    await recordingCallback(world, begun());
    expect(await world.call()).toEqual(row);
  }
});

test('TwiML that was carried out twice: both recordings are ours, kept and copied, and the second is flagged', async () => {
  await recordingCallback(world, begun());
  await recordingCallback(world, begun({ RecordingSid: OTHER }));
  await recordingCallback(world, requestOf());
  await recordingCallback(world, requestOf({ RecordingSid: OTHER }));
  expect(await world.call()).toMatchObject({ recordingSid: RECORDING });
  const [one, other] = [await world.recording(), await world.recording(OTHER)];
  for (const row of [one, other]) expect(row).toMatchObject({ state: 'completed', madeBy: 'recorder' });
  expect([one.extra, other.extra]).toEqual([undefined, true]);
  expect(world.copyQueue.size).toBe(2);
  expect(world.log.counts.ExtraRecording).toBe(1);
});

test('the table takes the recording and not the call: no 2xx, and the next callback makes it good', async () => {
  const mend = breakPort(world.table, 'write', nth(2));
  await expect(recordingCallback(world, begun())).rejects.toThrow();
  mend();
  expect((await world.recording()).state).toBe('in-progress');
  expect((await recordingCallback(world, begun())).statusCode).toBe(204);
  expect(await world.call()).toMatchObject({ state: 'recording' });
});

test('the environment is killed at any of its requests: Twilio calls again, and nothing is missing', async () => {
  const histories = await killedEverywhere(async (kill) => {
    const one = makeWorld();
    await one.given(waiting());
    const { around, killed } = killer(kill);
    await recordingCallback(withAround(one, around), requestOf()).catch(() => undefined);
    await recordingCallback(one, requestOf());
    expect(await one.recording()).toMatchObject({ state: 'completed', waiting: { next: 'copy' } });
    expect(await one.call()).toMatchObject({ state: 'recording' });
    return killed();
  });
  expect(histories).toBeGreaterThan(10);
});
