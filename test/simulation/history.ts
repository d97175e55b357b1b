/** One history: from a seed, a scenario and a plan of faults to what was broken. */
import type { OutgoingEvent } from '../../lambdas/shared/ports/event-bus.ts';
import { REPORT_AGAIN_MS } from '../../lambdas/shared/rules/recording/awaited-report.ts';
import { HOUR, type Instant, MINUTE } from '../../lambdas/shared/rules/values/instant.ts';
import type { Draw } from './faults/drawn.ts';
import { Draws, mix, textHash } from './faults/draws.ts';
import { drawnPlan, type Fault, type FaultKind, type FaultPlan } from './faults/faults.ts';
import { Judge, type Violation } from './judge/judge.ts';
import { befall, lastingMs } from './workload/mishaps.ts';
import { CALLER, NEW_TOKEN, OLD_TOKEN } from './workload/parties.ts';
import { play, replayer } from './workload/play.ts';
import { drawScenario, type Scenario } from './workload/scenario.ts';
import { DEFAULT_CONFIGURATION } from './world/deployment.ts';
import { Scheduler } from './world/scheduler.ts';
import { World, type WorldOptions } from './world/world.ts';

const START: Instant = Date.parse('2026-03-01T08:00:00.000Z');
/** Liveness is judged this long after the last fault and the last call. */
const QUIET_MS = 48 * HOUR;

export interface HistoryOptions {
  readonly seed: number;
  /** Instead of the scenario drawn from the seed. */
  readonly scenario?: Scenario;
  /** Instead of the faults drawn from the seed. */
  readonly plan?: FaultPlan;
  /** Gets a line for everything that happens. */
  readonly trace?: (line: string) => void;
  /** Gets every event that the bus accepts. */
  readonly onEvent?: (event: OutgoingEvent) => void;
}

export interface History {
  readonly seed: number;
  readonly violations: readonly Violation[];
  /** The faults that happened, in order. */
  readonly faults: readonly Fault[];
  /** Every request in its order. */
  readonly requests: readonly { readonly site: string; readonly occurrence: number }[];
  /** The number of requests by site. */
  readonly sites: ReadonlyMap<string, number>;
  /** What was drawn and has come about, and how often. */
  readonly draws: ReadonlyMap<Draw, number>;
  /** Equal histories have equal hashes. */
  readonly hash: number;
  readonly virtualMs: number;
  readonly recordings: number;
}

export async function runHistory({ seed, plan, trace, onEvent, ...given }: HistoryOptions): Promise<History> {
  const draws = new Draws(seed);
  const drawn = new Map<Draw, number>();
  const scheduler = new Scheduler(START);
  const scenario = given.scenario ?? drawScenario(draws, START);
  const faults: Fault[] = [];
  const requests: { site: string; occurrence: number }[] = [];
  const sites = new Map<string, number>();
  let hash = 0;
  const { skewMs } = scenario;
  const judge = new Judge({
    now: () => scheduler.now,
    secrets: [OLD_TOKEN, NEW_TOKEN, CALLER],
    skewMs,
    troubledUntil: troubledUntil(scenario),
  });

  const replay = replayer(scenario, () => world, scheduler);
  const befalling = befall(scenario.mishaps, () => world, scheduler);
  const world: World = new World({
    scheduler,
    draws,
    plan: plan ?? drawnPlan(draws, scenario.faults),
    seed: String(seed),
    authToken: OLD_TOKEN,
    ...scenario,
    outages: scenario.faults.outages,
    reconcilesFrom: START + scenario.firstReconcileMs,
    note: (draw) => drawn.set(draw, (drawn.get(draw) ?? 0) + 1),
    onDelivered: (webhook) => {
      replay(webhook);
      befalling.onDelivered(webhook);
    },
    watch: watchOf({
      ...{ judge, scheduler, befalling, trace },
      onRequest(site, occurrence, fault) {
        hash = mix(hash ^ textHash(site) ^ mix(scheduler.now) ^ (fault ? textHash(fault) : 0));
        sites.set(site, (sites.get(site) ?? 0) + 1);
        requests.push({ site, occurrence });
        if (fault) faults.push({ site, occurrence, kind: fault });
      },
      onEvent,
    }),
  });
  judge.watch(world);
  await beginMemory(scenario, world);
  play(scenario, world, scheduler);

  const end = endOf(scenario);
  await letHappen(world, scheduler, draws, end);
  judge.atTheEnd();
  return {
    seed,
    violations: judge.violations,
    faults,
    requests,
    sites,
    draws: drawn,
    hash,
    virtualMs: end - START,
    recordings: world.twilio.state.recordings.size,
  };
}

/** While secret and account disagree, or Lambda runs no worker, nothing can be recorded, and an alarm says so. */
function troubledUntil({ rotation, throttled }: Scenario): Instant {
  const secret = rotation ? Math.max(rotation.at, rotation.secretAt) + MINUTE : START;
  return throttled && throttled.from < START + HOUR ? Math.max(secret, throttled.until) : secret;
}

/** As a rule the deployment has run before the first call: its first reconcile has begun the memory. */
async function beginMemory({ firstReconcileMs }: Scenario, world: World): Promise<void> {
  if (firstReconcileMs > 0) return world.note('a first comparison hours after the first call');
  await world.table.write({ kind: 'reconcile', checkedUntil: START, version: 1, writer: 'deployment' }, undefined);
}

