/**
 * A day's load against quotas: when what binds, and what waits for how long.
 *
 * The histories of the simulation run every request of every step, for some calls. This runs a million calls as jobs in
 * queues with places: how long a job takes is given, how many run at once is what the stack and the account allow. The
 * retries of a start are the product's own rules.
 */
import {
  isRetriedQuickly,
  QUICK_RETRY_PAUSE_MS,
  startPauseSeconds,
} from '../../../lambdas/shared/rules/call/start-retry.ts';
import { arrivals, DAY, random } from './arrivals.ts';
import { ASSUMPTIONS, AUDIO_BYTES_PER_SECOND, type LoadAssumptions, QUOTAS, type Quotas } from './assumptions.ts';
import { Gauge, type Job, Places } from './load-queue.ts';

/** Seconds of waiting; the share is of calls. */
export interface Waits {
  readonly p50: number;
  readonly p99: number;
  readonly maximum: number;
}

export interface Use {
  readonly quota: string;
  readonly limit: number;
  readonly peak: number;
  /** Seconds of the day in which the limit was reached. */
  readonly secondsAtLimit: number;
}

export interface LoadReport {
  readonly calls: number;
  readonly peakCallsPerSecond: number;
  /** From the stream's start to the start request that Twilio took. */
  readonly toRecording: Waits;
  /** From the moment that Twilio knew the call; what came too early waits for the first second. */
  readonly sinceRegistered: Waits;
  /** From completion to the stored copy. */
  readonly toStored: Waits;
  /** From the due date to the deletion at Twilio. */
  readonly toDeleted: Waits;
  readonly uses: readonly Use[];
  /** Stream messages beyond the account's limit, which API Gateway drops: frames nearly all, but `start` is among them. */
  readonly droppedMessages: number;
  /** Calls whose `start` or `mark` was probably among them. */
  readonly callsAtRisk: number;
}

export interface LoadOptions {
  readonly calls: number;
  readonly seed: number;
  readonly quotas?: Partial<Quotas>;
  readonly assumptions?: Partial<LoadAssumptions>;
  /** Evenly over the day instead of a working day's curve. */
  readonly steady?: boolean;
}

/** Runs a day of calls and the day after, in which their copies at Twilio are deleted. */
export function runLoad({ calls, seed, steady = false, ...given }: LoadOptions): LoadReport {
  const quotas = { ...QUOTAS, ...given.quotas };
  const assume = { ...ASSUMPTIONS, ...given.assumptions };
  const next = random(seed);
  const exponential = (mean: number) => -mean * Math.log(1 - next());
  const started = arrivals(calls, steady, next);
  const gauges = gaugesOf(started, assume);
  const registered = started.map((at) => at + assume.registeredAtLeast + exponential(assume.registeredMean));
  const recorded = runStarts({ started, registered, quotas, assume, next, gauges });
  const completed = Float64Array.from(recorded, (at, call) => {
    const length = exponential(assume.callMean);
    return Math.max(at, (started[call] ?? 0) + length) + assume.processing;
  });
  const copies = new Places(quotas.copyConcurrency);
  const stored = copies.run(
    completed,
    (_ready, call) => {
      const seconds = Math.max(0, (completed[call] ?? 0) - assume.processing - (recorded[call] ?? 0));
      return assume.copyStep + (seconds * AUDIO_BYTES_PER_SECOND) / assume.copyBytesPerSecond;
    },
    (begun, ended) => {
      gauges.lambda.spread(begun, ended - begun, 1);
      gauges.twilio.spread(begun, ended - begun, 1);
      gauges.index.count(ended, 2);
    },
  );
  // The sweep puts on the queue what has come due, once a minute.
  const due = Float64Array.from(stored, (at) => at + DAY);
  const swept = due.map((at) => Math.ceil(at / 60) * 60);
  const deletions = new Places(quotas.deleteConcurrency);
  const deleted = deletions.run(
    swept,
    () => assume.deleteOne,
    (begun, ended) => {
      gauges.lambda.spread(begun, ended - begun, 1);
      gauges.twilio.spread(begun, ended - begun, 0.5);
      gauges.index.count(begun, 3);
    },
  );

  const limit = quotas.gatewayRequests;
  const dropped = gauges.gateway.above(limit);
  return {
    calls,
    peakCallsPerSecond: gauges.calls.peak(),
    toRecording: waits(started, recorded),
    sinceRegistered: waits(
      registered.map((at, call) => Math.max(at, (started[call] ?? 0) + 1)),
      recorded,
    ),
    toStored: waits(completed, stored),
    toDeleted: waits(due, deleted),
    uses: [
      use('API Gateway requests a second', limit, gauges.gateway),
      use('Lambda invocations at a time', quotas.lambdaConcurrency, gauges.lambda),
      use('Twilio requests at a time', quotas.twilioConcurrency, gauges.twilio),
      use('writes a second to the index', quotas.indexWrites, gauges.index),
    ],
    droppedMessages: Math.round(dropped.sum),
    // Of each call two messages matter among all of its own.
    callsAtRisk: Math.round((2 * dropped.sum) / (assume.streamSeconds * assume.framesPerSecond)),
  };
}

/** What the day is measured by, with what each call takes as it begins. */
function gaugesOf(started: Float64Array, assume: LoadAssumptions) {
  const gauge = () => new Gauge(2 * DAY + 7200);
  const gauges = { calls: gauge(), gateway: gauge(), lambda: gauge(), twilio: gauge(), index: gauge() };
  for (const at of started) {
    gauges.calls.count(at, 1);
    gauges.gateway.count(at, assume.otherGatewayRequests);
    gauges.gateway.spread(at, assume.streamSeconds, assume.framesPerSecond);
    // Handshake, start, mark and three webhooks: a tenth of a second each.
    gauges.lambda.spread(at, 0.6, 1);
    gauges.index.count(at, 1);
  }
  return gauges;
}

const use = (quota: string, limit: number, gauge: Gauge): Use => {
  return { quota, limit, peak: gauge.peak(), secondsAtLimit: gauge.above(limit).seconds };
};

interface StartsOptions {
  readonly started: Float64Array;
  readonly registered: Float64Array;
  readonly quotas: Quotas;
  readonly assume: LoadAssumptions;
  readonly next: () => number;
  readonly gauges: { readonly lambda: Gauge; readonly twilio: Gauge; readonly index: Gauge };
}

/** @returns when each call's recording began. */
function runStarts({ started, registered, quotas, assume, next, gauges }: StartsOptions): Float64Array {
  const recorded = new Float64Array(started.length);
  const places = new Places(quotas.startConcurrency);
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
    gauges.index.count(ended, 2);
    const again = recorded[call] === 0 ? ended + startPauseSeconds((now - start) * 1000, next()) : undefined;
    return { ended, ...(again !== undefined && { again }) };
  });
  return recorded;
}

function waits(from: Float64Array, to: Float64Array): Waits {
  const sorted = Float64Array.from(to, (at, index) => Math.max(0, at - (from[index] ?? 0))).sort();
  const at = (share: number) => sorted[Math.floor((sorted.length - 1) * share)] ?? 0;
  return { p50: at(0.5), p99: at(0.99), maximum: at(1) };
}
