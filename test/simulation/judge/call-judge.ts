/** Holds the table to account for every call that was answered: it is recorded, or its row says why not. */
import type { Step } from '../../../lambdas/shared/contract/steps.ts';
import type { LogFields } from '../../../lambdas/shared/ports/log.ts';
import type { CallRow, Row } from '../../../lambdas/shared/rules/table/rows.ts';
import { type Instant, MINUTE } from '../../../lambdas/shared/rules/values/instant.ts';
import type { Call } from '../../../sim/twilio/state.ts';
import type { Webhook } from '../world/twilio-world.ts';

/** A call without a stream is found this long after the last fault: thirty seconds, a sweep, a look-up, and the index's delay. */
const FOUND_WITHIN_MS = 4 * MINUTE;

export class CallJudge {
  /** Calls that were answered, or of whose stream a callback was acknowledged: the table must know each. */
  readonly #accountable = new Set<string>();
  readonly #rows = new Map<string, CallRow>();
  readonly #broken: (invariant: 'I14' | 'I15', what: string) => void;

  constructor(broken: (invariant: 'I14' | 'I15', what: string) => void) {
    this.#broken = broken;
  }

  onAnswer(step: Step, { CallSid = '', StreamEvent }: Webhook['parameters']): void {
    const told = step === 'stream-status' && (StreamEvent === 'stream-started' || StreamEvent === 'stream-error');
    if (step === 'incoming-call' || told) this.#accountable.add(CallSid);
  }

  /** Logged before the answer, by the same invocation: the next words of Twilio's about the call make it good. */
  onLog({ event, callSid = '' }: Pick<LogFields, 'event' | 'callSid'>): void {
    if (event === 'call_unconfirmed') this.#unconfirmed.add(callSid);
  }
  readonly #unconfirmed = new Set<string>();

  onWrite(row: CallRow): void {
    this.#rows.set(row.callSid, row);
  }

  onEnd(call: Call | undefined, now: Instant, lastFault: Instant): void {
    const row = call && this.#rows.get(call.sid);
    if (row?.state !== 'answered' || call?.registeredAt == null) return;
    const since = Math.max(row.answeredAt ?? now, call.registeredAt, lastFault);
    if (now - since > FOUND_WITHIN_MS) this.#broken('I14', `${call.sid} lived on without a stream, and nobody noticed`);
  }

  atTheEnd(rows: readonly Row[]): void {
    const known = new Map(rows.filter((row) => row.kind === 'call').map((row) => [row.callSid, row]));
    for (const callSid of this.#accountable) {
      const row = known.get(callSid);
      if (!row && !this.#unconfirmed.has(callSid)) this.#broken('I15', `the table does not know the call ${callSid}`);
      if (row?.state === 'unrecordable' && !row.reason) this.#broken('I15', `${callSid} is unrecordable for no reason`);
    }
  }
}
