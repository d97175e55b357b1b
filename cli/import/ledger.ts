/** The book of an import: what became of each recording, in the order of Twilio's list. */
import type { RecordingRow } from '../../lambdas/shared/rules/table/rows.ts';
import type { Instant } from '../../lambdas/shared/rules/values/instant.ts';
import type { Listed, Position } from './listing.ts';

/**
 * `no-call`: of a conference, which has no place here. `unreadable`: Twilio's entry is not as documented.
 * `not-completed`: it is still being made. `fallback`: its copy fails, and is tried on and on.
 */
export const WHY_LEFT = ['no-call', 'unreadable', 'not-completed', 'fallback'] as const;

/** A recording that stays at Twilio only, and why. */
export interface Left {
  readonly recordingSid: string;
  readonly callSid?: string;
  readonly why: (typeof WHY_LEFT)[number];
  readonly reason?: string;
}

/** `known`: it was stored before this import. `no-audio`: Twilio made none. */
export type Outcome = 'stored' | 'known' | 'queued' | 'no-audio' | Left;
export type Count = Exclude<Outcome, Left>;

/** What is remembered of an import, so that another run continues it. */
export interface ImportProgress {
  readonly begunAt: Instant;
  readonly position?: Position;
  readonly counts: { readonly [count in Count]: number };
  readonly left: readonly Left[];
  /** Entries of the list without so much as a recording SID. */
  readonly unnamed: number;
}

export const noProgress = (begunAt: Instant): ImportProgress => ({
  begunAt,
  counts: { stored: 0, known: 0, queued: 0, 'no-audio': 0 },
  left: [],
  unnamed: 0,
});

export const settledCount = ({ counts, left }: ImportProgress): number =>
  Object.values(counts).reduce((sum, count) => sum + count, left.length);

export interface Entry {
  readonly listed: Listed;
  outcome?: Outcome;
}

/**
 * Entries are settled in any order. The progress to be remembered ends before the first that is not: a later run looks at
 * some again, and passes over none.
 */
export class Ledger {
  #progress: ImportProgress;
  #rememberable: ImportProgress;
  #newestFirst = true;
  /** From the first that is not settled. */
  readonly #open: Entry[] = [];
  #ahead = 0;

  constructor(progress: ImportProgress) {
    this.#progress = progress;
    this.#rememberable = progress;
  }

  enter(listed: Listed): Entry {
    const entry: Entry = { listed };
    this.#open.push(entry);
    return entry;
  }

  settle(entry: Entry, outcome: Outcome): void {
    entry.outcome = outcome;
    this.#ahead += 1;
    for (let first = this.#open[0]; first?.outcome !== undefined; first = this.#open[0]) {
      this.#open.shift();
      this.#ahead -= 1;
      this.#add(first.listed, first.outcome);
    }
  }

  /** What became of a recording that is not to be copied, or not any more. */
  outcomeOf(row: RecordingRow | undefined): Count {
    // A run that was killed may have begun what this one finds done.
    return row && row.notedAt >= this.#progress.begunAt ? 'stored' : 'known';
  }

  /** All that is settled, also behind what is not. */
  get settled(): number {
    return settledCount(this.#progress) + this.#ahead;
  }

  /** What another run may begin with. */
  get rememberable(): ImportProgress {
    return this.#rememberable;
  }

  /** To be asked at the end. */
  get progress(): ImportProgress {
    return this.#progress;
  }

  #add(listed: Listed, outcome: Outcome): void {
    const { counts, left, position } = this.#progress;
    const { createdAt } = listed;
    // Were the list in another order than documented, a position would pass over what follows.
    this.#newestFirst &&= createdAt !== undefined && (position === undefined || createdAt <= position.createdAt);
    this.#progress = {
      ...this.#progress,
      ...(typeof outcome === 'string'
        ? { counts: { ...counts, [outcome]: counts[outcome] + 1 } }
        : { left: [...left, outcome] }),
      ...(createdAt !== undefined && { position: after(position, listed.recordingSid, createdAt) }),
    };
    if (this.#newestFirst) this.#rememberable = this.#progress;
  }
}

function after(position: Position | undefined, recordingSid: string, createdAt: Instant): Position {
  const same = position?.createdAt === createdAt ? position.recordingSids : [];
  return { createdAt, recordingSids: [...same, recordingSid] };
}
