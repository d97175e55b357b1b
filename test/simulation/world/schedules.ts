/**
 * The schedules, as deployed, each run at its minute.
 *
 * Most runs of `sweep` and `announce` find nothing, over days. A run that has only read would read the same again as long as nobody
 * has written a row and no row has become due. Such a run is repeated without running it: it is invoked, and it measures the same, or
 * more by the time that has passed. Of the memory of `reconcile`, which is written each hour, such a run measures the age alone. While requests may fail, one in so many is run all the same.
 */
import { MEASURES } from '../../../lambdas/shared/contract/metrics.ts';
import type { Step } from '../../../lambdas/shared/contract/steps.ts';
import { type Instant, MINUTE, SECOND } from '../../../lambdas/shared/rules/values/instant.ts';
import type { Draws } from '../faults/draws.ts';
import type { Outage } from '../faults/faults.ts';
import type { Note, Signals } from '../watch/signals.ts';
import type { KnownRows } from './known-rows.ts';

/** What came of one run. */
export interface ScheduledRun {
  /** `idle`: it has read all, and changed nothing. `blind`: it has failed, and changed nothing. */
  readonly kind: 'idle' | 'blind' | 'acted';
  readonly notes: readonly Note[];
}

export interface SchedulesOptions {
  /** The first minute. */
  readonly start: Instant;
  readonly intervals: { readonly [step in Step]?: number };
  readonly run: (step: Step) => Promise<ScheduledRun>;
  readonly now: () => Instant;
  readonly draws: Draws;
  readonly rows: KnownRows;
  readonly signals: Signals;
  readonly indexDelayMs: number;
  /** Until when requests may fail. */
  readonly faultsUntil: Instant;
  /** Of the table, which is all that an idle run asks. */
  readonly outages: readonly Outage[];
  /** Runs each repetition, to prove that it makes no difference. */
  readonly everyRun: boolean;
}

/** The share of the repetitions that are run all the same while requests may fail. */
const RUN_ANYWAY = 0.005;
/** Clocks of environments differ by less, and requests travel for less. */
const SLACK_MS = 10 * SECOND;

interface Finished extends ScheduledRun {
  readonly begun: Instant;
}

class Schedule {
  /** When it last ran, or was repeated up to. */
  at: Instant;
  last: Finished | undefined;
  /** The latest minute for the next run while faults are drawn. */
  notAfter = Number.POSITIVE_INFINITY;
  readonly step: Step;
  readonly interval: number;

  constructor(step: Step, interval: number, start: Instant) {
    this.step = step;
    this.interval = interval;
    this.at = start - interval;
  }
}

export class Schedules {
  /** Holds until a row is written, or a run begins or ends. */
  #known: { readonly changes: number; readonly next: Instant } | undefined;
  readonly #stopped = new Set<Step>();
  readonly #options: SchedulesOptions;
  readonly #schedules: readonly Schedule[];

  constructor(options: SchedulesOptions) {
    this.#options = options;
    this.#schedules = (Object.entries(options.intervals) as [Step, number][]).map(
      ([step, interval]) => new Schedule(step, interval, options.start),
    );
  }

  /** When the next run takes place. */
  next(): Instant {
    const { changes } = this.#options.rows;
    if (this.#known?.changes !== changes) {
      this.#known = { changes, next: Math.min(...this.#schedules.map((schedule) => this.#nextOf(schedule))) };
    }
    return this.#known.next;
  }

  /** From now on a step is not invoked, as if its schedule were switched off. */
  stop(step: Step): void {
    this.catchUp(this.#options.now());
    this.#stopped.add(step);
    this.#known = undefined;
  }

  /** Runs what is to run now. */
  run(): void {
    const now = this.#options.now();
    this.#known = undefined;
    for (const schedule of this.#schedules) if (this.#nextOf(schedule) <= now) this.#run(schedule, now);
  }

  /** Writes the metrics of the repetitions before an instant. */
  catchUp(until: Instant): void {
    for (const schedule of this.#schedules) this.#repeat(schedule, Math.floor(until / MINUTE) * MINUTE);
  }

  #nextOf(schedule: Schedule): Instant {
    const { at, interval, last, notAfter } = schedule;
    if (this.#stopped.has(schedule.step)) return Number.POSITIVE_INFINITY;
    const { start, rows, outages, now } = this.#options;
    const following = Math.max(at + interval, ceil(now(), interval, start));
    if (!last || !this.#repeats(schedule.step, last, following)) return following;
    const due = rows.nextDue(last.begun - SLACK_MS);
    const turns = outages.flatMap(({ from, until }) => [from, until]).filter((turn) => turn > last.begun);
    const changes = [...(due === undefined ? [] : [due - SLACK_MS]), ...turns];
    return Math.max(following, Math.min(notAfter, ...changes.map((change) => ceil(change, interval, start))));
  }

  /** Whether a run would read what the last one has read, rows that become due aside. */
  #repeats(step: Step, { kind, begun }: Finished, at: Instant): boolean {
    const { rows, indexDelayMs, outages, everyRun, faultsUntil } = this.#options;
    if (everyRun) return false;
    const outage = outages.find(({ from, until }) => from <= at && at < until);
    if (outage) return kind === 'blind' && begun >= outage.from;
    // While every run meets a fault, none can tell that there is nothing to do.
    if (kind === 'blind') return at < faultsUntil && !rows.waitFor(step, at + SLACK_MS);
    return kind === 'idle' && begun > rows.changedAt + indexDelayMs + SLACK_MS;
  }

  #run(schedule: Schedule, now: Instant): void {
    this.#repeat(schedule, now);
    schedule.at = now;
    const { draws, faultsUntil, run } = this.#options;
    const repeated = Math.floor(Math.log(1 - draws.fraction('repeated runs')) / Math.log(1 - RUN_ANYWAY));
    schedule.notAfter = now < faultsUntil ? now + (repeated + 1) * schedule.interval : Number.POSITIVE_INFINITY;
    void run(schedule.step).then((finished) => {
      if (now >= (schedule.last?.begun ?? now)) schedule.last = { ...finished, begun: now };
      this.#known = undefined;
    });
  }

  /** @param until when it runs next, or is asked about */
  #repeat(schedule: Schedule, until: Instant): void {
    const { step, interval, at, last } = schedule;
    const { signals, outages, rows } = this.#options;
    if (this.#stopped.has(step) || interval !== MINUTE || until <= at + interval || !last) return;
    schedule.at = until - interval;
    const values = last.notes.map(({ metric, value }) => {
      if (metric === 'ReconcileAgeSeconds')
        return { metric, growth: 1, valueAt: (at: Instant) => rows.reconcileAge(at) };
      const growth = value > 0 && metric in MEASURES && MEASURES[metric as keyof typeof MEASURES] === 'Seconds' ? 1 : 0;
      return { metric, growth, valueAt: (minute: Instant) => value + (growth * (minute - last.begun)) / SECOND };
    });
    const failed = last.kind === 'blind' && outages.some((one) => one.from <= last.begun && last.begun < one.until);
    // Each comparison of `reconcile` makes the age that it measures begin anew.
    const turns = rows.comparedBetween(at + interval, until).map((turn) => ceil(turn, interval, at));
    const begins = [at + interval, ...turns];
    for (const [index, from] of begins.entries()) {
      signals.repeated(step, { from, until: begins[index + 1] ?? until }, values, failed);
    }
  }
}

const ceil = (instant: Instant, interval: number, start: Instant): Instant =>
  start + Math.ceil((instant - start) / interval) * interval;
