/** An import: recordings that Twilio has from before, through the same rows, queue and copies as all others. */

import type { Clock, Randomness } from '../../lambdas/shared/ports/clock.ts';
import type { Queue, RecordingMessage } from '../../lambdas/shared/ports/queues.ts';
import type { Table } from '../../lambdas/shared/ports/table.ts';
import type { TwilioRest } from '../../lambdas/shared/ports/twilio.ts';
import { changeRow } from '../../lambdas/shared/rows/change-row.ts';
import { applyReport, isToBeCopied } from '../../lambdas/shared/rules/recording/recording.ts';
import { reportOf } from '../../lambdas/shared/rules/recording/twilio-recording.ts';
import { isClaimed } from '../../lambdas/shared/rules/table/claim.ts';
import type { RecordingRow } from '../../lambdas/shared/rules/table/rows.ts';
import { type Instant, MINUTE, SECOND } from '../../lambdas/shared/rules/values/instant.ts';
import { Problem } from '../command/command.ts';
import { type Entry, type ImportProgress, Ledger, type Outcome } from './import-ledger.ts';
import type { ListedPage } from './import-list.ts';
import type { Pace } from './pace.ts';

export interface ImportDependencies {
  readonly table: Table;
  readonly twilio: Pick<TwilioRest, 'urlOf'>;
  readonly accountSid: string;
  readonly copyQueue: Pick<Queue<RecordingMessage>, 'send'>;
  readonly clock: Clock;
  readonly randomness: Randomness;
  readonly pace: Pace;
  /** Keeps what another run begins with. */
  remember(progress: ImportProgress): void;
  show(settled: number): void;
}

export interface ImportOrder {
  /** They are ours to delete at Twilio, after the time that every recording is kept there. */
  readonly deleteAtTwilio: boolean;
  /** Until all are stored; otherwise until all are queued. */
  readonly wait: boolean;
  /** Recordings that are queued or being copied at a time: live calls' recordings wait behind them in the queue. */
  readonly inFlight: number;
}

/** Rows written, or read, at a time. */
const AT_ONCE = 8;
const LOOK_PAUSE_MS = SECOND / 2;
/** Failures of a copy after which it is left to the pauses of `recording-copy`, which become hours. */
const FAILURES_MAX = 3;
/** Longer than a copy may take without a sign of life, and than a lost message stays lost. */
const SILENCE_MS = 15 * MINUTE;

interface InWork {
  readonly message: RecordingMessage;
  /** Failures so far. */
  failures: number;
  readonly failuresMax: number;
}

export class ImportRun {
  readonly #deps: ImportDependencies;
  readonly #order: ImportOrder;
  readonly #ledger: Ledger;
  readonly #inWork = new Map<Entry, InWork>();
  #signOfLifeAt: Instant;
  #rememberedAt = 0;

  constructor(deps: ImportDependencies, order: ImportOrder, progress: ImportProgress) {
    this.#deps = deps;
    this.#order = order;
    this.#ledger = new Ledger(progress);
    this.#signOfLifeAt = deps.clock.now();
  }

