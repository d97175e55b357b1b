/** The report of a recording's end: when it is overdue, and what is made of its absence. */

import type { Waiting } from '../table/row-parts.ts';
import type { Draft, RecordingRow } from '../table/rows.ts';
import { HOUR, type Instant } from '../values/instant.ts';

/** A call lasts up to 24 hours, and Twilio then takes a while: after this long it is asked what became of the recording. */
export const REPORT_DUE_MS = 25 * HOUR;
/** It is asked again this often. */
export const REPORT_AGAIN_MS = 6 * HOUR;
/** A person is told of a recording that is still open this long after its beginning; a 404 counts from then on. */
export const REPORT_OVERDUE_MS = 48 * HOUR;

type Open = Pick<RecordingRow, 'startTime' | 'notedAt'>;

/** Twilio's clock, or a forged time, must not put the question off for ever: what is noted has begun. */
const begunAt = ({ startTime, notedAt }: Open): Instant => Math.min(startTime ?? notedAt, notedAt);

export const awaitedReport = (row: Open): Waiting => ({ next: 'report', due: begunAt(row) + REPORT_DUE_MS });

export const isReportOverdue = (row: Open, now: Instant): boolean => now >= begunAt(row) + REPORT_OVERDUE_MS;

/** Its end has not come, or nobody could say: Twilio is asked again. */
export function reportStillAwaited(row: Draft<RecordingRow>, reason: string, now: Instant): Draft<RecordingRow> {
  return { ...row, reason, waiting: { next: 'report', due: now + REPORT_AGAIN_MS } };
}

/** Why there is no audio, although Twilio never reported a failure. */
export type LossReason = 'deleted-at-twilio' | 'unknown-at-twilio';

/** There is nothing left to wait for. Should Twilio report audio all the same, it is copied. */
export function recordingLost(row: Draft<RecordingRow>, reason: LossReason): Draft<RecordingRow> {
  const { waiting: _over, ...rest } = row;
  return { ...rest, state: 'failed', reason };
}
