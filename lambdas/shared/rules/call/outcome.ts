/** What became of a call, in one word: lists show it and filter by it. */

import type { RecordingState } from '../table/row-parts.ts';
import type { CallRow, CallState, RecordingRow } from '../table/rows.ts';

/** All outcomes. The same words stand in the API's replies, in its parameter `state`, and in the console. */
export const OUTCOMES = [
  /** Answered, and nothing is recorded yet. */
  'waiting',
  'being-recorded',
  /** The audio is at Twilio; its copy is under way. */
  'copying',
  /** The audio is at Twilio only: a copy has failed, and is tried again. */
  'fallback',
  'stored',
  /** It was recorded, and was erased. */
  'erased',
  /** Twilio made no audio, or has lost it. */
  'no-audio',
  /** Nothing was recorded; `reason` says why. */
  'not-recorded',
] as const;
export type Outcome = (typeof OUTCOMES)[number];

export interface CallOutcome {
  readonly outcome: Outcome;
  /** Why, as the row says that the outcome comes from; or why the last attempt failed. */
  readonly reason?: string;
}

const OF_RECORDING: { readonly [state in RecordingState]: Outcome } = {
  'in-progress': 'being-recorded',
  absent: 'no-audio',
  failed: 'no-audio',
  completed: 'copying',
  fallback: 'fallback',
  stored: 'stored',
  deleting: 'stored',
  deleted: 'stored',
  erased: 'erased',
};

const OF_CALL: { readonly [state in CallState]: Outcome } = {
  answered: 'waiting',
  noted: 'waiting',
  posting: 'waiting',
  unstreamed: 'not-recorded',
  // Twilio records, and has not reported it yet.
  recording: 'being-recorded',
  unrecordable: 'not-recorded',
};

/** Of several recordings a person should know of the first in this order. */
const WORST_FIRST: readonly Outcome[] = ['fallback', 'copying', 'being-recorded', 'stored', 'erased', 'no-audio'];

type Recorded = Pick<RecordingRow, 'state' | 'reason' | 'errorCode'>;

/** @param recordings of the call, in any order; where there is one, it tells more than the call's own row. */
export function outcomeOf(
  call: Pick<CallRow, 'state' | 'reason'> | undefined,
  recordings: readonly Recorded[],
): CallOutcome {
  for (const outcome of WORST_FIRST) {
    const recording = recordings.find(({ state }) => OF_RECORDING[state] === outcome);
    if (recording) return { outcome, ...withReason(reasonOf(recording)) };
  }
  // A call without either is one whose rows cannot be read: nothing shows that it was recorded.
  return call ? { outcome: OF_CALL[call.state], ...withReason(call.reason) } : { outcome: 'not-recorded' };
}

const withReason = (reason: string | undefined) => reason !== undefined && { reason };

const reasonOf = ({ reason, errorCode }: Recorded): string | undefined =>
  reason ?? (errorCode === undefined ? undefined : `Twilio's code ${errorCode}`);
