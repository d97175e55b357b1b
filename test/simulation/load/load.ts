/**
 * A load against quotas: when what binds, and what waits for how long.
 *
 * The histories of the simulation run every request of every step, for some calls. This runs millions of calls as jobs in
 * queues with places: how long a job takes is given, how many run at once is what the stack and the account allow. The
 * retries of a start are the product's own rules.
 */
import type { StartBy } from '../../../lambdas/shared/contract/settings.ts';
import {
  isRetriedQuickly,
  QUICK_RETRY_PAUSE_MS,
  startPauseSeconds,
} from '../../../lambdas/shared/rules/call/start-retry.ts';
import { arrivals, DAY, random } from './arrivals.ts';
import {
  ASSUMPTIONS,
  announcedSeconds,
  comparedSeconds,
  copySeconds,
  ENTRIES_PER_CALL,
  entrySeconds,
  framesOf,
  type LoadAssumptions,
  QUOTAS,
  type Quotas,
  sweptSeconds,
  webhooksOf,
} from './assumptions.ts';
import type { LoadOptions, LoadReport, Use } from './load-options.ts';
import { fluid, Gauge, type Job, Places } from './load-queue.ts';
import { growth, remarkable, waits } from './waits.ts';

/** What the steps of a run have in common. */
interface Setting {
  readonly quotas: Quotas;
  readonly assume: LoadAssumptions;
  readonly startBy: StartBy;
  readonly next: () => number;
  readonly gauges: ReturnType<typeof gaugesOf>;
}

/** Runs the calls, and the day after, in which their copies at Twilio are deleted. */
export function runLoad({ calls, seed, hours, startBy = 'stream', ...given }: LoadOptions): LoadReport {
  const [quotas, assume] = [
    { ...QUOTAS, ...given.quotas },
    { ...ASSUMPTIONS, ...given.assumptions },
  ];
  const next = random(seed);
  const exponential = (mean: number) => -mean * Math.log(1 - next());
  const started = arrivals(calls, hours, next);
  const gauges = gaugesOf(started, assume, startBy);
  const setting = { quotas, assume, startBy, next, gauges };
  const registered = started.map((at) => at + assume.registeredAtLeast + exponential(assume.registeredMean));
  const recorded = startBy === 'twiml' ? started : runStarts(setting, started, registered);
  const completed = Float64Array.from(recorded, (at, call) => {
    const length = exponential(assume.callMean);
    return Math.max(at, (started[call] ?? 0) + length) + assume.processing;
  });
  const stored = runCopies(setting, recorded, completed);
  const due = stored.map((at) => at + DAY);
  const deleted = runDeletions(setting, due);
  for (const instants of [recorded, completed, stored, deleted]) {
    for (const at of instants) gauges.eventRows.count(at, assume.eventRows / 4);
  }
  const dropped = gauges.gateway.above(quotas.gatewayRequests);
  const refused = gauges.webhooks.above(quotas.webhooksPerSecond);
  return {
    calls,
    peakCallsPerSecond: gauges.calls.peak(),
    busiestMinute: gauges.calls.busiestMinute(),
    ...(startBy === 'stream' && {
      toRecording: waits(started, recorded),
      sinceRegistered: waits(
        registered.map((at, call) => Math.max(at, (started[call] ?? 0) + 1)),
        recorded,
      ),
    }),
    toStored: waits(completed, stored),
    toDeleted: waits(due, deleted),
    uses: usesOf(setting),
    growing: growingOf(
      setting,
      {
        'recording-start': growth(started, recorded),
        'recording-copy': growth(completed, stored),
        'sweep, recording-delete': growth(due, deleted),
      },
      started.at(-1) ?? 0,
    ),
    droppedMessages: Math.round(dropped.sum),
    // Of each stream two messages matter among all of its own; each webhook matters.
    callsAtRisk: Math.round((startBy === 'stream' ? (2 * dropped.sum) / framesOf(assume) : dropped.sum) + refused.sum),
  };
}

/** What the load is measured by, with what each call takes as it begins. */
function gaugesOf(started: Float64Array, assume: LoadAssumptions, startBy: StartBy) {
  const gauge = () => new Gauge(2 * DAY + 7200);
  const gauges = {
    ...{ calls: gauge(), gateway: gauge(), webhooks: gauge(), lambda: gauge(), twilio: gauge() },
    ...{ deletionIndex: gauge(), dayIndex: gauge(), eventRows: gauge(), entries: gauge() },
  };
  const webhooks = webhooksOf(startBy);
  for (const at of started) {
    gauges.calls.count(at, 1);
    gauges.webhooks.count(at, webhooks);
    gauges.gateway.count(at, webhooks);
    gauges.entries.count(at, ENTRIES_PER_CALL);
    gauges.lambda.spread(at, webhooks * assume.webhook + comparedSeconds(assume), 1);
    gauges.twilio.spread(at, comparedSeconds(assume), 1);
    if (startBy === 'twiml') continue;
    gauges.gateway.count(at, assume.streamRequests);
    gauges.gateway.spread(at, assume.streamSeconds, assume.framesPerSecond);
    // Handshake, start and mark.
    gauges.lambda.spread(at, 3 * assume.webhook, 1);
  }
  return gauges;
}

