/** Whether it is noticed that a call lives on without its stream. */
import type { CallRow } from '../../../lambdas/shared/rules/table/rows.ts';
import { type Instant, MINUTE } from '../../../lambdas/shared/rules/values/instant.ts';
import type { Call } from '../../../sim/twilio/state.ts';

/** Half a minute until the row is due, a sweep, a look-up, and the index's delay. */
const NOTICED_WITHIN_MS = 4 * MINUTE;

export class StreamJudge {
  readonly #rows = new Map<string, CallRow>();
  readonly #broken: (what: string) => void;

  constructor(broken: (what: string) => void) {
    this.#broken = broken;
  }

  onWrite(row: CallRow): void {
    this.#rows.set(row.callSid, row);
  }

  onEnd(call: Call | undefined, now: Instant, lastFault: Instant): void {
    const row = call && this.#rows.get(call.sid);
    if (row?.state !== 'answered' || call?.registeredAt == null) return;
    const since = Math.max(row.answeredAt ?? now, call.registeredAt, lastFault);
    if (now - since > NOTICED_WITHIN_MS) this.#broken(`${call.sid} lived on without a stream, and nobody noticed`);
  }
}
