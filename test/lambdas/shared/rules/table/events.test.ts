import { EVENT_DETAIL_TYPES, EVENT_KINDS } from '../../../../../lambdas/shared/contract/events.ts';
import {
  claimStart,
  startAgainLater,
  startImpossible,
  startSucceeded,
} from '../../../../../lambdas/shared/rules/call/call.ts';
import {
  applyReport,
  claimCopy,
  copyFailed,
  copySucceeded,
  deletionPostponed,
  deletionSucceeded,
  markDeleting,
  type RecordingReport,
} from '../../../../../lambdas/shared/rules/recording/recording.ts';
import { detailOf, withoutAnnounced, withPendingEvents } from '../../../../../lambdas/shared/rules/table/events.ts';
import type { Draft, RecordingRow, Row, StoredAudio } from '../../../../../lambdas/shared/rules/table/rows.ts';
import { MINUTE } from '../../../../../lambdas/shared/rules/values/instant.ts';
import { BUCKET, CALL, callRow, RECORDING, recordingRow, twilioUrl } from '../../../support/fixtures.ts';
import { fc } from '../../../support/properties.ts';
import { NOON } from '../../../support/time.ts';

const STORED: StoredAudio = {
  bucket: BUCKET,
  key: `recordings/${CALL}/${RECORDING}.wav`,
  bytes: 32_044,
  checksum: 'x'.repeat(44),
  contentType: 'audio/x-wav',
  versionId: 'v1',
  storedAt: NOON,
};
const report = (status: RecordingReport['status'], over: Partial<RecordingReport> = {}): RecordingReport => ({
  callSid: CALL,
  recordingSid: RECORDING,
  status,
  twilioUrl: twilioUrl(RECORDING),
  proof: 'callback',
  ...over,
});

/** What a change makes happen. */
const told = (before: Draft<Row> | undefined, after: Draft<Row> | undefined) => {
  if (after === undefined) throw new Error('The rule left the row as it was.');
  const row = withPendingEvents(before, after, 7, NOON);
  return row.kind !== 'call' && row.kind !== 'recording' ? [] : (row.pendingEvents ?? []);
};
const kinds = (before: Draft<Row> | undefined, after: Draft<Row> | undefined) =>
  told(before, after).map(({ kind }) => kind);

describe('of a recording is noted', () => {
  test.each([
    ['in-progress', ['recording-started']],
    ['completed', ['recording-started']],
    ['absent', ['recording-started', 'recording-absent']],
    ['failed', ['recording-started', 'recording-failed']],
  ] as const)('that it has started, though the first we hear is %s', (status, expected) => {
    expect(kinds(undefined, applyReport(undefined, report(status), NOON))).toEqual(expected);
  });

  test('who made it, and what Twilio said of its beginning', () => {
    const { proof: _none, ...unproven } = report('in-progress', {
      source: 'DialVerb',
      channels: 2,
      startTime: NOON - 5,
    });
    const first = applyReport(undefined, unproven, NOON);
    expect(told(undefined, first)).toEqual([
      {
        id: `${RECORDING}:recording-started:7`,
        kind: 'recording-started',
        at: NOON,
        facts: { madeBy: 'other', source: 'DialVerb', channels: 2, startTime: '2026-03-01T11:59:59.995Z' },
      },
    ]);
  });

  const begun = recordingRow({ state: 'in-progress' });
  const done = recordingRow({ durationSeconds: 2, channels: 2 });
  const stored = recordingRow({ state: 'stored', stored: STORED });

  test('that Twilio made no audio, and why', () => {
    expect(told(begun, applyReport(begun, report('absent', { errorCode: 16_101 }), NOON))).toMatchObject([
      { kind: 'recording-absent', facts: { errorCode: 16_101 } },
    ]);
  });

  test('the copy, as it is in the row', () => {
    expect(told(done, copySucceeded(done, STORED, undefined, MINUTE))).toEqual([
      {
        id: `${RECORDING}:recording-stored:7`,
        kind: 'recording-stored',
        at: NOON,
        facts: {
          bucket: BUCKET,
          key: STORED.key,
          versionId: 'v1',
          bytes: 32_044,
          checksum: STORED.checksum,
          contentType: 'audio/x-wav',
          durationSeconds: 2,
          channels: 2,
          encrypted: false,
        },
      },
    ]);
    const encryption = { publicKeySid: 'CR1', encryptedCek: 'cek', iv: 'iv' };
    const [encrypted] = told(done, copySucceeded(done, STORED, encryption, MINUTE));
    expect(encrypted?.facts.encrypted).toBe(true);
    expect(JSON.stringify(encrypted)).not.toContain('cek');
  });

  test('the first failure of a series of copies, and no other', () => {
    const failed = copyFailed(done, 'truncated', NOON + MINUTE);
    expect(told(done, failed)).toMatchObject([
      { kind: 'recording-fell-back', facts: { reason: 'truncated', twilioUrl: twilioUrl(RECORDING) } },
    ]);
    expect(kinds(failed, claimCopy(failed, 'me', NOON))).toEqual([]);
    expect(kinds(failed, copyFailed(failed, 'truncated', NOON + MINUTE))).toEqual([]);
    expect(kinds(failed, copySucceeded(failed, STORED, undefined, MINUTE))).toEqual(['recording-stored']);
  });

  test('its deletion at Twilio, not that it is tried', () => {
    const deleting = markDeleting(stored, 'url', NOON);
    expect(kinds(stored, deleting)).toEqual([]);
    expect(kinds(deleting, deletionPostponed(deleting, 'status 500', NOON))).toEqual([]);
    expect(kinds(deleting, deletionSucceeded(deleting, NOON))).toEqual(['recording-deleted']);
  });

  test('that it is an extra one, once', () => {
    const extra = { ...stored, extra: true };
    expect(told(stored, extra)).toMatchObject([{ kind: 'recording-extra', facts: { madeBy: 'recorder' } }]);
    expect(kinds(extra, { ...extra, attempts: 1 })).toEqual([]);
  });

  test('nothing where nothing happened', () => {
    expect(kinds(begun, applyReport(begun, report('completed'), NOON))).toEqual([]);
    expect(kinds(done, claimCopy(done, 'me', NOON))).toEqual([]);
    expect(withPendingEvents<Draft<Row>>(done, { ...done, attempts: 1 }, 8, NOON)).not.toHaveProperty('pendingEvents');
  });
});