  /** @throws {Problem} where nothing is copied; the same import goes on from there */
  async run(pages: AsyncIterable<ListedPage>): Promise<ImportProgress> {
    try {
      for await (const { entries } of pages) {
        const atOnce = Math.min(AT_ONCE, this.#order.inFlight);
        for (let start = 0; start < entries.length; start += atOnce) {
          const batch = entries.slice(start, start + atOnce).map((listed) => this.#ledger.enter(listed));
          while (this.#inWork.size > 0 && this.#inWork.size + batch.length > this.#order.inFlight) await this.#look();
          await allOf(batch, (entry) => this.#take(entry));
          this.#tell();
        }
      }
      while (this.#order.wait && this.#inWork.size > 0) await this.#look();
      for (const entry of this.#inWork.keys()) this.#ledger.settle(entry, 'queued');
    } finally {
      this.#deps.remember(this.#ledger.rememberable);
    }
    return this.#ledger.progress;
  }

  /** Makes the recording's row, and sends for its copy. A crash in between is found by `sweep`. */
  async #take(entry: Entry): Promise<void> {
    const { clock, twilio, accountSid, copyQueue, pace } = this.#deps;
    const { recording, recordingSid, why } = entry.listed;
    if (!recording) return this.#ledger.settle(entry, { recordingSid, why: why ?? 'unreadable' });
    const { callSid } = recording;
    const report = reportOf(recording, twilio.urlOf(accountSid, recordingSid));
    if (report?.status === 'absent' || report?.status === 'failed') return this.#ledger.settle(entry, 'no-audio');
    if (report?.status !== 'completed') {
      return this.#ledger.settle(entry, { recordingSid, callSid, why: 'not-completed', reason: recording.status });
    }
    await pace.turn();
    const applied = { ...report, ...(this.#order.deleteAtTwilio && { proof: 'owner' as const }) };
    const { row } = await changeRow(this.#deps, { kind: 'recording', callSid, recordingSid }, (known) =>
      applyReport(known, applied, clock.now()),
    );
    if (!row || !isToBeCopied(row)) return this.#ledger.settle(entry, this.#storedOrKnown(row));
    await copyQueue.send({ callSid, recordingSid });
    const failures = row.attempts;
    this.#inWork.set(entry, { message: { callSid, recordingSid }, failures, failuresMax: failures + FAILURES_MAX });
  }

  #storedOrKnown(row: RecordingRow | undefined): Outcome {
    // A run that was killed may have begun what this one finds done.
    return row && row.notedAt >= this.#ledger.progress.begunAt ? 'stored' : 'known';
  }

  /** Looks after what is in work. */
  async #look(): Promise<void> {
    const { clock } = this.#deps;
    await clock.sleep(LOOK_PAUSE_MS);
    const inWork = [...this.#inWork];
    for (let start = 0; start < inWork.length; start += AT_ONCE) {
      await allOf(inWork.slice(start, start + AT_ONCE), ([entry, work]) => this.#lookAt(entry, work));
    }
    this.#tell();
    if (clock.now() - this.#signOfLifeAt <= SILENCE_MS) return;
    throw new Problem(
      `Nothing was copied for ${SILENCE_MS / MINUTE} minutes: run "doctor". What is queued stays queued, and the same command goes on from here.`,
    );
  }

  async #lookAt(entry: Entry, work: InWork): Promise<void> {
    const { table, clock, pace } = this.#deps;
    const row = await table.read({ kind: 'recording', ...work.message });
    if (row && isToBeCopied(row)) {
      if (isClaimed(row, clock.now())) this.#signOfLifeAt = clock.now();
      if (row.attempts > work.failures) {
        work.failures = row.attempts;
        this.#signOfLifeAt = clock.now();
        if (/\bstatus 429\b/.test(row.reason ?? '')) pace.backOff();
      }
      if (work.failures < work.failuresMax) return;
      const reason = row.reason !== undefined && { reason: row.reason };
      this.#done(entry, { ...work.message, why: 'fallback', ...reason });
      return;
    }
    pace.recover();
    this.#done(entry, this.#storedOrKnown(row));
  }

  #done(entry: Entry, outcome: Outcome): void {
    this.#inWork.delete(entry);
    this.#ledger.settle(entry, outcome);
    this.#signOfLifeAt = this.#deps.clock.now();
  }

  #tell(): void {
    const { clock, remember, show } = this.#deps;
    show(this.#ledger.settled);
    if (clock.now() - this.#rememberedAt < SECOND) return;
    this.#rememberedAt = clock.now();
    remember(this.#ledger.rememberable);
  }
}

/** Waits for all of them, also when one fails, so that nothing goes on behind the error's back. */
async function allOf<Item>(items: readonly Item[], act: (item: Item) => Promise<void>): Promise<void> {
  const results = await Promise.allSettled(items.map(act));
  for (const result of results) if (result.status === 'rejected') throw result.reason;
}