function usesOf({ quotas, gauges }: Setting): readonly Use[] {
  const use = (quota: string, limit: number, gauge: Gauge): Use => ({
    ...{ quota, limit, peak: gauge.peak(), secondsAtLimit: gauge.above(limit).seconds },
  });
  return [
    use('API Gateway requests a second', quotas.gatewayRequests, gauges.gateway),
    use('webhooks a second through the stage', quotas.webhooksPerSecond, gauges.webhooks),
    use('Lambda invocations at a time', quotas.lambdaConcurrency, gauges.lambda),
    use('Twilio requests at a time', quotas.twilioConcurrency, gauges.twilio),
    use('writes a second to the index of deletions', quotas.indexWrites, gauges.deletionIndex),
    use('writes a second to the index by day', quotas.dayIndexWrites, gauges.dayIndex),
  ];
}

/** What `announce` and `reconcile` leave behind is added, as the seconds that they need for it. @param end of the calls */
function growingOf({ quotas, assume, gauges }: Setting, ofQueues: { readonly [backlog: string]: number }, end: number) {
  const announced = (quotas.announceConcurrency * quotas.announceSeconds) / 60 / announcedSeconds(quotas, assume);
  const compared = quotas.reconcileConcurrency / entrySeconds(assume);
  const growing = (gauge: Gauge, perSecond: number) => {
    const left = fluid(gauge, perSecond);
    const at = (instant: number) => (left[Math.floor(instant)] ?? 0) / perSecond;
    return remarkable(at(end) - at(end / 2));
  };
  const all = {
    ...ofQueues,
    announce: growing(gauges.eventRows, announced),
    reconcile: growing(gauges.entries, compared),
  };
  return Object.fromEntries(Object.entries(all).filter(([, seconds]) => seconds > 0));
}

/** @returns when each call's recording began. */
function runStarts(
  { quotas, assume, next, gauges }: Setting,
  started: Float64Array,
  registered: Float64Array,
): Float64Array {
  const recorded = new Float64Array(started.length);
  const places = new Places(quotas.recordingConcurrency);
  const first: Job[] = Array.from(started, (at, call) => ({ ready: at + 1, call }));
  places.runAgain(first, (begun, call) => {
    const [start, known] = [started[call] ?? 0, registered[call] ?? 0];
    let now = begun + assume.startStep / 2;
    for (;;) {
      gauges.twilio.spread(now, assume.startRequest, 1);
      now += assume.startRequest;
      if (now - assume.startRequest >= known) {
        recorded[call] = now - assume.startRequest;
        break;
      }
      if (!isRetriedQuickly((now - start) * 1000, (now - begun) * 1000)) break;
      now += QUICK_RETRY_PAUSE_MS / 1000;
    }
    const ended = now + assume.startStep / 2;
    gauges.lambda.spread(begun, ended - begun, 1);
    const again = recorded[call] === 0 ? ended + startPauseSeconds((now - start) * 1000, next()) : undefined;
    return { ended, ...(again !== undefined && { again }) };
  });
  return recorded;
}

/** @returns when each recording was stored. */
function runCopies({ quotas, assume, gauges }: Setting, recorded: Float64Array, completed: Float64Array): Float64Array {
  return new Places(quotas.copyConcurrency).run(
    completed,
    (_begun, call) =>
      copySeconds(Math.max(0, (completed[call] ?? 0) - assume.processing - (recorded[call] ?? 0)), assume),
    (begun, ended) => {
      gauges.lambda.spread(begun, ended - begun, 1);
      gauges.twilio.spread(begun, ended - begun, 1);
      gauges.deletionIndex.count(ended, 1);
      gauges.dayIndex.count(ended, 3);
    },
  );
}

/** Each minute `sweep` takes up what has come due, for as long as it has. @returns when each recording was deleted at Twilio. */
function runDeletions({ quotas, assume, gauges }: Setting, due: Float64Array): Float64Array {
  const row = sweptSeconds(quotas, assume);
  const swept = new Places(quotas.sweepConcurrency).run(
    due.map((at) => Math.ceil(at / 60) * 60),
    (begun) => (begun % 60 < quotas.sweepSeconds ? row : 60 - (begun % 60) + row),
    (_begun, ended) => gauges.deletionIndex.count(ended, 1),
  );
  return new Places(quotas.deletionConcurrency).run(
    swept,
    () => assume.deleteOne,
    (begun, ended) => {
      gauges.lambda.spread(begun, ended - begun, 1);
      gauges.twilio.spread(begun, ended - begun, 0.5);
      gauges.deletionIndex.count(begun, 1);
      gauges.dayIndex.count(begun, 2);
    },
  );
}
