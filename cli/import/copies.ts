/** The copies that an import has asked for: whether they are done, and whether anything happens at all. */
import type { Clock } from '../../lambdas/shared/ports/clock.ts';
import type { RecordingMessage } from '../../lambdas/shared/ports/queues.ts';
import type { Table } from '../../lambdas/shared/ports/table.ts';
import { isToBeCopied } from '../../lambdas/shared/rules/recording/recording.ts';
import { isClaimed } from '../../lambdas/shared/rules/table/claim.ts';
import { type Instant, MINUTE, SECOND } from '../../lambdas/shared/rules/values/instant.ts';
import { forEachConcurrently } from '../command/concurrency.ts';
import { hint, Problem } from '../command/problem.ts';
import type { Pace } from '../place/pace.ts';
import type { Place } from '../place/place.ts';
import type { Entry, Ledger, Outcome } from './ledger.ts';

export interface CopiesDependencies {
  readonly place: Pick<Place, 'options'>;
  readonly table: Pick<Table, 'read'>;
  readonly clock: Clock;
  readonly pace: Pace;
}

/** Rows that are read concurrently. */
const READS_MAX = 8;
const LOOK_PAUSE_MS = SECOND / 2;
/** Failures of a copy after which it is left to the pauses of `recording-copy`, which become hours. */
const FAILURES_MAX = 3;
/** Longer than a copy may take without a sign of life, and than a lost message stays lost. */
const SILENCE_MS = 15 * MINUTE;

interface Copy {
  readonly message: RecordingMessage;
  /** Failures so far. */
  failures: number;
  readonly failuresMax: number;
}

export class Copies {
  readonly #deps: CopiesDependencies;
  readonly #ledger: Ledger;
  readonly #unfinished = new Map<Entry, Copy>();
  #signOfLifeAt: Instant;

  constructor(deps: CopiesDependencies, ledger: Ledger) {
    this.#deps = deps;
    this.#ledger = ledger;
    this.#signOfLifeAt = deps.clock.now();
  }

  get count(): number {
    return this.#unfinished.size;
  }

  /** @param failures before this import */
  add(entry: Entry, message: RecordingMessage, failures: number): void {
    this.#unfinished.set(entry, { message, failures, failuresMax: failures + FAILURES_MAX });
  }

  /** Settles as queued what is not finished. */
  leaveQueued(): void {
    for (const entry of this.#unfinished.keys()) this.#ledger.settle(entry, 'queued');
  }

  /** Settles what is done since. @throws {Problem} where nothing has happened for too long */
  async look(): Promise<void> {
    const { clock, place } = this.#deps;
    await clock.sleep(LOOK_PAUSE_MS);
    await forEachConcurrently([...this.#unfinished], READS_MAX, ([entry, copy]) => this.#lookAt(entry, copy));
    if (clock.now() - this.#signOfLifeAt <= SILENCE_MS) return;
    throw new Problem(
      `Nothing was copied for ${SILENCE_MS / MINUTE} minutes: run ${hint(place, 'doctor')}. ` +
        'What is queued stays queued, and the same command continues from here.',
    );
  }

  async #lookAt(entry: Entry, copy: Copy): Promise<void> {
    const { table, clock, pace } = this.#deps;
    const row = await table.read({ kind: 'recording', ...copy.message });
    if (!row || !isToBeCopied(row)) {
      pace.recover();
      return this.#finish(entry, this.#ledger.outcomeOf(row));
    }
    if (isClaimed(row, clock.now())) this.#signOfLifeAt = clock.now();
    if (row.attempts > copy.failures) {
      copy.failures = row.attempts;
      this.#signOfLifeAt = clock.now();
      if (/\bstatus 429\b/.test(row.reason ?? '')) pace.backOff();
    }
    if (copy.failures < copy.failuresMax) return;
    const reason = row.reason !== undefined && { reason: row.reason };
    this.#finish(entry, { ...copy.message, why: 'fallback', ...reason });
  }

  #finish(entry: Entry, outcome: Outcome): void {
    this.#unfinished.delete(entry);
    this.#ledger.settle(entry, outcome);
    this.#signOfLifeAt = this.#deps.clock.now();
  }
}
