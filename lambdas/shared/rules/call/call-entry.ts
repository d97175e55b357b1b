/** A call as lists show it: the few fields by which people find it. */
import { beganAt, callAt } from '../table/by-day.ts';
import type { CallRow, RecordingRow, Row } from '../table/rows.ts';
import { toIso } from '../values/instant.ts';
import { type CallOutcome, type Outcome, outcomeOf } from './outcome.ts';
import { recordingsOf } from './story.ts';

export interface CallEntry extends CallOutcome, Pick<CallRow, 'callSid' | 'number' | 'direction'> {
  /** When the call was answered, or began; ISO 8601 in UTC. Where only its recordings are known, when the oldest began. */
  readonly at: string;
  readonly team?: string;
  /** Length of its longest recording. */
  readonly seconds?: number;
  readonly noDisclaimer?: true;
  readonly canary?: true;
  readonly recordings: readonly RecordingEntry[];
}

export type RecordingEntry = Pick<
  RecordingRow,
  'recordingSid' | 'state' | 'madeBy' | 'extra' | 'channels' | 'durationSeconds'
>;

/** @returns `undefined` where the rows are neither of a call nor of recordings */
export function callEntry(callSid: string, rows: readonly Row[]): CallEntry | undefined {
  const call = rows.find((row) => row.kind === 'call');
  const recordings = recordingsOf(rows);
  const began = recordings.map(beganAt);
  const at = (call && callAt(call)) ?? (began.length > 0 ? Math.min(...began) : undefined);
  if (at === undefined) return undefined;
  const lengths = recordings.flatMap(({ durationSeconds }) => durationSeconds ?? []);
  return {
    ...{ callSid, at: toIso(at) },
    ...(call && shownOf(call)),
    ...outcomeOf(call, recordings),
    ...(lengths.length > 0 && { seconds: Math.max(...lengths) }),
    recordings: recordings.map(shownOfRecording),
  };
}

const shownOf = ({ number, direction, policy, noDisclaimer, canary }: CallRow) => ({
  ...(number !== undefined && { number }),
  ...(direction !== undefined && { direction }),
  ...(policy?.team !== undefined && { team: policy.team }),
  ...(noDisclaimer && { noDisclaimer }),
  ...(canary && { canary }),
});

const shownOfRecording = ({ recordingSid, state, madeBy, extra, channels, durationSeconds }: RecordingRow) => ({
  ...{ recordingSid, state, madeBy },
  ...(extra && { extra }),
  ...(channels !== undefined && { channels }),
  ...(durationSeconds !== undefined && { durationSeconds }),
});

/** What a list is limited to; what is absent limits nothing. */
export interface CallFilter {
  readonly number?: string | undefined;
  readonly team?: string | undefined;
  readonly state?: Outcome | undefined;
  /** Calls whose length is unknown fit no limit of it. */
  readonly minSeconds?: number | undefined;
  readonly maxSeconds?: number | undefined;
}

export function fitsFilter(entry: CallEntry, { number, team, state, minSeconds, maxSeconds }: CallFilter): boolean {
  const { seconds } = entry;
  return (
    (number === undefined || entry.number === number) &&
    (team === undefined || entry.team === team) &&
    (state === undefined || entry.outcome === state) &&
    (minSeconds === undefined || (seconds !== undefined && seconds >= minSeconds)) &&
    (maxSeconds === undefined || (seconds !== undefined && seconds <= maxSeconds))
  );
}
