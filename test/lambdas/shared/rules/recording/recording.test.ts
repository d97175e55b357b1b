import { awaitedReport, REPORT_DUE_MS } from '../../../../../lambdas/shared/rules/recording/awaited-report.ts';
import {
  applyReport,
  COPY_CLAIM_MS,
  COPY_OVERDUE_MS,
  COPY_RENEWED_AFTER_MS,
  claimCopy,
  copyFailed,
  copyPauseMs,
  copySucceeded,
  DELETE_OVERDUE_MS,
  deletePauseMs,
  deletionPostponed,
  deletionSucceeded,
  isToBeCopied,
  isToBeDeleted,
  markDeleting,
  type RecordingReport,
} from '../../../../../lambdas/shared/rules/recording/recording.ts';
import { reportOf, STARTED_OVER_REST } from '../../../../../lambdas/shared/rules/recording/twilio-recording.ts';
import { isClaimed } from '../../../../../lambdas/shared/rules/table/claim.ts';
import type { RecordingState } from '../../../../../lambdas/shared/rules/table/row-parts.ts';
import type { Draft, RecordingRow } from '../../../../../lambdas/shared/rules/table/rows.ts';
import { HOUR, MINUTE, SECOND } from '../../../../../lambdas/shared/rules/values/instant.ts';
import { BUCKET, CALL, RECORDING, recordingRow, twilioRecording, twilioUrl } from '../../../support/fixtures.ts';
import { fc } from '../../../support/properties.ts';
import { NOON } from '../../../support/time.ts';

const STATES: readonly RecordingState[] = [
  'in-progress',
  'absent',
  'failed',
  'completed',
  'fallback',
  'stored',
  'deleting',
  'deleted',
];
const STATUSES = ['in-progress', 'absent', 'failed', 'completed'] as const;
type Status = (typeof STATUSES)[number];

const stored = {
  bucket: BUCKET,
  key: `recordings/${CALL}/${RECORDING}.wav`,
  bytes: 9,
  checksum: 'c2hh',
  contentType: 'audio/x-wav',
  storedAt: NOON,
};
const report = (status: Status, over: Partial<RecordingReport> = {}): RecordingReport => ({
  callSid: CALL,
  recordingSid: RECORDING,
  status,
  twilioUrl: twilioUrl(RECORDING),
  proof: 'callback',
  ...over,
});
const unproven = (status: Status): RecordingReport => {
  const { proof: _none, ...rest } = report(status);
  return rest;
};
const unprovenRow = (state: RecordingState): Draft<RecordingRow> => {
  const { proof: _none, ...row } = rowIn(state, { madeBy: 'other' });
  return row;
};
/** A row as it is in a state; nothing waits where nothing is to be done. */
function rowIn(state: RecordingState, over: Partial<RecordingRow> = {}): Draft<RecordingRow> {
  const { waiting: _copy, completedAt, ...bare } = recordingRow({ state });
  const open = state === 'in-progress' ? { waiting: awaitedReport({ notedAt: NOON }) } : {};
  const audio = state === 'in-progress' || state === 'absent' || state === 'failed' ? {} : { completedAt: NOON };
  const kept = state === 'stored' || state === 'deleting' || state === 'deleted' ? { stored } : {};
  return { ...bare, ...open, ...audio, ...kept, ...over };
}

/** What each report makes of each state; `-` where it changes nothing. This table is `docs/states.md` in another form. */
const TABLE: { readonly [state in RecordingState | 'none']: { readonly [status in Status]: RecordingState | '-' } } = {
  none: { 'in-progress': 'in-progress', absent: 'absent', failed: 'failed', completed: 'completed' },
  'in-progress': { 'in-progress': '-', absent: 'absent', failed: 'failed', completed: 'completed' },
  absent: { 'in-progress': '-', absent: '-', failed: '-', completed: 'completed' },
  failed: { 'in-progress': '-', absent: '-', failed: '-', completed: 'completed' },
  completed: { 'in-progress': '-', absent: '-', failed: '-', completed: '-' },
  fallback: { 'in-progress': '-', absent: '-', failed: '-', completed: '-' },
  stored: { 'in-progress': '-', absent: '-', failed: '-', completed: '-' },
  deleting: { 'in-progress': '-', absent: '-', failed: '-', completed: '-' },
  deleted: { 'in-progress': '-', absent: '-', failed: '-', completed: '-' },
  erased: { 'in-progress': '-', absent: '-', failed: '-', completed: '-' },
};

