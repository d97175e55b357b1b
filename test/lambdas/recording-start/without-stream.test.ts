/** A live call whose stream has not started, where the owner wants it recorded all the same. */
import { recordingStart } from '../../../lambdas/recording-start/recording-start.ts';
import type { WithoutStream } from '../../../lambdas/shared/contract/settings.ts';
import type { CallRow } from '../../../lambdas/shared/rules/table/rows.ts';
import { MINUTE, SECOND } from '../../../lambdas/shared/rules/values/instant.ts';
import { killedEverywhere, killer, withAround } from '../support/faults.ts';
import { CALL, callRow } from '../support/fixtures.ts';
import { NOT_FOUND } from '../support/scripted-twilio.ts';
import { recordingTwilio, START } from '../support/start-queue.ts';
import { NOON } from '../support/time.ts';
import { makeWorld, type World } from '../support/world.ts';

let world: World;
beforeEach(() => {
  world = recordingWorld();
});

function recordingWorld(): World {
  const made = makeWorld();
  made.clock.advance(MINUTE);
  made.withoutStream = 'record';
  return made;
}
function waitingCall(over: Partial<CallRow> = {}): CallRow {
  const { startedAt: _none, streamSid: _no, ...row } = callRow({ state: 'answered', answeredAt: NOON, ...over });
  return { ...row, waiting: { next: 'stream', due: NOON + 30_000 } };
}
const lookUp = (of: World = world) => recordingStart(of, { callSid: CALL, lookUp: true }, 1);

test('is recorded at once, flagged, told, and counted once', async () => {
  const { recordings } = recordingTwilio(world);
  await world.given(waitingCall());
  expect(await lookUp()).toEqual({ outcome: 'done' });
  const call = await world.call();
  expect(call).toMatchObject({ state: 'recording', noDisclaimer: true, answeredAt: NOON, startedAt: NOON + MINUTE });
  expect(call).not.toHaveProperty('reason');
  expect(recordings).toHaveLength(1);
  expect(call.pendingEvents).toMatchObject([
    { kind: 'call-unstreamed', facts: { reason: 'no-stream', noDisclaimer: true } },
  ]);
  expect(world.log.line('call_without_disclaimer')).toMatchObject({ callSid: CALL, reason: 'no-stream' });
  expect(world.log.counts).toMatchObject({ CallUnstreamed: 1, RecordingStarted: 1 });
  expect(world.log.measures.OldestUnrecordedSeconds?.[0]).toBe(60);

  await lookUp();
  await recordingStart(world, { ...START, startedAt: world.clock.now() }, 1);
  expect(recordings).toHaveLength(1);
  expect(await world.call()).toMatchObject({ state: 'recording', noDisclaimer: true });
});

test.each([
  ['record', 'leave', 'recording'],
  ['leave', 'record', 'unstreamed'],
] as const)('a voice URL that says %s outranks a configuration of %s', async (said, configured, state) => {
  recordingTwilio(world);
  world.withoutStream = configured as WithoutStream;
  await world.given(waitingCall({ policy: { withoutStream: said } }));
  await lookUp();
  expect(await world.call()).toMatchObject({ state, policy: { withoutStream: said } });
});

test('found without a stream before, is recorded once the owner wants it, and not told again', async () => {
  const { recordings } = recordingTwilio(world);
  await world.given(waitingCall({ state: 'unstreamed', reason: 'no-stream' }));
  await lookUp();
  expect(recordings).toHaveLength(1);
  expect(await world.call()).toMatchObject({ state: 'recording', noDisclaimer: true });
  expect((await world.call()).pendingEvents).toBeUndefined();
  expect(world.log.counts).not.toHaveProperty('CallUnstreamed');
});

test('a start that Twilio refuses is tried again by the same message', async () => {
  await world.given(waitingCall());
  world.twilio.answer('callProgress', { kind: 'live' });
  world.twilio.answer('startRecording', NOT_FOUND);
  expect(await lookUp()).toMatchObject({ outcome: 'again' });
  expect(await world.call()).toMatchObject({ state: 'noted', noDisclaimer: true });
  const { recordings } = recordingTwilio(world);
  world.clock.advance(5 * SECOND);
  expect(await lookUp()).toEqual({ outcome: 'done' });
  expect(recordings).toHaveLength(1);
});

test('killed at any request, the call keeps a due date, and is recorded once in the end', async () => {
  const histories = await killedEverywhere(async (kill) => {
    const one = recordingWorld();
    const { recordings } = recordingTwilio(one);
    await one.given(waitingCall());
    const { around, killed } = killer(kill);
    await lookUp(withAround(one, around)).catch(() => undefined);
    const { waiting, startedAt, ...before } = await one.call();
    if (before.state !== 'recording') expect(waiting?.next).toBe(startedAt === undefined ? 'stream' : 'start');
    one.clock.advance(MINUTE);
    await lookUp(one);
    // One whose reply was lost is adopted, and looked at again each minute.
    const { state } = await one.call();
    expect(['recording', 'posting']).toContain(state);
    expect(await one.call()).toMatchObject({ noDisclaimer: true, recordingSid: expect.any(String) });
    expect(recordings).toHaveLength(1);
    return killed();
  });
  expect(histories).toBeGreaterThan(4);
});
