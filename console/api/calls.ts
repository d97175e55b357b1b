/** Lists of calls, and one call. */
import type { Filters } from '../route.ts';
import { ask } from './client.ts';
import type { CallEntry, CallList, Outcome, Peaks, RecordingEntry, Story } from './types.ts';

/** @param next where the page before has ended */
export async function listCalls(filters: Filters, signal: AbortSignal, next?: string): Promise<CallList> {
  const { from, to } = filters;
  const query = new URLSearchParams({ ...(from && { from }), ...(to && { to }), ...(next && { next }) });
  const { recordings, ...list } = await ask<RecordingList>(`api/recordings?${query}`, { signal });
  return { ...list, calls: recordings.map(entryOf) };
}

export const readCall = (callSid: string, signal: AbortSignal): Promise<Story> =>
  ask<Story>(`api/calls/${callSid}`, { signal });

export const readPeaks = (callSid: string, recordingSid: string, signal: AbortSignal): Promise<Peaks> =>
  ask<Peaks>(`api/calls/${callSid}/recordings/${recordingSid}/peaks`, { signal });

interface RecordingList extends Omit<CallList, 'calls'> {
  readonly recordings: readonly (RecordingEntry & {
    readonly callSid: string;
    readonly notedAt: string;
    readonly startTime?: string;
    readonly reason?: string;
  })[];
}

const OUTCOME: { readonly [state: string]: Outcome } = {
  'in-progress': 'being-recorded',
  absent: 'no-audio',
  failed: 'no-audio',
  completed: 'copying',
  fallback: 'fallback',
};

function entryOf(recording: RecordingList['recordings'][number]): CallEntry {
  const { callSid, startTime, notedAt, reason, state, durationSeconds } = recording;
  return {
    ...{ callSid, at: startTime ?? notedAt, outcome: OUTCOME[state] ?? 'stored', recordings: [recording] },
    ...(reason !== undefined && { reason }),
    ...(durationSeconds !== undefined && { seconds: durationSeconds }),
  };
}
