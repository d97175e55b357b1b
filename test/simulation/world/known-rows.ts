/** The rows as they were last written, and what of them is left to do. */
import type { Row } from '../../../lambdas/shared/rules/table/rows.ts';
import type { Instant } from '../../../lambdas/shared/rules/values/instant.ts';
import type { TwilioWorld } from './twilio-world.ts';

export class KnownRows {
  readonly #rows = new Map<string, Row>();

  /** @returns the row before. */
  note(row: Row): Row | undefined {
    const key =
      row.kind === 'reconcile' ? row.kind : `${row.callSid} ${row.kind === 'recording' ? row.recordingSid : ''}`;
    const before = this.#rows.get(key);
    this.#rows.set(key, row);
    return before;
  }

  /** When the first row is overdue, as its row says. */
  nextDue(withDeletions: boolean): Instant | undefined {
    let next: Instant | undefined;
    for (const row of this.#rows.values()) {
      if (row.kind === 'reconcile' || !row.waiting) continue;
      if (row.waiting.next === 'delete' && !withDeletions) continue;
      const due = row.waiting.due;
      if (next === undefined || due < next) next = due;
    }
    return next;
  }

  /** When the first pending event happened. */
  nextPendingEvent(): Instant | undefined {
    let next: Instant | undefined;
    for (const row of this.#rows.values()) {
      const [oldest] = row.kind === 'reconcile' ? [] : (row.pendingEvents ?? []);
      if (oldest && (next === undefined || oldest.at < next)) next = oldest.at;
    }
    return next;
  }

  /** Whether there is anything for `reconcile` to do. */
  hasUnreconciled({ state }: TwilioWorld, strangers: ReadonlySet<string>): boolean {
    for (const { sid, parentCallSid, status, registeredAt } of state.calls.values()) {
      if (parentCallSid !== null || registeredAt === null || strangers.has(sid)) continue;
      if (status !== 'queued' && status !== 'ringing' && status !== 'in-progress' && !this.#rows.has(`${sid} `))
        return true;
    }
    const flagsMissing = new Map<string, number>();
    for (const { sid, callSid, status } of state.recordings.values()) {
      if (status === 'deleted' || status === 'processing' || strangers.has(callSid)) continue;
      const row = this.#rows.get(`${callSid} ${sid}`);
      if (row?.kind !== 'recording') return true;
      if (status !== 'in-progress' && row.state === 'in-progress') return true;
      if (status === 'completed' && (row.state === 'absent' || row.state === 'failed')) return true;
      if (!row.extra) flagsMissing.set(callSid, (flagsMissing.get(callSid) ?? 0) + 1);
    }
    return [...flagsMissing.values()].some((count) => count > 1);
  }
}
