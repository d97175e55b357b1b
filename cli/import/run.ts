/** An import: recordings that Twilio has from before, through the same rows, queue and copies as all others. */
import type { Randomness } from '../../lambdas/shared/ports/clock.ts';
import type { Queue, RecordingMessage } from '../../lambdas/shared/ports/queues.ts';
import type { Table } from '../../lambdas/shared/ports/table.ts';
import type { TwilioRest } from '../../lambdas/shared/ports/twilio.ts';
import { changeRow } from '../../lambdas/shared/rows/change-row.ts';
import { applyReport, isToBeCopied } from '../../lambdas/shared/rules/recording/recording.ts';
import { reportOf } from '../../lambdas/shared/rules/recording/twilio-recording.ts';
import { SECOND } from '../../lambdas/shared/rules/values/instant.ts';
import { forEachConcurrently } from '../command/concurrency.ts';
import { Copies, type CopiesDependencies } from './copies.ts';
import { type Entry, type ImportProgress, Ledger } from './ledger.ts';
import type { ListedPage } from './listing.ts';

export interface ImportDependencies extends CopiesDependencies {
  readonly table: Table;
  readonly twilio: Pick<TwilioRest, 'urlOf'>;
  readonly accountSid: string;
  readonly copyQueue: Pick<Queue<RecordingMessage>, 'send'>;
  readonly randomness: Randomness;
  /** Keeps what another run begins with. */
  remember(progress: ImportProgress): void;
  show(settled: number): void;
}

export interface ImportOrder {
  /** They are ours to delete at Twilio, after the time that every recording is kept there. */
  readonly deleteAtTwilio: boolean;
  /** Until all are stored; otherwise until all are queued. */
  readonly wait: boolean;
  /** Recordings that are queued or being copied concurrently: live calls' recordings wait behind them in the queue. */
  readonly inFlight: number;
}

/** Rows that are written concurrently. */
const WRITES_MAX = 8;

export class ImportRun {
  readonly #deps: ImportDependencies;
  readonly #order: ImportOrder;
  readonly #ledger: Ledger;
  readonly #copies: Copies;
  /** Recordings whose row is being written. */
  #begun = 0;
  /** Shared by all that wait for room. */
  #looking: Promise<void> | undefined;
  #rememberedAt = 0;

  constructor(deps: ImportDependencies, order: ImportOrder, progress: ImportProgress) {
    this.#deps = deps;
    this.#order = order;
    this.#ledger = new Ledger(progress);
    this.#copies = new Copies(deps, this.#ledger);
  }

  /** @throws {Problem} where nothing is copied; the same import continues from there */
  async run(pages: AsyncIterable<ListedPage>): Promise<ImportProgress> {
    const { inFlight, wait } = this.#order;
    try {
      await forEachConcurrently(this.#entriesOf(pages), Math.min(WRITES_MAX, inFlight), async (entry, failed) => {
        await this.#takeRoom(failed);
        await this.#begin(entry).finally(() => {
          this.#begun -= 1;
        });
        this.#tell();
      });
      while (wait && this.#copies.count > 0) await this.#look();
      this.#copies.leaveQueued();
    } finally {
      this.#deps.remember(this.#ledger.rememberable);
    }
    return this.#ledger.progress;
  }

  async *#entriesOf(pages: AsyncIterable<ListedPage>): AsyncGenerator<Entry> {
    for await (const { entries } of pages) {
      for (const listed of entries) yield this.#ledger.enter(listed);
    }
  }

  async #takeRoom(failed: AbortSignal): Promise<void> {
    while (this.#begun + this.#copies.count >= this.#order.inFlight) {
      this.#looking ??= this.#look().finally(() => {
        this.#looking = undefined;
      });
      await this.#looking;
      failed.throwIfAborted();
    }
    // In the same moment as the check: others wait as well.
    this.#begun += 1;
  }

  /** Makes the recording's row, and sends for its copy. A crash in between is found by `sweep`. */
  async #begin(entry: Entry): Promise<void> {
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
    if (!row || !isToBeCopied(row)) return this.#ledger.settle(entry, this.#ledger.outcomeOf(row));
    await copyQueue.send({ callSid, recordingSid });
    this.#copies.add(entry, { callSid, recordingSid }, row.attempts);
  }

  async #look(): Promise<void> {
    await this.#copies.look();
    this.#tell();
  }

  #tell(): void {
    const { clock, remember, show } = this.#deps;
    show(this.#ledger.settled);
    if (clock.now() - this.#rememberedAt < SECOND) return;
    this.#rememberedAt = clock.now();
    remember(this.#ledger.rememberable);
  }
}
