import { createWriteStream, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { ENVIRONMENT } from '../../../lambdas/shared/contract/environment.ts';
import type { AfterDisclaimer } from '../../../lambdas/shared/contract/settings.ts';
import type { CrashableService } from '../../emulators/emulator-process.ts';
import type { BusEvent } from '../../emulators/events-server.ts';
import type { Backend } from '../../system/backends.ts';
import { type System, type SystemEvent, type SystemOptions, startSystem } from '../../system/system.ts';
import { createTimeline } from '../../watch/timeline.ts';
import { createRunObserver } from '../judge/run-observer.ts';
import type { Draws } from './draws.ts';
import { type FaultLayer, startFaultLayer } from './fault-layer.ts';
import type { Outage, Rates } from './fault-schedule.ts';
import { beginCrashes, createKiller } from './kills.ts';
import type { ObservedRequest } from './proxy.ts';
import { createRequestLog } from './request-log.ts';
import { createTroubleLog, type TroubleLog } from './troubles.ts';

export type FaultySystem = Awaited<ReturnType<typeof startFaultySystem>>;

/** Schedules run this much faster: a sweep every minute becomes one every second. */
const SCHEDULE_SPEED = 60;

/** After the disclaimer the caller is connected with somebody, and talks for as long as the workload says. */
const AFTER_DISCLAIMER: AfterDisclaimer = { kind: 'dial', number: '+15005550009' };

/** Where everything that happens is told, call by call. */
function openTimeline(directory: string) {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const logFile = join(directory, 'timeline.txt');
  const log = createWriteStream(logFile);
  const write = (text: string) => log.write(`${new Date().toISOString().slice(11, 23)} ${text.trimStart()}`);
  return { logFile, log, timeline: createTimeline({ write, colours: false, now: Date.now }) };
}

/** Counts what befalls whole services, and tells of it. */
function noteOutages(troubleLog: TroubleLog, onProblem: (message: string) => void) {
  /** Those that have begun so far. */
  const outages: { backend: Backend; outage: Outage }[] = [];
  /** By service: how often its emulator was killed. */
  const crashes = new Map<string, number>();
  return {
    outages,
    crashes,
    onOutage(backend: Backend, outage: Outage): void {
      outages.push({ backend, outage });
      troubleLog.outage(backend, outage);
      onProblem(`${backend} is ${outage.kind} for ${(outage.milliseconds / 1000).toFixed(1)} s`);
    },
    onCrash(service: CrashableService): void {
      crashes.set(service, (crashes.get(service) ?? 0) + 1);
      troubleLog.crash(service);
      onProblem(`the emulator of ${service} is killed`);
    },
  };
}

/** The whole system, with faults between its functions and their backends, and with those who watch. */
export async function startFaultySystem(
  options: SystemOptions,
  { draws, rates }: { readonly draws: Draws; readonly rates: Rates },
) {
  const requestLog = createRequestLog();
  const troubleLog = createTroubleLog();
  const killer = createKiller(draws, rates, troubleLog.kill);
  /** What the event bus has accepted so far. */
  const announced: BusEvent[] = [];
  let system: System | undefined;
  const runObserver = createRunObserver((recordingSid) => system?.audioAtTwilio(recordingSid));

  const { logFile, log, timeline } = openTimeline(options.dataDirectory);
  const onEvent = (event: SystemEvent) => {
    if (event.kind === 'twilio') runObserver.observe(event.event);
    if (event.kind === 'announced') announced.push(event.event);
    timeline(event);
    options.onEvent?.(event);
  };
  const onProblem = (message: string) => onEvent({ kind: 'problem', message });
  const { outages, crashes, onOutage, onCrash } = noteOutages(troubleLog, onProblem);
  let layer: FaultLayer | undefined;
  let endCrashes: (() => Promise<void>) | undefined;
  const running = await startSystem({
    scheduleSpeed: SCHEDULE_SPEED,
    ...options,
    environment: { [ENVIRONMENT.afterDisclaimer]: JSON.stringify(AFTER_DISCLAIMER), ...options.environment },
    onEvent,
    onInvoke: killer.onInvoke,
    interpose: async (direct) => {
      const onSeen = (request: ObservedRequest) => {
        requestLog.add(request);
        troubleLog.request(request);
      };
      layer = await startFaultLayer(direct, { draws, rates, onSeen, onOutage, onProblem });
      return layer;
    },
  });
  system = running;
  return {
    ...{ system, runObserver, requestLog, troubleLog, announced, outages, crashes, logFile },
    kills: killer.counts(),
    /** Begins with outages and crashes; single requests fail from the start. */
    begin() {
      layer?.beginOutages();
      endCrashes = beginCrashes(running.aws, { draws, rates, onCrash, onBack: troubleLog.back, onProblem });
    },
    /** Ends all faults and kills. */
    async calm() {
      killer.calm();
      await Promise.all([layer?.calm(), endCrashes?.()]);
      requestLog.calm();
    },
    async stop() {
      killer.calm();
      await endCrashes?.();
      await running.stop();
      log.end();
    },
  };
}
