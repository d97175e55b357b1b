import { type CallFilter, callEntry, fitsFilter } from '../../../../../lambdas/shared/rules/call/call-entry.ts';
import { MINUTE, toIso } from '../../../../../lambdas/shared/rules/values/instant.ts';
import { CALL, callRow, RECORDING, recordingRow, recordingSid } from '../../../support/fixtures.ts';
import { NOON } from '../../../support/time.ts';

const NUMBER = '+14155550123';
const CALLED = callRow({
  ...{ state: 'recording', answeredAt: NOON - 1000, number: NUMBER, direction: 'inbound' },
  policy: { team: 'sales', withoutStream: 'leave' },
});
const STORED = recordingRow({ state: 'stored', channels: 2, durationSeconds: 61, startTime: NOON });
const entryOf = (...rows: Parameters<typeof callEntry>[1]) => {
  const entry = callEntry(CALL, rows);
  if (!entry) throw new Error('The rows show no call.');
  return entry;
};

test('shows what people find a call by, and nothing of the service’s own', () => {
  expect(entryOf(CALLED, STORED)).toEqual({
    ...{ callSid: CALL, at: toIso(NOON - 1000), number: NUMBER, direction: 'inbound', team: 'sales' },
    ...{ outcome: 'stored', seconds: 61 },
    recordings: [{ recordingSid: RECORDING, state: 'stored', madeBy: 'recorder', channels: 2, durationSeconds: 61 }],
  });
});

test('shows what somebody should know of beside: no disclaimer, the recorder’s own call, an extra recording', () => {
  const odd = callRow({ noDisclaimer: true, canary: true });
  const extra = recordingRow({ recordingSid: recordingSid('2'), extra: true, madeBy: 'other', notedAt: NOON + 1 });
  expect(entryOf(odd, extra, STORED)).toMatchObject({
    ...{ noDisclaimer: true, canary: true, outcome: 'copying' },
    recordings: [{ recordingSid: RECORDING }, { extra: true, madeBy: 'other' }],
  });
});

test('where only recordings are known: when the oldest began', () => {
  const older = recordingRow({ recordingSid: recordingSid('2'), startTime: NOON - MINUTE });
  const entry = entryOf(STORED, older);
  expect(entry).toMatchObject({ at: toIso(NOON - MINUTE), outcome: 'copying', seconds: 61 });
  expect(entry).not.toHaveProperty('number');
});

test('the length is that of the longest recording, and unknown until there is one', () => {
  const short = recordingRow({ recordingSid: recordingSid('2'), durationSeconds: 3 });
  expect(entryOf(STORED, short).seconds).toBe(61);
  expect(entryOf(CALLED)).not.toHaveProperty('seconds');
});

test('neither a call nor a recording: nothing to show', () => {
  expect(callEntry(CALL, [])).toBeUndefined();
});

describe('a filter', () => {
  test.each<[CallFilter]>([
    [{}],
    [{ number: NUMBER }],
    [{ team: 'sales' }],
    [{ state: 'stored' }],
    [{ minSeconds: 61 }],
    [{ maxSeconds: 61 }],
    [{ number: NUMBER, team: 'sales', state: 'stored', minSeconds: 61, maxSeconds: 61 }],
  ])('%j lets the call through', (filter) => {
    expect(fitsFilter(entryOf(CALLED, STORED), filter)).toBe(true);
  });

  test.each<[CallFilter]>([
    [{ number: '+14155550124' }],
    [{ team: 'support' }],
    [{ state: 'fallback' }],
    [{ minSeconds: 62 }],
    [{ maxSeconds: 60 }],
    [{ number: NUMBER, team: 'support' }],
  ])('%j does not', (filter) => {
    expect(fitsFilter(entryOf(CALLED, STORED), filter)).toBe(false);
  });

  test.each<[CallFilter]>([[{ minSeconds: 0 }], [{ maxSeconds: 999 }], [{ number: NUMBER }], [{ team: 'sales' }]])(
    '%j lets nothing through of which that is unknown',
    (filter) => {
      expect(fitsFilter(entryOf(callRow()), filter)).toBe(false);
    },
  );
});
