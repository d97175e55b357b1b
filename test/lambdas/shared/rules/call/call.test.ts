import {
  answeredCall,
  claimStart,
  DOUBT_SETTLES_MS,
  isSettled,
  lookUpLater,
  noteStream,
  START_CLAIM_MS,
  startAdopted,
  startAgainLater,
  startImpossible,
  startInDoubt,
  startSucceeded,
  streamFailed,
  unrecordedSince,
  withoutStream,
} from '../../../../../lambdas/shared/rules/call/call.ts';
import { isClaimed } from '../../../../../lambdas/shared/rules/table/claim.ts';
import type { CallRow, CallState, Draft } from '../../../../../lambdas/shared/rules/table/rows.ts';
import { CALL, RECORDING, STREAM } from '../../../support/fixtures.ts';
import { fc } from '../../../support/properties.ts';
import { NOON } from '../../../support/time.ts';

const noted = noteStream(undefined, { callSid: CALL, streamSid: STREAM, startedAt: NOON });
const claimed = claimStart(noted, 'me', NOON + 1000);

test('a call is noted, and overdue ten seconds after it should have been started', () => {
  expect(noted).toEqual({
    kind: 'call',
    callSid: CALL,
    state: 'noted',
    streamSid: STREAM,
    startedAt: NOON,
    waiting: { next: 'start', due: NOON + 11_000 },
    attempts: 0,
  });
  expect(noteStream(undefined, { callSid: CALL, startedAt: NOON })).not.toHaveProperty('streamSid');
});

test('an answered call is overdue where its stream has not started half a minute later', () => {
  expect(answeredCall(CALL, NOON)).toEqual({
    kind: 'call',
    callSid: CALL,
    state: 'answered',
    answeredAt: NOON,
    waiting: { next: 'stream', due: NOON + 30_000 },
    attempts: 0,
  });
});

describe('the start of a stream', () => {
  const start = { callSid: CALL, streamSid: STREAM, startedAt: NOON + 90_000 };
  const answered = answeredCall(CALL, NOON);

  test.each([
    ['answered', answered],
    ['found without a stream', withoutStream(answered, 'no-stream', NOON + 60_000)],
    ['looked up in vain', lookUpLater(answered, 'no-stream: status 503', NOON + 60_000)],
    ['said to have failed', streamFailed(answered, NOON + 1000)],
  ])('takes on a call that is %s, and forgets what was in its way', (_what, call) => {
    expect(noteStream(call, start)).toEqual({ ...noteStream(undefined, start), answeredAt: NOON });
  });

  test('keeps the events that are not announced yet', () => {
    const event = { id: 'an event', kind: 'call-unstreamed', at: NOON, facts: {} } as const;
    expect(noteStream({ ...answered, pendingEvents: [event] }, start).pendingEvents).toEqual([event]);
  });

  test.each([noted, claimed, startSucceeded(claimed, RECORDING, 'started'), startImpossible(claimed, 1, 'call-over')])(
    'changes nothing where the stream had started: %j',
    (call) => {
      expect(noteStream(call, start)).toBe(call);
    },
  );
});

test.each<[string, Draft<CallRow>, number | undefined]>([
  ['answered', answeredCall(CALL, NOON - 1), NOON - 1],
  ['without a stream', withoutStream(answeredCall(CALL, NOON - 1), 'no-stream', NOON), NOON - 1],
  ['noted by an earlier version, which knew no answer', noted, NOON],
  ['noted', { ...noted, answeredAt: NOON - 2000 }, NOON - 2000],
  ['claimed', claimed, NOON],
  ['recorded by what was adopted', startAdopted(claimed, RECORDING, NOON), undefined],
  [
    'no longer sure of what was adopted',
    startInDoubt(startAdopted(claimed, RECORDING, NOON), 1, 'x', NOON, NOON),
    NOON,
  ],
  ['recorded', startSucceeded(claimed, RECORDING, 'started'), undefined],
  ['over', startImpossible(claimed, 1, 'call-over'), undefined],
])('a call that is %s goes unrecorded since %d', (_what, call, since) => {
  expect(unrecordedSince(call)).toBe(since);
});

