/** The canary: a call from one number of the owner's to another, placed again and again, which must come to S3 as every call. */
import type { Canary } from '../../contract/settings.ts';
import type { CallRow, Draft } from '../table/rows.ts';
import { type Instant, MINUTE, SECOND, toIso } from '../values/instant.ts';

/** What the canary remembers from one run to the next. */
export interface CanaryMemory {
  /** When the last call was placed. */
  readonly placedAt?: Instant;
  /** Since when a call is under way whose sound has not been found in S3: the oldest, if several are. */
  readonly waitingSince?: Instant;
  /** What the last one took that was found. */
  readonly seconds?: number;
}

/** Whether the call is one of the canary's: nobody else calls that number, and nobody else is called from there. */
export const isCanaryCall = (
  canary: Canary | undefined,
  { from, to }: { readonly from?: string | undefined; readonly to?: string | undefined },
): boolean => canary !== undefined && from === canary.from && to === canary.to;

export const isToBePlaced = ({ placedAt }: CanaryMemory, { everyMinutes }: Canary, now: Instant): boolean =>
  placedAt === undefined || now - placedAt >= everyMinutes * MINUTE - TIMER_SLACK_MS;

/** The schedule runs each minute, a few seconds sooner or later. */
const TIMER_SLACK_MS = 30 * SECOND;

export const placed = (memory: CanaryMemory, now: Instant): CanaryMemory => ({
  ...memory,
  placedAt: now,
  waitingSince: memory.waitingSince ?? now,
});

/** Twilio did not place it: the next run tries again, and the time goes on. */
export const notPlaced = ({ placedAt: _none, ...memory }: CanaryMemory): CanaryMemory => memory;

export function heard(memory: CanaryMemory, storedAt: Instant): CanaryMemory {
  const { waitingSince: _over, ...rest } = memory;
  return { ...rest, seconds: Math.max(0, storedAt - (memory.placedAt ?? storedAt)) / SECOND };
}

/** What the last call took, or for how long one has been under way; `undefined` before the first. */
export const secondsOf = ({ waitingSince, seconds }: CanaryMemory, now: Instant): number | undefined =>
  waitingSince === undefined ? seconds : (now - waitingSince) / SECOND;

/** The calling side of a canary: nobody records it, and nobody is to look for its recording. */
export const callingLeg = (callSid: string, { from }: Canary, now: Instant): Draft<CallRow> => ({
  ...{ kind: 'call', callSid, state: 'unrecordable', canary: true, number: from, direction: 'outbound' },
  ...{ startedAt: now, attempts: 0, reason: CALLING_LEG },
});

export const CALLING_LEG = 'canary: the calling side';

/** Its copies have a place of their own, which expires. */
const CANARY_PREFIX = 'recordings/canary/';

/** Where the copies of the calls of that day lie. */
export const canaryPrefix = (day: Instant): string => `${CANARY_PREFIX}${toIso(day).slice(0, 10)}/`;

export const MEMORY_KEY = `${CANARY_PREFIX}memory.json`;

/** TwiML of the calling side: it waits until the other one is recorded, sounds for longer than a start may take, and hangs up. */
export const callingTwiml = (toneUrl: string): string =>
  `<Response><Pause length="5"/><Play loop="10">${toneUrl}</Play><Pause length="2"/><Hangup/></Response>`;

/**
 * Where the copy of a canary's recording lies, as WAV: what is to be heard in it must be readable.
 *
 * @param call as it was answered, which nothing changes
 */
export const canaryKey = (call: Draft<CallRow>, recordingSid: string): string =>
  `${canaryPrefix(call.answeredAt ?? call.startedAt ?? 0)}${call.callSid}/${recordingSid}.wav`;
