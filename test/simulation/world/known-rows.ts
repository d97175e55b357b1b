/** The rows as they were last written. */
import type { Step } from '../../../lambdas/shared/contract/steps.ts';
import { isOfService, type Row } from '../../../lambdas/shared/rules/table/rows.ts';
import { type Instant, SECOND } from '../../../lambdas/shared/rules/values/instant.ts';
import { keyText } from '../../../sim/aws/table.ts';

export class KnownRows {
  /** When a row of a call or a recording was last written, or what steps make of the rows has changed. */
  changedAt: Instant = Number.NEGATIVE_INFINITY;
  /** How many times that was. */
  changes = 0;
  readonly #rows = new Map<string, Row>();
  /** How far `reconcile` had got, and since when that stood in the table. The latest last. */
  readonly #compared: { readonly at: Instant; readonly checkedUntil: Instant }[] = [];

  /** @returns the row before. */
  note(row: Row, now: Instant): Row | undefined {
    // All that a schedule makes of the memory of `reconcile` is its age, which `reconcileAge` tells.
    if (row.kind === 'reconcile') this.#compared.push({ at: now, checkedUntil: row.checkedUntil });
    else this.change(now);
    const key = keyText(row);
    const before = this.#rows.get(key);
    this.#rows.set(key, row);
    return before;
  }

  change(now: Instant): void {
    this.changedAt = now;
    this.changes += 1;
  }

  /** Seconds since Twilio's lists were compared up to, as `sweep` measures them at an instant. */
  reconcileAge(at: Instant): number {
    const known = this.#compared.findLast((one) => one.at <= at);
    return known ? Math.max(0, at - known.checkedUntil) / SECOND : 0;
  }

  /** When `reconcile` has written its memory after an instant and before another. */
  comparedBetween(from: Instant, until: Instant): readonly Instant[] {
    return this.#compared.map(({ at }) => at).filter((at) => at > from && at < until);
  }

  /** Whether a row waits for a step that runs on a schedule. */
  waitFor(step: Step, now: Instant): boolean {
    return [...this.#rows.values()].some((row) => {
      if (isOfService(row)) return false;
      return step === 'announce'
        ? row.pendingEvents !== undefined
        : row.kind !== 'hold' && row.waiting !== undefined && row.waiting.due <= now;
    });
  }

  /** When the first row after an instant becomes due, as its row says. */
  nextDue(after: Instant): Instant | undefined {
    let next: Instant | undefined;
    for (const row of this.#rows.values()) {
      if (isOfService(row) || row.kind === 'hold' || !row.waiting) continue;
      const { due } = row.waiting;
      if (due > after && (next === undefined || due < next)) next = due;
    }
    return next;
  }
}
