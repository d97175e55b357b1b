/** How fast requests follow each other, and how much slower once Twilio asks for it. */
import type { Clock } from '../../lambdas/shared/ports/clock.ts';
import { SECOND } from '../../lambdas/shared/rules/values/instant.ts';

/** The longest that one refusal holds everything up. */
const HOLD_MAX_MS = 60 * SECOND;

export class Pace {
  readonly #clock: Clock;
  readonly #intervalMs: number;
  #nextAt = 0;
  #refusals = 0;

  constructor(clock: Clock, perSecond: number) {
    this.#clock = clock;
    this.#intervalMs = SECOND / perSecond;
  }

  /** Waits for its turn; those who ask at the same time get one turn after the other. */
  async turn(): Promise<void> {
    const now = this.#clock.now();
    const at = Math.max(now, this.#nextAt);
    this.#nextAt = at + this.#intervalMs;
    if (at > now) await this.#clock.sleep(at - now);
  }

  /** Too many requests: nobody gets a turn for a second, and for twice as long with each further refusal. */
  backOff(): void {
    const holdMs = Math.min(SECOND * 2 ** this.#refusals, HOLD_MAX_MS);
    this.#refusals += 1;
    this.#nextAt = Math.max(this.#nextAt, this.#clock.now() + holdMs);
  }

  /** It went well again. */
  recover(): void {
    this.#refusals = 0;
  }
}