/** Until when everything must have settled. */
function endOf(scenario: Scenario): Instant {
  const { calls, faults, mishaps, processingMs, reconfigured, imported, firstReconcileMs } = scenario;
  const { keepAtTwilioMs } = scenario.configuration;
  const lastCall = Math.max(...calls.map(({ at, talkMs }) => at + talkMs));
  // Twilio is asked every six hours whether it has done with a recording.
  const processed = lastCall + processingMs + (processingMs > HOUR ? REPORT_AGAIN_MS : 0);
  const owner = Math.max(reconfigured?.at ?? 0, imported?.at ?? 0, START + firstReconcileMs);
  const lastAct = Math.max(faults.until, processed, owner);
  const keptLongerMs = keepAtTwilioMs - DEFAULT_CONFIGURATION.keepAtTwilioMs;
  return lastAct + lastingMs(mishaps, keepAtTwilioMs) + keptLongerMs + QUIET_MS;
}

interface Watching {
  readonly judge: Judge;
  readonly scheduler: Scheduler;
  readonly befalling: ReturnType<typeof befall>;
  readonly trace: HistoryOptions['trace'];
  readonly onRequest: (site: string, occurrence: number, fault: FaultKind | undefined) => void;
  readonly onEvent: HistoryOptions['onEvent'];
}

/** Tells the judge, and whoever else asks, what happens in the world. */
function watchOf({ judge, scheduler, befalling, trace, onRequest, onEvent }: Watching): WorldOptions['watch'] {
  const tell = (line: string) => trace?.(`${timeText(scheduler.now - START)} ${line}`);
  return {
    onRequest(site, occurrence, fault, forged) {
      onRequest(site, occurrence, fault);
      judge.onRequest(site, fault, forged);
    },
    trace: (line) => {
      if (trace) tell(line());
    },
    onLog(step, message, fields) {
      judge.onLog(step, message, fields);
      if (trace) tell(`  ${step} logs: ${message} ${JSON.stringify(fields)}`);
    },
    onWrite(row, before) {
      judge.onWrite(row, before);
      befalling.onWrite(row, before);
    },
    onStored: (key, kind) => judge.onStored(key, kind),
    onEvent(event) {
      judge.onEvent(event);
      onEvent?.(event);
      if (trace) tell(`  told: ${event.detailType} ${JSON.stringify(event.detail)}`);
    },
    onAnswer: (answer) => judge.onAnswer(answer),
    onTwilio: (request, before, after, reply) => judge.onTwilio(request, before, after, reply),
  };
}

/**
 * Lets time pass up to `end`. Runs of the schedules that could find nothing are left out, but for a few: they would ask
 * twenty-four times a minute for what is not there.
 */
async function letHappen(world: World, scheduler: Scheduler, draws: Draws, end: Instant): Promise<void> {
  let sweptAt = START;
  let reconciledAt = START;
  let announcedAt = START;
  for (;;) {
    const due = world.nextDue();
    const { now } = scheduler;
    // While the table is out a sweep finds nothing, a minute apart or an hour.
    const pause = world.isOut('dynamodb') ? HOUR : MINUTE;
    const sweepAt = due === undefined ? end : Math.max(sweptAt + pause, minuteAfter(Math.max(due, now)));
    const pendingSince = world.nextPendingEvent();
    const unheard = world.isOut('dynamodb') || world.isOut('eventbridge') ? HOUR : MINUTE;
    const announceAt =
      pendingSince === undefined ? end : Math.max(announcedAt + unheard, minuteAfter(Math.max(pendingSince, now)));
    const reconcileAt = Math.max(reconciledAt + HOUR, now);
    const messageAt = Math.max(world.nextMessage() ?? end, now);
    const planned = scheduler.next() ?? end;
    const next = Math.min(planned, messageAt, sweepAt, announceAt, reconcileAt);
    if (next >= end) return;
    if (next < planned || messageAt <= planned) {
      if (next === messageAt) scheduler.at(next, () => world.poll());
      else if (next === sweepAt) {
        sweptAt = next;
        scheduler.at(next, () => void world.sweep());
      } else if (next === announceAt) {
        announcedAt = next;
        scheduler.at(next, () => void world.announce());
      } else if (next === reconcileAt) {
        reconciledAt = next;
        if (!world.hasUnreconciled() && !draws.chance('idle reconcile', 0.1)) continue;
        scheduler.at(next, () => void world.reconcile());
      }
    }
    await scheduler.step();
  }
}

const minuteAfter = (instant: Instant): Instant => (Math.floor(instant / MINUTE) + 1) * MINUTE;

function timeText(milliseconds: number): string {
  const seconds = (milliseconds / 1000).toFixed(3);
  return `+${seconds.padStart(11)} s`;
}

/** The kinds of faults, counted by site. */
export type Coverage = Map<string, Map<FaultKind, number>>;

export function addCoverage(coverage: Coverage, { faults, sites }: History): void {
  for (const site of sites.keys()) if (!coverage.has(site)) coverage.set(site, new Map());
  for (const { site, kind } of faults) {
    const kinds = coverage.get(site);
    kinds?.set(kind, (kinds.get(kind) ?? 0) + 1);
  }
}
