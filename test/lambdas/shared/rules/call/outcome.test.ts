import { OUTCOMES, type Outcome, outcomeOf } from '../../../../../lambdas/shared/rules/call/outcome.ts';
import type { RecordingState } from '../../../../../lambdas/shared/rules/table/row-parts.ts';
import type { CallState } from '../../../../../lambdas/shared/rules/table/rows.ts';
import { callRow, recordingRow } from '../../../support/fixtures.ts';

const recorded = (...states: RecordingState[]) => states.map((state) => recordingRow({ state }));

test.each<[CallState, Outcome]>([
  ['answered', 'waiting'],
  ['noted', 'waiting'],
  ['posting', 'waiting'],
  ['unstreamed', 'not-recorded'],
  ['recording', 'being-recorded'],
  ['unrecordable', 'not-recorded'],
])('a call without a recording that is %s: %s', (state, outcome) => {
  expect(outcomeOf(callRow({ state }), [])).toEqual({ outcome });
});

test.each<[RecordingState, Outcome]>([
  ['in-progress', 'being-recorded'],
  ['absent', 'no-audio'],
  ['failed', 'no-audio'],
  ['completed', 'copying'],
  ['fallback', 'fallback'],
  ['stored', 'stored'],
  ['deleting', 'stored'],
  ['deleted', 'stored'],
])('a recording that is %s: %s, whatever the call says, and where there is no call', (state, outcome) => {
  for (const call of [undefined, callRow({ state: 'noted' }), callRow({ state: 'unrecordable', reason: 'over' })]) {
    expect(outcomeOf(call, recorded(state)).outcome).toBe(outcome);
  }
});

test.each<[Outcome, RecordingState[]]>([
  ['fallback', ['stored', 'completed', 'fallback', 'in-progress', 'absent']],
  ['copying', ['stored', 'in-progress', 'completed', 'failed']],
  ['being-recorded', ['absent', 'deleted', 'in-progress']],
  ['stored', ['absent', 'deleted']],
  ['no-audio', ['absent', 'failed']],
])('of several recordings a person should know of the worst: %s', (outcome, states) => {
  expect(outcomeOf(callRow(), recorded(...states)).outcome).toBe(outcome);
  expect(outcomeOf(callRow(), recorded(...states.reverse())).outcome).toBe(outcome);
});

test('the reason is that of the row that the outcome comes from', () => {
  const call = callRow({ state: 'unrecordable', reason: 'not-wanted' });
  expect(outcomeOf(call, [])).toEqual({ outcome: 'not-recorded', reason: 'not-wanted' });
  const failed = recordingRow({ state: 'fallback', reason: 'audio: status 404' });
  expect(outcomeOf(call, [recordingRow({ state: 'stored', reason: 'other' }), failed])).toEqual({
    ...{ outcome: 'fallback', reason: 'audio: status 404' },
  });
  const silent = recordingRow({ state: 'absent', errorCode: 16_102 });
  expect(outcomeOf(callRow(), [silent])).toEqual({ outcome: 'no-audio', reason: "Twilio's code 16102" });
});

test('without any row nothing shows that the call was recorded', () => {
  expect(outcomeOf(undefined, [])).toEqual({ outcome: 'not-recorded' });
});

test('each outcome is one that can be filtered by', () => {
  expect(new Set(OUTCOMES).size).toBe(OUTCOMES.length);
  expect(JSON.parse(JSON.stringify(OUTCOMES))).toEqual(OUTCOMES);
});
