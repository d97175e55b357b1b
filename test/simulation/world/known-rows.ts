/** The rows as they were last written. */
import type { Step } from '../../../lambdas/shared/contract/steps.ts';
import type { Row } from '../../../lambdas/shared/rules/table/rows.ts';
import type { Instant } from '../../../lambdas/shared/rules/values/instant.ts';

export class KnownRows {
  /** When a row was last written, or what steps make of the rows has changed. */
  changedAt: Instant = Number.NEGATIVE_INFINITY;
  /** How many times that was. */
  changes = 0;
  readonly #rows = new Map<string, Row>();

  /** @returns the row before. */
  note(row: Row, now: Instant): Row | undefined {
    this.change(now);
    const key =
      row.kind === 'reconcile' ? row.kind : `${row.callSid} ${row.kind === 'recording' ? row.recordingSid : ''}`;
    const before = this.#rows.get(key);
    this.#rows.set(key, row);
    return before;
  }

  change(now: Instant): void {
    this.changedAt = now;
    this.changes += 1;
  }

  /** Whether a row waits for a step that runs on a schedule. */
  waitFor(step: Step, now: Instant): boolean {
    return [...this.#rows.values()].some((row) => {
      if (row.kind === 'reconcile') return false;
      return step === 'announce'
        ? row.pendingEvents !== undefined
        : row.waiting !== undefined && row.waiting.due <= now;
    });
  }

  /** When the first row after an instant becomes due, as its row says. */
  nextDue(after: Instant): Instant | undefined {
    let next: Instant | undefined;
    for (const row of this.#rows.values()) {
      if (row.kind === 'reconcile' || !row.waiting) continue;
      const { due } = row.waiting;
      if (due > after && (next === undefined || due < next)) next = due;
    }
    return next;
  }
}
