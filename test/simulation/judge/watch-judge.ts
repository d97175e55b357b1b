/** I11: whatever is parked has its alarm. It asks the model of CloudWatch, with the alarms that are deployed. */
import { type Instant, MINUTE } from '../../../lambdas/shared/rules/values/instant.ts';
import { metricOfDeadLetters } from '../watch/signals.ts';
import { type Watchman, watches } from '../watch/watchman.ts';
import type { Worker } from '../world/deployment.ts';

/** How soon a person is told. */
const TOLD_WITHIN_MS = 5 * MINUTE;

export class WatchJudge {
  readonly #watchman: Watchman;
  readonly #broken: (invariant: 'I11', what: string) => void;

  constructor(watchman: Watchman, broken: (invariant: 'I11', what: string) => void) {
    this.#watchman = watchman;
    this.#broken = broken;
  }

  /** Once the history is over: everything that was written is known. */
  atTheEnd(parked: ReadonlyMap<Worker, Instant>, end: Instant): void {
    for (const [worker, at] of parked) {
      const isOfQueue = watches(metricOfDeadLetters(worker));
      const told = this.#watchman.sounded(at, at + TOLD_WITHIN_MS, isOfQueue);
      if (told.length === 0) this.#broken('I11', `a dead letter of ${worker} alarmed nobody`);
      const lasts = this.#watchman.sounded(end - 2 * MINUTE, end - MINUTE, isOfQueue);
      if (lasts.length === 0) this.#broken('I11', `dead letters of ${worker} are forgotten while they lie there`);
    }
  }
}
