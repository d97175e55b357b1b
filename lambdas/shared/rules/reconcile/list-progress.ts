/** How far `reconcile` has come over one of Twilio's lists, as its row keeps it. */
import type { Instant } from '../values/instant.ts';

/** How far one of the lists is compared. */
export interface ListProgress {
  /** Whatever the list has from before is settled, if the list is in the order of time. */
  readonly checkedUntil: Instant;
  /** The same in whatever order the list is. */
  readonly fullUntil?: Instant;
  /** When the last pass over all of the window began, of those that came to their end. */
  readonly fullAt?: Instant;
  /** Passes that have not come to their end: over what is new, and over all of the window. */
  readonly fresh?: ListPass;
  readonly full?: ListPass;
  /** Passes that the queue works off, side by side with those of the schedule. */
  readonly pieces?: readonly ListPiece[];
}

/** A pass over a list, from its newest entry back. */
export interface ListPass {
  readonly begunAt: Instant;
  /** What the pass before has settled. */
  readonly knownUntil: Instant;
  readonly reachesBackTo: Instant;
  /** What is settled once it comes to its end: until it began, or until the oldest entry that was not settled. */
  readonly settledUntil: Instant;
  /** The next page; absent at the beginning. */
  readonly page?: string;
  /** Something failed that the next run may do. */
  readonly hasFailed?: true;
}

/** A pass that one run of the schedule could not end: the queue works it off, in as many invocations as it takes. */
export interface ListPiece extends ListPass {
  readonly id: string;
  readonly kind: 'fresh' | 'full';
  /** When it was put on the queue, or last came on. */
  readonly touchedAt: Instant;
  /** The message that works it off. */
  readonly messageId?: string;
  /** It has come to its end, and waits for those before it. */
  readonly hasEnded?: true;
}
