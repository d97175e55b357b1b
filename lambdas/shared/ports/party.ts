/** Calls by the number of their other party. */
import type { Instant } from '../rules/values/instant.ts';
import type { DayEntry } from './table.ts';

/** The secret that keys the HMAC of numbers. It never changes: under another key no earlier call could be found. */
export interface PartyKey {
  /** @throws where it has never been read and cannot be */
  current(): Promise<string>;
}

/** The rows that lead from a party to its calls, strongly consistent. */
export interface PartyIndex {
  /** Up to `limit` entries of one party's partition, the newest first; `before` is not included. */
  entriesOfParty(asked: {
    readonly partition: string;
    /** ISO time, included. */
    readonly from: string;
    /** ISO time, or a place. */
    readonly before: string;
    readonly limit: number;
  }): Promise<readonly DayEntry[]>;
}

/** What an erasure takes away: the rows that lead from a party to a call. */
export interface PartyRemoval {
  /**
   * Repeated, it changes nothing.
   *
   * @param of.around - when the call was answered, or began: such a row may say either
   */
  remove(of: { readonly party: string; readonly callSid: string; readonly around: Instant }): Promise<void>;
}
