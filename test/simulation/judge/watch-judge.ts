/** I11 and I14: whatever is not done has its alarm. It asks the model of CloudWatch, with the alarms that are deployed. */
import { type Instant, MINUTE } from '../../../lambdas/shared/rules/values/instant.ts';
import type { DeployedAlarm } from '../watch/deployed-alarms.ts';
import { metricOfDeadLetters } from '../watch/signals.ts';
import { type Watchman, watches } from '../watch/watchman.ts';
import { CALLED } from '../world/deployment.ts';
import { RECORDER } from '../world/twilio-world.ts';
import type { World } from '../world/world.ts';

/** How soon a person is told. */
const TOLD_WITHIN_MS = 5 * MINUTE;

/** Pages about what has been recorded. Every other page tells of calls. */
const NOT_OF_CALLS = ['RecordingFailed', 'OldestCopySeconds', 'DeletionDoubtful', 'CallUnaccounted'];

const tellsOfCalls = ({ severity, name }: DeployedAlarm): boolean =>
  severity === 'page' && !NOT_OF_CALLS.some((metric) => name.startsWith(metric));

export class WatchJudge {
  readonly #watchman: Watchman;
  readonly #broken: (invariant: 'I11' | 'I14', what: string) => void;

  constructor(watchman: Watchman, broken: (invariant: 'I11' | 'I14', what: string) => void) {
    this.#watchman = watchman;
    this.#broken = broken;
  }

  /**
   * Once the history is over: everything that was written is known.
   *
   * @param delayMs by how much alarms may be late for what was drawn
   */
  atTheEnd(world: World, delayMs: number, end: Instant): void {
    for (const [worker, at] of world.signals.parkedSince) {
      const isOfQueue = watches(metricOfDeadLetters(worker));
      const told = this.#watchman.sounded(at, at + TOLD_WITHIN_MS, isOfQueue);
      if (told.length === 0) this.#broken('I11', `a dead letter of ${worker} alarmed nobody`);
      const lasts = this.#watchman.sounded(end - 2 * MINUTE, end - MINUTE, isOfQueue);
      if (lasts.length === 0) this.#broken('I11', `dead letters of ${worker} are forgotten while they lie there`);
    }
    for (const call of unrecordedCalls(world, TOLD_WITHIN_MS + delayMs, end)) {
      const told = this.#watchman.sounded(call.since, call.since + TOLD_WITHIN_MS + delayMs, tellsOfCalls);
      if (told.length > 0) continue;
      const seconds = Math.round((call.until - call.since) / 1000);
      this.#broken('I14', `${call.sid} lived on unrecorded for ${seconds} s, and no page told of it`);
    }
  }
}

interface Unrecorded {
  readonly sid: string;
  readonly since: Instant;
  readonly until: Instant;
}

/** Calls that our TwiML has answered, and that lived on for longer than that without a recording on two channels. */
function unrecordedCalls({ twilio, wishes }: World, longerThanMs: number, end: Instant): Unrecorded[] {
  const { calls, recordings } = twilio.state;
  return [...calls.values()].flatMap(({ sid, to, answeredAt: since, endedAt }) => {
    if (to !== CALLED || since === null || wishes.get(sid)?.isWanted === false) return [];
    const begun = [...recordings.values()]
      .filter((one) => one.callSid === sid && (one.actor === RECORDER || one.channels === 2))
      .map(({ createdAt }) => createdAt);
    const until = Math.min(endedAt ?? end, ...begun);
    return until - since > longerThanMs ? [{ sid, since, until }] : [];
  });
}