describe('reports', () => {
  const cases = (['none', ...STATES] as const).flatMap((state) => STATUSES.map((status) => ({ state, status })));

  test.each(cases)('$state takes $status', ({ state, status }) => {
    const row = state === 'none' ? undefined : rowIn(state);
    const next = applyReport(row, report(status), NOON + 1);
    expect(next?.state ?? '-').toBe(TABLE[state][status]);
    if (next && status === 'completed') {
      expect(next.completedAt).toBe(NOON + 1);
      expect(next.waiting).toEqual({ next: 'copy', due: NOON + 1 + COPY_OVERDUE_MS });
    }
    if (next && status === 'in-progress')
      expect(next.waiting).toEqual({ next: 'report', due: NOON + 1 + REPORT_DUE_MS });
    if (status === 'absent' || status === 'failed') expect(next?.waiting).toBeUndefined();
  });

  test('makes the first row, with the way to the audio', () => {
    expect(applyReport(undefined, report('in-progress', { channels: 2, startTime: NOON - 1 }), NOON)).toEqual({
      kind: 'recording',
      callSid: CALL,
      recordingSid: RECORDING,
      state: 'in-progress',
      twilioUrl: twilioUrl(RECORDING),
      madeBy: 'recorder',
      proof: 'callback',
      channels: 2,
      startTime: NOON - 1,
      attempts: 0,
      notedAt: NOON,
      waiting: { next: 'report', due: NOON - 1 + REPORT_DUE_MS },
    });
  });

  test('adds what it knows and keeps what it does not', () => {
    const row = rowIn('in-progress', { source: 'StartCallRecordingAPI', channels: 2 });
    expect(applyReport(row, report('completed', { durationSeconds: 12 }), NOON)).toMatchObject({
      source: 'StartCallRecordingAPI',
      channels: 2,
      durationSeconds: 12,
    });
  });

  test('with every detail keeps each; without any, drops none and writes no empty field', () => {
    const details = { source: 'x', channels: 1, durationSeconds: 7, startTime: NOON, errorCode: 3 };
    const told = applyReport(undefined, report('in-progress', details), NOON);
    expect(told).toMatchObject(details);
    expect(told && applyReport(told, report('completed'), NOON)).toMatchObject(details);
    for (const name of Object.keys(details))
      expect(applyReport(undefined, report('absent'), NOON)).not.toHaveProperty(name);
  });

  test('keeps the code of what is absent', () => {
    expect(applyReport(rowIn('in-progress'), report('absent', { errorCode: 16_101 }), NOON)).toMatchObject({
      state: 'absent',
      errorCode: 16_101,
    });
  });

  test('never moves the URL that is noted', () => {
    const moved = report('completed', { twilioUrl: 'https://evil.test' });
    expect(applyReport(rowIn('in-progress'), moved, NOON)?.twilioUrl).toBe(twilioUrl(RECORDING));
  });

  describe('of who made it', () => {
    test('a recording of ours stays ours', () => {
      const row = rowIn('in-progress');
      expect(applyReport(row, unproven('completed'), NOON)).toMatchObject({ madeBy: 'recorder', proof: 'reply' });
      expect(applyReport(rowIn('stored'), unproven('completed'), NOON)).toBeUndefined();
    });

    test.each(STATES)('one that is proven to be ours becomes ours, in the state %s', (state) => {
      const row = unprovenRow(state);
      const next = applyReport(row, report('in-progress'), NOON + 5);
      expect(next).toMatchObject({ madeBy: 'recorder', proof: 'callback', state });
      // Only what is stored waits anew: for the judgement whether it may be deleted.
      expect(next?.waiting).toEqual(state === 'stored' ? { next: 'delete', due: NOON + 5 } : row.waiting);
    });

    test("one that nothing proves to be ours stays another's", () => {
      const other = unproven('completed');
      expect(applyReport(unprovenRow('stored'), other, NOON)).toBeUndefined();
      expect(applyReport(undefined, other, NOON)?.madeBy).toBe('other');
    });
  });
});

const RANK: { readonly [state in RecordingState]: number } = {
  'in-progress': 0,
  absent: 1,
  failed: 1,
  completed: 2,
  fallback: 3,
  stored: 4,
  deleting: 5,
  deleted: 6,
  erased: 7,
};

