/**
 * A month of many calls, on the deployed pages: what one call of each kind makes of the metrics is taken from a run of the real steps, and
 * as many of each kind as a month has are laid over one another.
 */
import { METRICS_NAMESPACE } from '../../../lambdas/shared/contract/metrics.ts';
import { DAY, HOUR, type Instant, MINUTE, SECOND } from '../../../lambdas/shared/rules/values/instant.ts';
import { AlarmModel } from '../../../sim/aws/alarms.ts';
import { keyOf, type MetricKey, MetricsModel } from '../../../sim/aws/metrics.ts';
import { SCENARIO } from '../crashes.ts';
import type { FaultKind } from '../faults/faults.ts';
import { runHistory, START } from '../history.ts';
import { HOURS, random } from '../load/arrivals.ts';
import type { CallPlan } from '../workload/scenario.ts';
import { STAGE } from '../world/deployment.ts';
import type { World } from '../world/world.ts';
import { keptDeployed } from './kept-deployed.ts';

/** Something that happens again and again. */
export interface Kind {
  readonly what: string;
  /** Of all calls, or how many an hour. */
  readonly share?: number;
  readonly anHour?: number;
  readonly call?: Partial<CallPlan>;
  /** The first request at a site that has this in it fails so. */
  readonly fault?: readonly [site: string, kind: FaultKind];
  /** What comes in place of a call. */
  readonly act?: (world: World) => void;
}

export interface Month {
  readonly calls: number;
  readonly kinds: readonly Kind[];
  readonly seed: number;
}

export interface MonthReport {
  /** How often each kind has come. */
  readonly counts: ReadonlyMap<string, number>;
  /** The pages that sounded, each with the first minute. */
  readonly pages: readonly { readonly name: string; readonly at: Instant }[];
}

const DAYS = 30;
/** Alarms have seen the recorder in good health for so long, before what happens in a run. */
const BEFORE_MS = 10 * MINUTE;

/** What one of a kind writes: so long after the minute in which it comes. */
interface Point {
  readonly key: MetricKey;
  readonly afterMs: number;
  readonly value: number;
  readonly count: number;
}

const PAGES = () => keptDeployed().alarms.filter(({ severity }) => severity === 'page');

/** What schedules write each minute, whatever comes. */
const ofSweep = (name: string): MetricKey =>
  keyOf({ namespace: METRICS_NAMESPACE, name, dimensions: { service: 'sweep', stage: STAGE } });
const SWEEPS = keyOf({ namespace: 'AWS/Lambda', name: 'Invocations', dimensions: { FunctionName: 'sweep' } });
const EACH_MINUTE: ReadonlySet<MetricKey> = new Set([SWEEPS, ofSweep('OldestCopySeconds')]);

export async function simulateMonth({ calls, kinds, seed }: Month): Promise<MonthReport> {
  const metrics = new MetricsModel();
  const end = START + DAYS * DAY;
  metrics.putEachMinute(SWEEPS, { from: START - HOUR, until: end, value: 1 });
  metrics.putEachMinute(ofSweep('OldestUnrecordedSeconds'), { from: START - HOUR, until: end, value: 0 });
  const counts = new Map<string, number>();
  const next = random(seed);
  const total = HOURS.reduce((sum, one) => sum + one, 0);
  for (const kind of kinds) {
    const points = await pointsOf(kind);
    let count = 0;
    for (let at = START; at < end; at += MINUTE) {
      const callsNow = ((calls / DAYS) * (HOURS[new Date(at).getUTCHours()] ?? 0)) / total / 60;
      const many = poisson(kind.anHour === undefined ? callsNow * (kind.share ?? 0) : kind.anHour / 60, next);
      if (many === 0) continue;
      count += many;
      for (const one of points) metrics.put(one.key, one.value, at + one.afterMs, { count: one.count * many });
    }
    counts.set(kind.what, count);
  }
  const pages = PAGES().flatMap((alarm) => {
    const at = firstPage(new AlarmModel(alarm), metrics, end);
    return at === undefined ? [] : [{ name: alarm.name, at }];
  });
  return { counts, pages };
}

/** A run of the steps over one of the kind. */
async function pointsOf({ call, fault, act }: Kind): Promise<Point[]> {
  const [usual] = SCENARIO.calls;
  if (!usual) throw new Error('The scenario has no call.');
  const at = START + BEFORE_MS + 31 * SECOND;
  // What comes in place of a call is over long before the call.
  const callAt = act ? at + 3 * HOUR : at;
  const plan = { ...usual, at: callAt, otherRecording: undefined, replayAfterMs: [], registrationMs: 900, ...call };
  const history = await runHistory({
    seed: 1,
    scenario: { ...SCENARIO, calls: [plan] },
    plan: {
      decide: (site, occurrence) => (fault && occurrence === 1 && site.includes(fault[0]) ? fault[1] : undefined),
    },
    quietMs: 26 * HOUR,
    ...(act && { later: { at, act } }),
  });
  const begun = Math.floor(at / MINUTE) * MINUTE;
  const until = act ? begun + HOUR : history.until;
  const keys = new Set(PAGES().flatMap(({ metrics }) => metrics.map(keyOf)));
  return [...keys]
    .filter((key) => !EACH_MINUTE.has(key))
    .flatMap((key) =>
      [...history.watchman.metrics.written(key)]
        .filter(
          ({ minute, value }) => minute >= begun && minute < until && (value > 0 || !key.includes('service=sweep')),
        )
        .map(({ minute, value, count }) => ({ key, afterMs: minute - begun, value, count })),
    );
}

/** An alarm turns where something is written that it looks at: of several metrics, where the one that is written least is. */
function firstPage(alarm: AlarmModel, metrics: MetricsModel, end: Instant): Instant | undefined {
  const { name, metrics: watched } = alarm.definition;
  const written = watched.map((one) => new Set([...metrics.written(keyOf(one))].map(({ minute }) => minute)));
  const [least = new Set<Instant>()] = written.sort((a, b) => a.size - b.size);
  if (name === 'sweep-silent') return alarm.firstAlarm(metrics, START, end);
  return [...least].sort((a, b) => a - b).find((minute) => isUp(alarm, metrics, minute));
}

/** Metrics take a minute until an alarm sees them. */
const isUp = (alarm: AlarmModel, metrics: MetricsModel, minute: Instant): boolean =>
  alarm.stateAt(metrics, minute + 2 * MINUTE) === 'ALARM';

/** How many come where so many are expected. */
function poisson(expected: number, next: () => number): number {
  if (expected === 0) return 0;
  let count = -1;
  let passed = 0;
  while (passed < expected) {
    passed -= Math.log(1 - next());
    count += 1;
  }
  return count;
}
