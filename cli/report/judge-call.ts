/** What became of one call, by what Twilio says and by its rows. */
import type { TwilioCall, TwilioRecording } from '../../lambdas/shared/ports/twilio.ts';
import { callBeganAt } from '../../lambdas/shared/rules/call/unaccounted.ts';
import type { CallRow, RecordingRow, Row } from '../../lambdas/shared/rules/table/rows.ts';
import { HOUR, type Instant, SECOND } from '../../lambdas/shared/rules/values/instant.ts';

export type Verdict =
  /** There is audio: in S3, or at Twilio alone while the copy is not made; or there was, and it was erased on request. */
  | { readonly kind: 'recorded'; readonly where: 's3' | 'twilio' | 'erased' }
  /** The rows say why. */
  | { readonly kind: 'not-recorded'; readonly reason: string }
  /** Nobody has talked. */
  | { readonly kind: 'not-answered'; readonly reason: string }
  /** The number's owner does not want its calls recorded. */
  | { readonly kind: 'not-wanted' }
  /** A call that the recorder places to test itself. */
  | { readonly kind: 'canary' }
  /** Too early to tell. */
  | { readonly kind: 'open'; readonly reason: string }
  | { readonly kind: 'unexplained'; readonly reason: string };

/**
 * Until so long after its end a call may still be waited for: its recording can take a day to be reported, and the daily comparison
 * with Twilio's lists looks back over 26 hours.
 */
export const OPEN_FOR_MS = 26 * HOUR;

/** Statuses of a recording whose audio Twilio has, or is about to have. */
const AT_TWILIO: ReadonlySet<string> = new Set(['completed', 'processing']);

export interface CallFacts {
  /** Absent where Twilio does not list the call any more. */
  readonly call: TwilioCall | undefined;
  readonly rows: readonly Row[];
  /** Sort keys of rows that this version cannot read. */
  readonly unreadable: readonly string[];
  /** The call's recordings at Twilio, where they were asked for. */
  readonly atTwilio?: readonly TwilioRecording[];
}

export const callRowOf = (rows: readonly Row[]): CallRow | undefined => rows.find((row) => row.kind === 'call');

export const storedOf = (rows: readonly Row[]): RecordingRow[] =>
  rows.filter((row) => row.kind === 'recording').filter(({ stored }) => stored !== undefined);

/** A recording that the call's row names, and that has no row. */
function rowlessRecording(rows: readonly Row[]): string | undefined {
  const named = callRowOf(rows)?.recordingSid;
  return rows.some((row) => row.kind === 'recording' && row.recordingSid === named) ? undefined : named;
}

/** Whether Twilio must be asked for the call's recordings: the rows speak of audio that is not in S3. */
export function dependsOnTwilio({ rows }: Pick<CallFacts, 'rows'>): boolean {
  if (rowlessRecording(rows) !== undefined) return true;
  const recordings = rows.filter((row) => row.kind === 'recording');
  if (recordings.some(({ stored }) => stored)) return false;
  return recordings.some(isAwaited) || (recordings.length === 0 && callRowOf(rows)?.state === 'recording');
}

const isAwaited = ({ state }: RecordingRow): boolean => state !== 'absent' && state !== 'failed' && state !== 'erased';

/** Its receipt says what it was. */
const hadAudio = (row: Row): boolean =>
  row.kind === 'recording' && row.erased !== undefined && row.erased.was !== 'absent' && row.erased.was !== 'failed';

export function judgeCall(facts: CallFacts, now: Instant): Verdict {
  const { call, rows, atTwilio = [] } = facts;
  const row = callRowOf(rows);
  if (row?.canary) return { kind: 'canary' };
  const isAtTwilio = atTwilio.some(({ status }) => AT_TWILIO.has(status));
  const rowless = rowlessRecording(rows);
  if (rowless !== undefined && !atTwilio.some((one) => one.recordingSid === rowless && AT_TWILIO.has(one.status))) {
    return later(facts, now, `its recording ${rowless} has no row, and Twilio does not have its audio`);
  }
  if (storedOf(rows).length > 0) return { kind: 'recorded', where: 's3' };
  if (isAtTwilio) return { kind: 'recorded', where: 'twilio' };
  if (rows.some(hadAudio)) return { kind: 'recorded', where: 'erased' };
  if (row?.reason === 'not-wanted') return { kind: 'not-wanted' };
  if (call && call.progress !== 'over') return { kind: 'open', reason: `the call is not over: ${call.status}` };
  const [recording] = rows.filter((one) => one.kind === 'recording');
  if (recording) return judgeWithoutAudio(facts, recording, now);
  return judgeWithoutRecording(facts, row, now);
}

function judgeWithoutAudio(facts: CallFacts, { recordingSid, state, ...row }: RecordingRow, now: Instant): Verdict {
  if (state === 'absent') return { kind: 'not-recorded', reason: `recording-absent: ${row.errorCode ?? 'no code'}` };
  if (state === 'failed') {
    return { kind: 'not-recorded', reason: `recording-failed: ${row.reason ?? row.errorCode ?? 'no code'}` };
  }
  if (state === 'erased') return { kind: 'not-recorded', reason: 'erased: there was no audio' };
  return later(facts, now, `its recording ${recordingSid} is ${state} in the table, but neither S3 nor Twilio has it`);
}

function judgeWithoutRecording(facts: CallFacts, row: CallRow | undefined, now: Instant): Verdict {
  const { call, unreadable } = facts;
  if (row?.state === 'recording') {
    return later(facts, now, 'its row says that it is recorded, but no recording of it is known');
  }
  const unanswered = call && whyUnanswered(call);
  if (unanswered !== undefined) return { kind: 'not-answered', reason: unanswered };
  if (row?.state === 'unrecordable') return { kind: 'not-recorded', reason: withoutSeconds(row.reason ?? 'no reason') };
  if (row) {
    const why = row.reason === undefined ? '' : `, ${row.reason}`;
    return later(facts, now, `its row is still ${row.state}${why}`);
  }
  return later(
    facts,
    now,
    unreadable.length > 0 ? `its rows cannot be read: ${unreadable.join(', ')}` : 'the table has no row of it',
  );
}

/** Unexplained, once the call has been over for long enough. */
function later({ call }: CallFacts, now: Instant, reason: string): Verdict {
  const endedAt = call && (callBeganAt(call) ?? 0) + (call.durationSeconds ?? 0) * SECOND;
  const isOpen = call !== undefined && (call.progress !== 'over' || now < (endedAt ?? 0) + OPEN_FOR_MS);
  return { kind: isOpen ? 'open' : 'unexplained', reason };
}

/** Why nobody has talked; `undefined` where somebody may have. */
function whyUnanswered({ status, durationSeconds }: TwilioCall): string | undefined {
  if (status !== 'completed') return status;
  return durationSeconds === 0 ? 'completed after 0 s' : undefined;
}

/** So that calls of different lengths have the same reason. */
const withoutSeconds = (reason: string): string => reason.replace(/ after \d+ s$/, '');
