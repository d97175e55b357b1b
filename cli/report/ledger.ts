/** Counts the calls by number, and names those that need a name. */
import type { OwnNumbers } from '../../lambdas/shared/rules/call/unaccounted.ts';
import { type Instant, toIso } from '../../lambdas/shared/rules/values/instant.ts';
import type { CallsPart, NamedCall, Tally } from './certificate.ts';
import type { Verdict } from './judge-call.ts';

export interface JudgedCall {
  readonly callSid: string;
  /** Ours, as far as it is known. */
  readonly number: string;
  readonly began: Instant;
  readonly verdict: Verdict;
  /** What the table has of it: the row of the call shows that its number pointed here. */
  readonly known: 'call' | 'recording' | 'nothing';
  readonly isListed: boolean;
}

type Counts = { -readonly [name in keyof Tally]: Tally[name] extends number ? number : Map<string, number> };

/** When calls of a number have come here, as far as rows show. */
interface Seen {
  first: Instant;
  last: Instant;
}

export class Ledger {
  readonly #pointed: OwnNumbers;
  readonly #numbers = new Map<string, Counts>();
  readonly #seen = new Map<string, Seen>();
  readonly #rowless: JudgedCall[] = [];
  readonly #named = { unexplained: list(), notRecorded: list(), open: list(), undecided: list(), unlisted: list() };
  #elsewhere = 0;

  /** @param pointed the numbers that point here now, and since when at the latest */
  constructor(pointed: OwnNumbers) {
    this.#pointed = pointed;
  }

  enter(call: JudgedCall): void {
    const { number, began, known } = call;
    if (known === 'nothing') {
      this.#rowless.push(call);
      return;
    }
    if (known === 'call') {
      const seen = this.#seen.get(number);
      this.#seen.set(number, {
        first: Math.min(seen?.first ?? began, began),
        last: Math.max(seen?.last ?? began, began),
      });
    }
    this.#count(call);
  }

  /** To be asked once, when all calls are entered. */
  close(): CallsPart {
    for (const call of this.#rowless) {
      const cameHere = this.#cameHere(call);
      if (cameHere === 'yes') this.#count(call);
      else if (cameHere === 'perhaps') this.#named.undecided.push(call);
      else this.#elsewhere += 1;
    }
    const numbers = [...this.#numbers].sort(([one], [other]) => (one < other ? -1 : 1));
    return {
      total: tallyOf(sum(numbers.map(([, counts]) => counts))),
      numbers: numbers.map(([number, counts]) => ({ number, ...tallyOf(counts) })),
      unexplained: inOrder(this.#named.unexplained),
      notRecorded: inOrder(this.#named.notRecorded),
      open: inOrder(this.#named.open),
      undecided: inOrder(this.#named.undecided),
      unlisted: inOrder(this.#named.unlisted),
      elsewhere: this.#elsewhere,
    };
  }

  /**
   * Whether the table should know the call. A number that points here now did so since it was last changed, or since the first call
   * with a row; one that does not, between its first and its last call with a row.
   */
  #cameHere({ number, began }: JudgedCall): 'yes' | 'perhaps' | 'no' {
    const seen = this.#seen.get(number);
    const since = this.#pointed.get(number);
    if (since !== undefined) return began >= Math.min(since, seen?.first ?? since) ? 'yes' : 'perhaps';
    if (!seen) return 'no';
    return began >= seen.first && began <= seen.last ? 'yes' : 'perhaps';
  }

  #count(call: JudgedCall): void {
    const { number, verdict } = call;
    const counts = this.#numbers.get(number) ?? noCounts();
    this.#numbers.set(number, counts);
    if (!call.isListed) this.#named.unlisted.push(call);
    if (verdict.kind === 'canary') {
      counts.canary += 1;
      return;
    }
    if (verdict.kind === 'not-wanted') {
      counts.notWanted += 1;
      return;
    }
    counts.calls += 1;
    switch (verdict.kind) {
      case 'recorded':
        counts.recorded += 1;
        counts.onlyAtTwilio += verdict.where === 'twilio' ? 1 : 0;
        counts.erased += verdict.where === 'erased' ? 1 : 0;
        return;
      case 'not-recorded':
        addReason(counts.notRecorded, verdict.reason);
        this.#named.notRecorded.push(call);
        return;
      case 'not-answered':
        addReason(counts.notAnswered, verdict.reason);
        return;
      case 'open':
        counts.open += 1;
        this.#named.open.push(call);
        return;
      case 'unexplained':
        counts.unexplained += 1;
        this.#named.unexplained.push(call);
    }
  }
}

const list = (): JudgedCall[] => [];

const inOrder = (calls: readonly JudgedCall[]): NamedCall[] =>
  [...calls]
    .sort((one, other) => one.began - other.began)
    .map(({ callSid, number, began, verdict }) => {
      const reason = 'reason' in verdict ? verdict.reason : verdict.kind;
      return { callSid, number, began: toIso(began), reason };
    });

const addReason = (reasons: Map<string, number>, reason: string, count = 1): void =>
  void reasons.set(reason, (reasons.get(reason) ?? 0) + count);

const noCounts = (): Counts => ({
  ...{ calls: 0, recorded: 0, onlyAtTwilio: 0, erased: 0, notRecorded: new Map(), notAnswered: new Map() },
  ...{ open: 0, unexplained: 0, notWanted: 0, canary: 0 },
});

function sum(all: readonly Counts[]): Counts {
  const total = noCounts();
  for (const { notRecorded, notAnswered, ...counts } of all) {
    for (const [name, count] of Object.entries(counts)) total[name as keyof typeof counts] += count;
    for (const [reason, count] of notRecorded) addReason(total.notRecorded, reason, count);
    for (const [reason, count] of notAnswered) addReason(total.notAnswered, reason, count);
  }
  return total;
}

/** The most frequent reason first. */
function tallyOf({ notRecorded, notAnswered, ...counts }: Counts): Tally {
  const sorted = (reasons: Map<string, number>) =>
    Object.fromEntries([...reasons].sort(([, one], [, other]) => other - one));
  return { ...counts, notRecorded: sorted(notRecorded), notAnswered: sorted(notAnswered) };
}