describe('whatever happens', () => {
  const anyReport = fc.record({ status: fc.constantFrom(...STATUSES), proven: fc.boolean() });
  type AnyReport = { status: Status; proven: boolean };
  const made = ({ status, proven }: AnyReport) => (proven ? report(status) : unproven(status));
  const takeAll = (all: readonly AnyReport[], first?: Draft<RecordingRow>) =>
    all.reduce((row, one) => applyReport(row, made(one), NOON) ?? row, first);

  test('no report leads backwards', () => {
    fc.assert(
      fc.property(fc.constantFrom(...STATES), fc.array(anyReport), (state, all) => {
        let row: Draft<RecordingRow> | undefined = rowIn(state);
        for (const one of all) {
          const next = takeAll([one as AnyReport], row);
          const [before, after] = [row?.state ?? 'in-progress', next?.state ?? 'in-progress'];
          expect(after === before || RANK[after] > RANK[before]).toBe(true);
          row = next;
        }
      }),
    );
  });

  test('the same report again changes nothing', () => {
    fc.assert(
      fc.property(fc.constantFrom(...STATES), anyReport, (state, one) => {
        const again = made(one as AnyReport);
        const once = applyReport(rowIn(state), again, NOON) ?? rowIn(state);
        expect(applyReport(once, again, NOON + HOUR)).toBeUndefined();
      }),
    );
  });

  test('the same reports in any order end in the same state, but for absent against failed', () => {
    const shuffled = fc
      .array(anyReport, { minLength: 1, maxLength: 6 })
      .chain((all) =>
        fc.tuple(fc.constant(all), fc.shuffledSubarray(all, { minLength: all.length, maxLength: all.length })),
      );
    fc.assert(
      fc.property(shuffled, ([all, other]) => {
        const summary = (row: Draft<RecordingRow> | undefined) => [RANK[row?.state ?? 'in-progress'], row?.madeBy];
        expect(summary(takeAll(all as AnyReport[]))).toEqual(summary(takeAll(other as AnyReport[])));
      }),
    );
  });

  test('what is completed waits for its copy, whatever came before', () => {
    fc.assert(
      fc.property(fc.array(anyReport), (all) => {
        const row = takeAll([...(all as AnyReport[]), { status: 'completed', proven: false }]);
        expect(row?.state).toBe('completed');
        expect(row?.waiting?.next).toBe('copy');
      }),
    );
  });
});

describe('copy', () => {
  test.each(STATES)('of a recording that is %s', (state) => {
    expect(isToBeCopied(rowIn(state))).toBe(state === 'completed' || state === 'fallback');
  });

  test('is claimed for longer than the function may run', () => {
    const claimed = claimCopy(rowIn('completed'), 'me', NOON);
    expect(claimed).toMatchObject({ state: 'completed', claim: { owner: 'me', until: NOON + COPY_CLAIM_MS } });
    // Should the owner die, the sweep finds the row when the claim has run out.
    expect(claimed.waiting).toEqual({ next: 'copy', due: NOON + COPY_CLAIM_MS });
    expect(isClaimed(claimed, NOON + COPY_CLAIM_MS - 1)).toBe(true);
    expect(isClaimed(claimed, NOON + COPY_CLAIM_MS)).toBe(false);
    // Three attempts at a part of a minute each, half a minute of a silent source, and the pause between renewals.
    expect(COPY_CLAIM_MS).toBeGreaterThan(COPY_RENEWED_AFTER_MS + 3 * MINUTE + MINUTE / 2);
  });

  test('may be claimed where nobody holds it', () => {
    expect(isClaimed(rowIn('completed'), NOON)).toBe(false);
  });

  test('that succeeded waits for the deletion, and forgets why it failed before', () => {
    const claimed = claimCopy(rowIn('fallback', { attempts: 3, reason: 'truncated' }), 'me', NOON);
    const next = copySucceeded(claimed, stored, undefined, 24 * HOUR);
    expect(next).toMatchObject({ state: 'stored', stored, attempts: 0 });
    expect(next.waiting).toEqual({ next: 'delete', due: NOON + 24 * HOUR });
    expect(next).not.toHaveProperty('claim');
    expect(next).not.toHaveProperty('reason');
    expect(next).not.toHaveProperty('encryption');
  });

  test("that succeeded of another application's recording waits for nothing", () => {
    const claimed = claimCopy(rowIn('completed', { madeBy: 'other' }), 'me', NOON);
    expect(copySucceeded(claimed, stored, undefined, 24 * HOUR)).not.toHaveProperty('waiting');
  });

  test('keeps what an encrypted recording is read with', () => {
    const encryption = { publicKeySid: 'CR1', encryptedCek: 'Y2Vr', iv: 'aXY=' };
    expect(copySucceeded(rowIn('completed'), stored, encryption, 0).encryption).toEqual(encryption);
  });

  test('that failed is a fallback, and is tried again', () => {
    const claimed = claimCopy(rowIn('completed'), 'me', NOON);
    const next = copyFailed(claimed, 'truncated', NOON + MINUTE);
    expect(next).toMatchObject({
      state: 'fallback',
      attempts: 1,
      reason: 'truncated',
      twilioUrl: twilioUrl(RECORDING),
    });
    expect(next.waiting).toEqual({ next: 'copy', due: NOON + MINUTE });
    expect(next).not.toHaveProperty('claim');
    expect(copyFailed(next, 'again', NOON).attempts).toBe(2);
  });

  test('is tried again after growing pauses, for ever', () => {
    const seconds = Array.from({ length: 10 }, (_, failures) => copyPauseMs(failures) / SECOND);
    expect(seconds).toEqual([5, 15, 60, 300, 900, 3600, 10_800, 21_600, 21_600, 21_600]);
    expect(copyPauseMs(1_000_000)).toBe(6 * HOUR);
  });
});

