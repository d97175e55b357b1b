/** One history: from a seed, a scenario and a plan of faults to what was broken. */
import type { OutgoingEvent } from '../../lambdas/shared/ports/event-bus.ts';
import { REPORT_AGAIN_MS } from '../../lambdas/shared/rules/recording/awaited-report.ts';
import { HOUR, type Instant, MINUTE } from '../../lambdas/shared/rules/values/instant.ts';
import type { Draw } from './faults/drawn.ts';
import { Draws, mix, textHash } from './faults/draws.ts';
import { drawnPlan, type Fault, type FaultKind, type FaultPlan } from './faults/faults.ts';
import type { Violation } from './judge/invariant.ts';
import { Judge } from './judge/judge.ts';
import type { Deployed } from './watch/deployed.ts';
import { keptDeployed } from './watch/kept-deployed.ts';
import { Watchman } from './watch/watchman.ts';
import { befall, lastingMs } from './workload/mishaps.ts';
import { CALLERS, NEW_TOKEN, OLD_TOKEN } from './workload/parties.ts';
import { play, replayer } from './workload/play.ts';
import { drawScenario, type Scenario } from './workload/scenario.ts';
import { DEFAULT_CONFIGURATION, PARTY_KEY } from './world/deployment.ts';
import { Scheduler } from './world/scheduler.ts';
import { World, type WorldOptions } from './world/world.ts';

/** The first minute of every history. */
export const START: Instant = Date.parse('2026-03-01T08:00:00.000Z');
/** Liveness is judged this long after the last fault and the last call. */
const QUIET_MS = 48 * HOUR;

export interface HistoryOptions {
  readonly seed: number;
  /** Instead of the scenario drawn from the seed. */
  readonly scenario?: Scenario;
  /** The first minute, instead of {@link START}. */
  readonly start?: Instant;
  /** Instead of the faults drawn from the seed. */
  readonly plan?: FaultPlan;
  /** Runs every run of a schedule, also those that would do what the one before has done. */
  readonly everyRun?: boolean;
  /** For so long nothing happens at the end, in place of two days. */
  readonly quietMs?: number;
  /** Happens to the world at an instant. */
  readonly later?: { readonly at: Instant; readonly act: (world: World) => void };
  /** In place of the alarms that are deployed. */
  readonly deployed?: Deployed;
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
  readonly from: Instant;
  readonly until: Instant;
  /** Knows which alarms were in ALARM, and when. */
  readonly watchman: Watchman;
}

export async function runHistory({ seed, plan, trace, onEvent, ...given }: HistoryOptions): Promise<History> {
  const { start = START } = given;
  const draws = new Draws(seed);
  const drawn = new Map<Draw, number>();
  const scheduler = new Scheduler(start);
  const scenario = given.scenario ?? drawScenario(draws, start);
  const faults: Fault[] = [];
  const requests: { site: string; occurrence: number }[] = [];
  const sites = new Map<string, number>();
  let hash = 0;
  const { rotation, skewMs } = scenario;
  const judge = new Judge({
    now: () => scheduler.now,
    secrets: [OLD_TOKEN, NEW_TOKEN, PARTY_KEY, ...CALLERS],
    ...{ skewMs, pagesLateMs: pagesLateMs(scenario) },
    ...(rotation && { wrongSecretUntil: Math.max(rotation.at, rotation.secretAt) + MINUTE }),
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
    ...{ logFilters: keptDeployed().logFilters, schedules: schedulesOf(scenario, start, given.everyRun) },
    reconcilesFrom: start + scenario.firstReconcileMs,
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
  const watchman = new Watchman(given.deployed ?? keptDeployed(), world.signals.metrics);
  judge.watch(world, watchman);
  await beginMemory(scenario, start, world);
  play(scenario, world, scheduler);

  const { later, quietMs = QUIET_MS } = given;
  if (later) scheduler.at(later.at, () => later.act(world));
  const end = endOf(scenario, start) - QUIET_MS + quietMs;
  await letHappen(world, scheduler, end);
  judge.atTheEnd();
  return {
    seed,
    violations: judge.violations,
    faults,
    requests,
    sites,
    draws: drawn,
    hash,
    virtualMs: end - start,
    recordings: world.twilio.state.recordings.size,
    ...{ from: start, until: end, watchman },
  };
}

/** Clocks that differ, and an index that is behind, make what is measured a minute late; requests that fail, another. */
const pagesLateMs = ({ faults, skewMs, indexDelayMs }: Scenario): number =>
  (skewMs + indexDelayMs > 0 ? MINUTE : 0) + (faults.perThousand > 0 || faults.outages.length > 0 ? MINUTE : 0);

const schedulesOf = ({ faults }: Scenario, start: Instant, everyRun = false): WorldOptions['schedules'] => ({
  ...{ start, intervals: keptDeployed().schedules },
  ...{ faultsUntil: faults.until, everyRun },
});

/** As a rule the deployment has run before the first call: its first reconcile has begun the memory. */
async function beginMemory({ firstReconcileMs }: Scenario, start: Instant, world: World): Promise<void> {
  // Alarms on silence have seen the schedules run.
  const before = { from: start - 15 * MINUTE, until: start };
  for (const step of ['sweep', 'announce'] as const) world.signals.repeated(step, before, [], false);
  if (firstReconcileMs > 0) return world.note('a first comparison hours after the first call');
  await world.table.write({ kind: 'reconcile', checkedUntil: start, version: 1, writer: 'deployment' }, undefined);
}

/** Until when everything must have settled. */
function endOf(scenario: Scenario, start: Instant): Instant {
  const { calls, faults, mishaps, processingMs, reconfigured, imported, firstReconcileMs } = scenario;
  const { keepAtTwilioMs } = scenario.configuration;
  const lastCall = Math.max(...calls.map(({ at, talkMs }) => at + talkMs));
  // Twilio is asked every six hours whether it has done with a recording.
  const processed = lastCall + processingMs + (processingMs > HOUR ? REPORT_AGAIN_MS : 0);
  const owner = Math.max(reconfigured?.at ?? 0, imported?.at ?? 0, start + firstReconcileMs);
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

/** Tells the judge, and any other listener, what happens in the world. */
function watchOf({ judge, scheduler, befalling, trace, onRequest, onEvent }: Watching): WorldOptions['watch'] {
  const start = scheduler.now;
  const tell = (line: string) => trace?.(`${timeText(scheduler.now - start)} ${line}`);
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
    onStored: (key) => judge.onStored(key),
    onEvent(event) {
      judge.onEvent(event);
      onEvent?.(event);
      if (trace) tell(`  told: ${event.detailType} ${JSON.stringify(event.detail)}`);
    },
    onAnswer: (answer) => judge.onAnswer(answer),
    onTwilio: (change) => judge.onTwilio(change),
  };
}

/** Lets time pass up to `end`. */
async function letHappen(world: World, scheduler: Scheduler, end: Instant): Promise<void> {
  for (;;) {
    const planned = scheduler.next() ?? end;
    const messageAt = Math.max(world.sources.nextMessage() ?? end, scheduler.now);
    const runAt = world.schedules.next();
    const next = Math.min(planned, messageAt, runAt);
    if (next >= end) break;
    if (messageAt === next) scheduler.at(next, () => world.sources.poll());
    else if (runAt === next) scheduler.at(next, () => world.schedules.run());
    await scheduler.step();
  }
  world.schedules.catchUp(end);
  scheduler.now = end;
}

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
