import { setTimeout as pause } from 'node:timers/promises';
import type { System } from '../system/system.ts';
import type { KnownRecording } from '../twilio/server/server.ts';
import { readTable, type TableRow } from '../watch/table-rows.ts';

export interface SettleOptions {
  readonly system: System;
  readonly limitMilliseconds: number;
  /** Told now and then what is being waited for. */
  readonly onWaiting: (what: string) => void;
  readonly tellEveryMilliseconds?: number;
  /** A sweep puts a deletion off for long before it is carried out a moment later: so this is waited for. Default 20 s. */
  readonly quietMilliseconds?: number;
}

/** Something that is still to happen. */
export interface Pending {
  readonly what: string;
  /** When it is to be looked at, in milliseconds since 1970, where that is known. */
  readonly due: number | undefined;
}

const LOOK_EVERY_MILLISECONDS = 500;

/**
 * Waits until everything has come to its end: each call's row final, each recording deleted at Twilio. Ends sooner where
 * nothing is left but deletions that are not due within the limit.
 *
 * @returns the milliseconds that it took.
 */
export async function settle(options: SettleOptions): Promise<number> {
  const { system, limitMilliseconds, onWaiting, tellEveryMilliseconds = 15_000, quietMilliseconds = 20_000 } = options;
  const begun = Date.now();
  let busyAt = begun;
  let left = Number.POSITIVE_INFINITY;
  const deadline = begun + limitMilliseconds;
  let toldAt = begun;
  for (;;) {
    const pending = pendingOf(await readTable(system), system.twilio?.recordings() ?? []);
    const now = Date.now();
    const isWorthWaiting = pending.some(({ what, due }) => what !== DELETION || (due ?? now) < deadline);
    if (isWorthWaiting || pending.length < left) busyAt = now;
    left = pending.length;
    if (pending.length === 0 || now - busyAt >= quietMilliseconds || now >= deadline) return now - begun;
    if (now - toldAt >= tellEveryMilliseconds) {
      toldAt = now;
      onWaiting(describePending(pending, now));
    }
    await pause(LOOK_EVERY_MILLISECONDS);
  }
}

const DELETION = 'deletion at Twilio';
const WAITS_FOR: { readonly [next: string]: string } = {
  stream: 'look-up of a call without a stream',
  start: 'start of a recording',
  copy: 'copy to S3',
  report: 'report of a recording',
  delete: DELETION,
};
const FINAL = new Set(['deleted', 'absent', 'failed', 'recording', 'unrecordable']);

/** What rows and recordings wait for. */
export function pendingOf(rows: readonly TableRow[], recordings: readonly KnownRecording[]): readonly Pending[] {
  const ofRows = rows
    .filter(({ state }) => !FINAL.has(state))
    .map(({ waiting }) => ({ what: WAITS_FOR[waiting?.next ?? ''] ?? 'news of a recording', due: waiting?.due }));
  const unannounced = rows.filter(({ hasPendingEvents }) => hasPendingEvents);
  const known = new Set(rows.map(({ recordingSid }) => recordingSid));
  const unknown = recordings.filter(({ sid }) => !known.has(sid));
  return [
    ...ofRows,
    ...unannounced.map(() => ({ what: 'announcement', due: undefined })),
    ...unknown.map(() => ({ what: 'row of a recording', due: undefined })),
  ];
}

export function describePending(pending: readonly Pending[], now: number): string {
  const kinds = new Map<string, Pending[]>();
  for (const one of pending) kinds.set(one.what, [...(kinds.get(one.what) ?? []), one]);
  const parts = [...kinds].map(([what, ones]) => {
    const last = Math.max(...ones.map(({ due }) => due ?? now));
    const seconds = Math.round((last - now) / 1000);
    return `${ones.length} × ${what}${seconds > 0 ? ` (the last one due in ${seconds} s)` : ''}`;
  });
  return parts.join(', ');
}
