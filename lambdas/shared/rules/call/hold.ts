/** A call's hold: while it stands, nothing of the call is erased or deleted at Twilio. */

import type { HoldRow } from '../table/kept-rows.ts';
import type { Draft, RecordingRow } from '../table/rows.ts';
import { DAY, type Instant } from '../values/instant.ts';

/** What a hold keeps back is looked at again after this long; its release looks at once. */
export const HELD_LOOK_AGAIN_MS = DAY;

/** Who places or releases, and why. */
export interface HoldChange {
  readonly by: string;
  readonly reason: string;
}

export const isHeld = (hold: Draft<HoldRow> | undefined): boolean => hold?.state === 'held';

/** @returns `undefined` where the call is held already: the first reason stands. */
export function placeHold(
  hold: Draft<HoldRow> | undefined,
  callSid: string,
  { by, reason }: HoldChange,
  now: Instant,
): Draft<HoldRow> | undefined {
  if (isHeld(hold)) return undefined;
  return { ...hold, kind: 'hold', callSid, state: 'held', by, reason, at: now, heldSince: now };
}

/** @returns `undefined` where the call is not held. */
export function releaseHold(
  hold: Draft<HoldRow> | undefined,
  { by, reason }: HoldChange,
  now: Instant,
): Draft<HoldRow> | undefined {
  return hold && isHeld(hold) ? { ...hold, state: 'released', by, reason, at: now } : undefined;
}

/** The deletion at Twilio waits until the hold is released. Nothing has failed. */
export const deletionHeld = (row: Draft<RecordingRow>, now: Instant): Draft<RecordingRow> => ({
  ...row,
  waiting: { next: 'delete', due: now + HELD_LOOK_AGAIN_MS },
});

/** What the hold has kept back is due. @returns `undefined` where nothing is */
export const dueAfterHold = (row: Draft<RecordingRow>, now: Instant): Draft<RecordingRow> | undefined =>
  row.waiting?.next === 'delete' && row.waiting.due > now
    ? { ...row, waiting: { next: 'delete', due: now } }
    : undefined;