describe('deletion', () => {
  test.each(STATES)('of a recording that is %s', (state) => {
    expect(isToBeDeleted(rowIn(state))).toBe(state === 'stored' || state === 'deleting');
    expect(isToBeDeleted(unprovenRow(state))).toBe(false);
  });

  test('is marked first, and found again should the function die', () => {
    expect(markDeleting(rowIn('stored'), twilioUrl(RECORDING), NOON)).toMatchObject({
      state: 'deleting',
      stored,
      waiting: { next: 'delete', due: NOON + DELETE_OVERDUE_MS },
    });
    expect(DELETE_OVERDUE_MS).toBe(5 * MINUTE);
  });

  test('that was put off keeps its state', () => {
    for (const state of ['stored', 'deleting'] as const) {
      expect(deletionPostponed(rowIn(state), 's3-object-missing', NOON + 7)).toMatchObject({
        state,
        attempts: 1,
        reason: 's3-object-missing',
        waiting: { next: 'delete', due: NOON + 7 },
      });
    }
  });

  test('that succeeded is the end', () => {
    const next = deletionSucceeded(
      markDeleting(rowIn('stored', { reason: 'status 503' }), twilioUrl(RECORDING), NOON),
      NOON + 9,
    );
    expect(next).toMatchObject({ state: 'deleted', deletedAt: NOON + 9, stored });
    expect(next).not.toHaveProperty('waiting');
    expect(next).not.toHaveProperty('reason');
  });

  test('is tried again after growing pauses, for ever', () => {
    const minutes = Array.from({ length: 7 }, (_, failures) => deletePauseMs(failures) / MINUTE);
    expect(minutes).toEqual([1, 5, 15, 60, 360, 1440, 1440]);
    expect(deletePauseMs(1_000_000)).toBe(24 * HOUR);
  });
});

describe("Twilio's view", () => {
  test.each([
    ['in-progress', 'in-progress'],
    ['paused', 'in-progress'],
    ['stopped', 'in-progress'],
    ['processing', 'in-progress'],
    ['completed', 'completed'],
    ['absent', 'absent'],
    ['failed', 'failed'],
    ['deleted', undefined],
    ['archived', undefined],
    ['constructor', undefined],
    ['__proto__', undefined],
  ])('%s is %p', (status, expected) => {
    expect(reportOf(twilioRecording({ status }), twilioUrl(RECORDING))?.status).toBe(expected);
  });

  test('proves nothing about whose the recording is, whatever its source says', () => {
    for (const source of [STARTED_OVER_REST, 'StartCallRecordingTwiML', 'DialVerb']) {
      expect(reportOf(twilioRecording({ source }), '')).not.toHaveProperty('proof');
    }
    expect(reportOf(twilioRecording(), '', 'reply')?.proof).toBe('reply');
  });

  test('leaves keys of encryption and dates of Twilio out of the report', () => {
    const encryption = { publicKeySid: 'CR1', encryptedCek: 'Y2Vr', iv: 'aXY=' };
    const result = reportOf(twilioRecording({ encryption }), 'url');
    expect(result).not.toHaveProperty('encryption');
    expect(result).not.toHaveProperty('createdAt');
  });
});