test('a claim says posting, before anything is asked of Twilio', () => {
  expect(claimed).toMatchObject({
    state: 'posting',
    claim: { owner: 'me', until: NOON + 1000 + START_CLAIM_MS },
    waiting: { next: 'start', due: NOON + 11_000 + START_CLAIM_MS },
  });
  expect(isClaimed(claimed, NOON + 1000)).toBe(true);
  expect(isClaimed(claimed, NOON + 1000 + START_CLAIM_MS - 1)).toBe(true);
  expect(isClaimed(claimed, NOON + 1000 + START_CLAIM_MS)).toBe(false);
  expect(isClaimed(noted, NOON)).toBe(false);
});

test('a refusal frees the call and leaves no doubt', () => {
  const next = startAgainLater(claimed, 3, 'status 404', NOON + 5000);
  expect(next).toMatchObject({
    state: 'noted',
    attempts: 3,
    reason: 'status 404',
    waiting: { next: 'start', due: NOON + 15_000 },
  });
  expect(next).not.toHaveProperty('claim');
});

test('a doubt keeps the call posting, and held until it may have settled', () => {
  const next = startInDoubt(claimed, 1, 'ECONNRESET', NOON + 5000, NOON + 9000);
  expect(next).toMatchObject({ state: 'posting', attempts: 1, reason: 'ECONNRESET' });
  expect(DOUBT_SETTLES_MS).toBe(2000);
  // A call that nobody holds is held by nobody, who is not one of us.
  expect(next.claim?.owner).toBe('me');
  expect(startInDoubt(noted, 1, 'ECONNRESET', NOON, NOON).claim?.owner).toBe('nobody');
  expect(isClaimed(next, NOON + 5000 + DOUBT_SETTLES_MS - 1)).toBe(true);
  expect(isClaimed(next, NOON + 5000 + DOUBT_SETTLES_MS)).toBe(false);
  expect(next.waiting).toEqual({ next: 'start', due: NOON + 19_000 });
});

test('a success names the recording and waits for nothing', () => {
  const next = startSucceeded({ ...claimed, reason: 'status 404' }, RECORDING, 'started');
  expect(next).toMatchObject({ state: 'recording', recordingSid: RECORDING });
  for (const gone of ['claim', 'waiting', 'reason']) expect(next).not.toHaveProperty(gone);
});

test('an end without a recording keeps its reason', () => {
  const next = startImpossible(claimed, 4, 'call-over: status 400 code 21220');
  expect(next).toMatchObject({ state: 'unrecordable', attempts: 4, reason: 'call-over: status 400 code 21220' });
  for (const gone of ['claim', 'waiting']) expect(next).not.toHaveProperty(gone);
});

test.each<[CallState, boolean]>([
  ['answered', false],
  ['unstreamed', false],
  ['noted', false],
  ['posting', false],
  ['recording', true],
  ['unrecordable', true],
])('%s is settled: %p', (state, settled) => {
  expect(isSettled({ ...noted, state })).toBe(settled);
});

test('until it is settled a call waits, whatever its attempts came to', () => {
  const step = fc.constantFrom<(call: Draft<CallRow>, now: number) => Draft<CallRow>>(
    (call, now) => claimStart(call, 'me', now),
    (call, now) => startAgainLater(call, call.attempts + 1, 'status 404', now + 1000),
    (call, now) => startInDoubt(call, call.attempts + 1, 'ECONNRESET', now, now + 2000),
  );
  fc.assert(
    fc.property(fc.array(step), (steps) => {
      let call = noted;
      let now = NOON;
      for (const change of steps) {
        now += 1000;
        call = change(call, now);
        expect(isSettled(call)).toBe(false);
        expect(call.waiting?.next).toBe('start');
        expect(call.waiting?.due).toBeGreaterThan(now);
        expect({ startedAt: call.startedAt, streamSid: call.streamSid }).toEqual({
          startedAt: NOON,
          streamSid: STREAM,
        });
      }
    }),
  );
});
