/** An erasure: what is asked for, how far it has come, and what its receipt says. */

import type { ErasureRow } from '../table/kept-rows.ts';
import type { Draft, RecordingRow } from '../table/rows.ts';
import { DAY, HOUR, type Instant, MINUTE, toIso } from '../values/instant.ts';

/** `sweep` takes an erasure up when its message was lost, or whoever worked on it has died. Outlasts the function's time-out. */
export const ERASE_OVERDUE_MS = 10 * MINUTE;

/** `<prefix><call SID>/<id>.json`: where the receipts lie in the bucket. */
export const RECEIPTS_PREFIX = 'erasures/';
export const receiptKey = ({ callSid, id }: Pick<ErasureRow, 'callSid' | 'id'>): string =>
  `${RECEIPTS_PREFIX}${callSid}/${id}.json`;

export type Asked = Pick<ErasureRow, 'callSid' | 'id' | 'by' | 'reason' | 'recordingSids' | 'alsoOthers' | 'replayOf'>;

export const askErasure = (asked: Asked, now: Instant): Draft<ErasureRow> => ({
  ...{ kind: 'erasure', ...asked, state: 'asked', requestedAt: now, attempts: 0 },
  waiting: { next: 'erase', due: now + ERASE_OVERDUE_MS },
});

/** Written before anything is erased: from here on something may be. */
export const beginErasure = (row: Draft<ErasureRow>, now: Instant): Draft<ErasureRow> => ({
  ...row,
  state: 'begun',
  begunAt: row.begunAt ?? now,
  waiting: { next: 'erase', due: now + ERASE_OVERDUE_MS },
});

/** Nothing has failed: it has to wait. */
export const erasureWaits = (row: Draft<ErasureRow>, waitsFor: string, due: Instant): Draft<ErasureRow> => ({
  ...row,
  waitsFor,
  waiting: { next: 'erase', due },
});

export const erasureRefused = (row: Draft<ErasureRow>, waitsFor: string, now: Instant): Draft<ErasureRow> => ({
  ...erasureWaits(row, waitsFor, now + erasePauseMs(row.attempts)),
  attempts: row.attempts + 1,
});

export function erasureDone(row: Draft<ErasureRow>, done: readonly string[], now: Instant): Draft<ErasureRow> {
  const { waiting: _done, waitsFor: _past, ...rest } = row;
  return { ...rest, state: 'erased', erasedAt: now, done };
}

const PAUSES = [MINUTE, 5 * MINUTE, 15 * MINUTE, HOUR, 6 * HOUR];
const erasePauseMs = (failures: number): number => PAUSES[Math.min(failures, PAUSES.length - 1)] ?? DAY;

/** So many refusals pass by themselves, over some 20 minutes. One more needs a person. */
export const PASSING_REFUSALS = 3;

/** Whether Twilio's copy of an erased recording is to be deleted. */
export const goesAtTwilio = ({ madeBy }: RecordingRow, { alsoOthers }: Pick<ErasureRow, 'alsoOthers'>): boolean =>
  madeBy === 'recorder' || alsoOthers === true;

/** What stays: who erased what, when and why, and the hashes of what it was. Times are ISO 8601 in UTC. */
export function receiptOf(row: Draft<ErasureRow>, recordings: readonly RecordingRow[], stage: string): object {
  const { callSid, id, by, reason, recordingSids, alsoOthers, replayOf, requestedAt, begunAt, erasedAt } = row;
  return {
    ...{ version: 1, stage, callSid, id, by, reason },
    ...(recordingSids && { recordingSids }),
    ...(alsoOthers && { alsoOthers }),
    ...(replayOf !== undefined && { replayOf }),
    requestedAt: toIso(requestedAt),
    ...(begunAt !== undefined && { begunAt: toIso(begunAt) }),
    ...(erasedAt !== undefined && { erasedAt: toIso(erasedAt) }),
    recordings: recordings.map(({ recordingSid, madeBy, erased }) => {
      const { was, key, bytes, checksum, atTwilio } = erased ?? {};
      return { recordingSid, madeBy, was, ...(key && { key, bytes, sha256: checksum }), ...(atTwilio && { atTwilio }) };
    }),
  };
}