describe('of a call is noted', () => {
  test('that it cannot be recorded, and why; nothing else', () => {
    const noted = callRow();
    const claimed = claimStart(noted, 'me', NOON);
    expect(kinds(undefined, noted)).toEqual([]);
    expect(kinds(noted, claimed)).toEqual([]);
    expect(kinds(claimed, startAgainLater(claimed, 1, 'status 404', NOON))).toEqual([]);
    expect(kinds(claimed, startSucceeded(claimed, RECORDING, 'started'))).toEqual([]);
    expect(told(claimed, startImpossible(claimed, 3, 'call-over: status 400'))).toEqual([
      {
        id: `${CALL}:call-unrecordable:7`,
        kind: 'call-unrecordable',
        at: NOON,
        facts: { reason: 'call-over: status 400', attempts: 3 },
      },
    ]);
  });
});

test('the memory of the service tells nothing', () => {
  expect(told(undefined, { kind: 'reconcile', checkedUntil: NOON })).toEqual([]);
});

test('what is noted comes behind what is still pending, and goes by its id', () => {
  const fresh = applyReport(undefined, report('in-progress'), NOON) as Draft<RecordingRow>;
  const first = withPendingEvents(undefined, fresh, 1, NOON);
  const second = withPendingEvents(
    first,
    applyReport(first, report('absent'), NOON) as Draft<RecordingRow>,
    2,
    NOON + 1,
  );
  expect(second.pendingEvents?.map(({ id }) => id)).toEqual([
    `${RECORDING}:recording-started:1`,
    `${RECORDING}:recording-absent:2`,
  ]);
  const one = withoutAnnounced(second, new Set([`${RECORDING}:recording-started:1`, 'unknown']));
  expect(one.pendingEvents?.map(({ kind }) => kind)).toEqual(['recording-absent']);
  expect(withoutAnnounced(one, new Set([`${RECORDING}:recording-absent:2`]))).not.toHaveProperty('pendingEvents');
});

test('a list is bounded, whatever happens and however often: each kind is noted once at most', () => {
  type Rule = (row: Draft<RecordingRow> | undefined) => Draft<RecordingRow> | undefined;
  const rules = fc.constantFrom<Rule[]>(
    ...(['in-progress', 'completed', 'absent', 'failed'] as const).map(
      (status): Rule =>
        (row) =>
          applyReport(row, report(status), NOON),
    ),
    (row) => (row?.state === 'completed' || row?.state === 'fallback' ? copyFailed(row, 'x', NOON) : undefined),
    (row) =>
      row?.state === 'completed' || row?.state === 'fallback' ? copySucceeded(row, STORED, undefined, 1) : undefined,
    (row) => (row?.state === 'stored' ? markDeleting(row, 'url', NOON) : undefined),
    (row) => (row?.state === 'deleting' ? deletionSucceeded(row, NOON) : undefined),
    (row) => row && { ...row, extra: true },
  );
  fc.assert(
    fc.property(fc.array(rules, { maxLength: 60 }), (steps) => {
      let row: Draft<RecordingRow> | undefined;
      for (const [index, rule] of steps.entries()) {
        const next = rule(row);
        if (next) row = withPendingEvents(row, next, index + 1, NOON);
      }
      const noted = row?.pendingEvents?.map(({ kind }) => kind) ?? [];
      expect(new Set(noted).size).toBe(noted.length);
    }),
  );
});

test('the detail names call, recording, deployment and instant', () => {
  const [event] = told(undefined, applyReport(undefined, report('in-progress'), NOON));
  if (!event) throw new Error('Nothing was noted.');
  expect(detailOf(recordingRow(), event, 'prod')).toEqual({
    version: 1,
    id: `${RECORDING}:recording-started:7`,
    at: '2026-03-01T12:00:00.000Z',
    stage: 'prod',
    callSid: CALL,
    recordingSid: RECORDING,
    madeBy: 'recorder',
  });
  expect(detailOf(callRow(), event, 'prod')).not.toHaveProperty('recordingSid');
});

test('every kind has a detail-type of its own', () => {
  expect(new Set(Object.values(EVENT_DETAIL_TYPES)).size).toBe(EVENT_KINDS.length);
});
