/**
 * Whether a call is recorded as its number's owner wants. It knows the wishes from the workload, which made the voice URL, and asks no
 * rule of the recorder's.
 */
import type { WithoutStream } from '../../../lambdas/shared/contract/settings.ts';
import { type Instant, MINUTE } from '../../../lambdas/shared/rules/values/instant.ts';
import type { TwilioState } from '../../../sim/twilio/state.ts';
import type { FaultKind } from '../faults/faults.ts';
import { RECORDER } from '../world/twilio-world.ts';

/** The stack's own, or the one that numbers may name. */
type Disclaimer = 'own' | 'sales';

/** What the owner wants of a call, and whether the recorder has heard its stream. */
export interface Wish {
  readonly isWanted: boolean;
  readonly withoutStream: WithoutStream;
  /** What its caller is to hear first. */
  readonly disclaimer: Disclaimer;
  /** What has been played to the caller, or is to be by its TwiML. */
  readonly heard: Set<Disclaimer>;
  /** When the WebSocket API took the first message of its stream. */
  streamedAt?: Instant;
  /** Its TwiML starts the recording: what happens without a stream does not matter. */
  hasNoStream?: boolean;
}

/** Half a minute until the row is due, a sweep, a look-up, an attempt that is repeated, and the index's delay. */
const RECORDED_WITHIN_MS = 4 * MINUTE;

export class WishJudge {
  /** A fault of `incoming-call` may have cost the call its row, and with it the wishes of its number. */
  #lastFaultOfAnswer = 0;
  readonly #now: () => Instant;
  readonly #broken: (what: string) => void;

  constructor(now: () => Instant, broken: (what: string) => void) {
    this.#now = now;
    this.#broken = broken;
  }

  onRequest(site: string, fault: FaultKind | undefined): void {
    if (fault !== undefined && site.startsWith('incoming-call ')) this.#lastFaultOfAnswer = this.#now();
  }

  onEnd(callSid: string, wish: Wish | undefined, { calls, recordings }: TwilioState, lastFault: Instant): void {
    const call = calls.get(callSid);
    if (!wish || call?.registeredAt == null) return;
    for (const heard of wish.heard) {
      if (heard !== wish.disclaimer)
        this.#broken(`the caller of ${callSid} heard the disclaimer ${heard}, not ${wish.disclaimer}`);
    }
    const ours = [...recordings.values()].filter((one) => one.callSid === callSid && one.actor === RECORDER);
    if (!wish.isWanted) {
      if (ours.length > 0) this.#broken(`${callSid} was recorded, which its number's voice URL forbids`);
      return;
    }
    if (wish.hasNoStream || this.#lastFaultOfAnswer >= call.createdAt) return;
    const unheard = ours.filter(({ createdAt }) => wish.streamedAt === undefined || createdAt < wish.streamedAt);
    if (wish.withoutStream === 'leave' && unheard.length > 0) {
      this.#broken(`${callSid} was recorded without a disclaimer, which its number's owner does not want`);
    }
    const since = Math.max(call.answeredAt ?? this.#now(), call.registeredAt, lastFault);
    if (wish.withoutStream === 'record' && ours.length === 0 && this.#now() - since > RECORDED_WITHIN_MS) {
      this.#broken(`${callSid} was to be recorded without its stream, and was not`);
    }
  }
}
