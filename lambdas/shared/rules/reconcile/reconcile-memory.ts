/** How far Twilio's lists are compared with the table, and from where to where the next pass over one goes. */

import type { Draft, ReconcileRow } from '../table/rows.ts';
import { DAY, HOUR, type Instant, MINUTE } from '../values/instant.ts';
import type { ListPass, ListPiece, ListProgress } from './list-progress.ts';
import { endBesidePieces, willReach } from './reconcile-pieces.ts';

export const LIST_NAMES = ['calls', 'recordings'] as const;
export type ListName = (typeof LIST_NAMES)[number];

/**
 * `fresh` goes over what is new, and stops where the list has come to what the one before has settled. `full` goes over all of its
 * window, to the end of the list: it believes neither in the order of the list nor in what `fresh` has seen.
 */
export type PassKind = ListPiece['kind'];

/** A run begins nothing new after so long: the function's time-out leaves room for a page that is slow, and for its entries. */
export const BUDGET_MS = 10 * MINUTE;

/** `fresh` looks back by this much: what was still going on, or not yet listed, an hour ago. */
export const LOOK_BACK_MS = HOUR;

/** `full` looks back by this much: a call lasts up to 24 hours, and Twilio takes a while to process what was recorded. */
export const OVERLAP_MS = 26 * HOUR;

/** Once a day; the schedule may be late by some minutes, and should not cost a whole hour then. */
const FULL_AFTER_MS = DAY - 10 * MINUTE;

/** An entry that says nothing at all, not even its SID, holds up the window for this long, while the alarm lasts. */
const HELD_UP_MAX_MS = 7 * DAY;

/** SIDs to be asked for one by one; beyond that the window stays for what could not be read. */
const LEFT_MAX = 100;

export function isFullDue({ full, fullAt, pieces = [] }: ListProgress, now: Instant): boolean {
  const begun = [fullAt, ...pieces.filter(({ kind }) => kind === 'full').map(({ begunAt }) => begunAt)];
  const latest = Math.max(...begun.map((at) => at ?? Number.NEGATIVE_INFINITY));
  return full !== undefined || now - latest >= FULL_AFTER_MS;
}

/** Nothing is compared yet: what comes to be from now on must be. */
export const beginMemory = (now: Instant): Draft<ReconcileRow> => ({ kind: 'reconcile', checkedUntil: now });

/** Rows of earlier versions have one progress, that of the recordings; calls are looked for from there on too. */
export const progressOf = (memory: Draft<ReconcileRow>, list: ListName): ListProgress =>
  memory[list] ?? { checkedUntil: memory.checkedUntil };

/** The memory with a list's progress. */
export function withProgress(memory: Draft<ReconcileRow>, list: ListName, progress: ListProgress): Draft<ReconcileRow> {
  const next = { ...memory, [list]: progress };
  const ends = LIST_NAMES.map((one) => progressOf(next, one).checkedUntil);
  return { ...next, checkedUntil: Math.min(...ends) };
}

/** A clock that was ahead when it was remembered draws no window in. */
export function beginPass(progress: ListProgress, kind: PassKind, now: Instant): ListPass {
  const knownUntil = Math.min(willReach(progress, kind), now);
  const reachesBackTo = knownUntil - (kind === 'fresh' ? LOOK_BACK_MS : OVERLAP_MS);
  return { begunAt: now, knownUntil, reachesBackTo, settledUntil: now };
}

/** From the newest entry again, back to where it was to go. */
export const beginAgain = ({ knownUntil, reachesBackTo }: ListPass, now: Instant): ListPass => ({
  ...{ begunAt: now, knownUntil, reachesBackTo, settledUntil: now },
});

/** An entry could not be settled: the window stays for it. @param at when it was created, where that is known */
export const failedAt = (pass: ListPass, at: Instant | undefined): ListPass => ({
  ...heldUp(pass, at),
  hasFailed: true,
});

/** An entry does not even say its SID. */
export const unnamed = (pass: ListPass): ListPass =>
  heldUp(pass, Math.max(pass.knownUntil, pass.begunAt - HELD_UP_MAX_MS));

/** An entry cannot be read, and no other can be remembered. */
export const heldUp = (pass: ListPass, at: Instant | undefined): ListPass => ({
  ...pass,
  settledUntil: Math.min(pass.settledUntil, at ?? pass.knownUntil),
});

export function continuePass(progress: ListProgress, kind: PassKind, pass: ListPass): ListProgress {
  return { ...progress, [kind]: pass };
}

/** A full pass in which something failed is made once more by the next run. */
export function endPass(progress: ListProgress, kind: PassKind, pass: ListPass): ListProgress {
  const { [kind]: _ended, ...rest } = progress;
  if (rest.pieces?.some((piece) => piece.kind === kind)) return endBesidePieces(rest, kind, pass);
  if (kind === 'fresh') return { ...rest, checkedUntil: pass.settledUntil };
  return pass.hasFailed ? rest : { ...rest, fullUntil: pass.settledUntil, fullAt: pass.begunAt };
}

/** Whether an entry's SID can be remembered beside those that are. */
export const hasRoomFor = (left: ReadonlySet<string>, sid: string): boolean => left.has(sid) || left.size < LEFT_MAX;

export function withLeft(memory: Draft<ReconcileRow>, added: Iterable<string>, settled: ReadonlySet<string>) {
  const { left: earlier = [], ...rest } = memory;
  const left = [...new Set([...earlier, ...added])].filter((sid) => !settled.has(sid));
  return { ...rest, ...(left.length > 0 && { left }) };
}
