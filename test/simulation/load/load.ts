/**
 * A day's load against quotas: when what binds, and what waits for how long.
 *
 * The histories of the simulation run every request of every step, for some calls. This runs a million calls as jobs in
 * queues with places: how long a job takes is given, how many run at once is what the stack and the account allow. The
 * retries of a start are the product's own rules.
 */
import { OVERLAP_MS } from '../../../lambdas/reconcile/reconcile.ts';
import {
  isRetriedQuickly,
  QUICK_RETRY_PAUSE_MS,
  startPauseSeconds,
} from '../../../lambdas/shared/rules/call/start-retry.ts';
import { Gauge, type Job, Places } from './load-queue.ts';

/** Seconds, unless it says otherwise. */
export interface LoadAssumptions {
  /** That the stream of a call is open, by the benchmark's row 9. */
  readonly streamSeconds: number;
  readonly framesPerSecond: number;
  /** Other requests to API Gateway of one call: handshake, stream messages that are no frames, webhooks. */
  readonly otherGatewayRequests: number;
  /** Until Twilio's REST API knows a call: exponentially spread around this mean, after `registeredAtLeast`. */
  readonly registeredAtLeast: number;
  readonly registeredMean: number;
  /** Of one start request, with the step's own work before and after it. */
  readonly startRequest: number;
  readonly startStep: number;
  readonly callMean: number;
  /** Twilio's processing until `completed`. */
  readonly processing: number;
  readonly copyStep: number;
  readonly copyBytesPerSecond: number;
  readonly deleteOne: number;
  /** Webhooks of a call: its TwiML, and two callbacks of its recording. */
  readonly webhooks: number;
  /** Of one recording in Twilio's list: the CPU time of a strong read, and its share of a page. */
  readonly reconcileOne: number;
}

export const ASSUMPTIONS: LoadAssumptions = {
  streamSeconds: 3.1,
  framesPerSecond: 50,
  otherGatewayRequests: 9,
  registeredAtLeast: 0.3,
  registeredMean: 0.4,
  startRequest: 0.2,
  startStep: 0.06,
  callMean: 180,
  processing: 5,
  copyStep: 0.4,
  copyBytesPerSecond: 30e6,
  deleteOne: 0.3,
  webhooks: 3,
  reconcileOne: 0.0012,
};
const AUDIO_BYTES_PER_SECOND = 32_000;
const DAY = 86_400;

/** What the stack sets, and what the account allows. */
export interface Quotas {
  /** Invocations at a time, as lib/steps/steps.ts sets them. */
  readonly startConcurrency: number;
  readonly copyConcurrency: number;
  readonly deleteConcurrency: number;
  /** Requests a second to API Gateway, frames among them; of the account and region. */
  readonly gatewayRequests: number;
  /** Requests a second that the stage of the HTTP API lets through, lib/apis/webhook-api.ts. */
  readonly webhookRequests: number;
  /** Handshakes a second that the stage of the WebSocket API lets through, lib/apis/stream-api.ts. */
  readonly connections: number;
  /** Seconds that a run of `reconcile` may take, and how far back it looks. */
  readonly reconcileSeconds: number;
  readonly reconcileWindow: number;
  readonly lambdaConcurrency: number;
  /** Requests at once that Twilio takes before it answers 429. Not published; this is what others report. */
  readonly twilioConcurrency: number;
  /** Writes a second to the index of what is due: so many partitions, 1,000 each. */
  readonly indexWrites: number;
}

/** The stack's own numbers are held against its template by a test. */
export const QUOTAS: Quotas = {
  startConcurrency: 20,
  copyConcurrency: 30,
  deleteConcurrency: 6,
  gatewayRequests: 10_000,
  webhookRequests: 500,
  connections: 200,
  reconcileSeconds: 900,
  reconcileWindow: OVERLAP_MS / 1000,
  lambdaConcurrency: 1000,
  twilioConcurrency: 100,
  indexWrites: 8000,
};

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

/** A generator of its own, so that a seed gives the same day anywhere (mulberry32). */
function random(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** Calls by hour, as a call centre's working day has them; the busiest hour has two and a half times the mean. */
const HOURS = [2, 1, 1, 1, 1, 3, 8, 20, 45, 62, 65, 60, 50, 58, 64, 60, 50, 34, 20, 13, 9, 6, 4, 3];

function arrivals(calls: number, steady: boolean, next: () => number): Float64Array {
  const total = HOURS.reduce((sum, hour) => sum + hour, 0);
  const cumulative = HOURS.map((_, hour) => HOURS.slice(0, hour + 1).reduce((sum, one) => sum + one, 0) / total);
  const times = new Float64Array(calls);
  for (let index = 0; index < calls; index += 1) {
    const drawn = next();
    if (steady) {
      times[index] = drawn * DAY;
      continue;
    }
    const hour = cumulative.findIndex((share) => drawn < share);
    times[index] = (Math.max(0, hour) + next()) * 3600;
  }
  return times.sort();
}

/** Runs a day of calls and the day after, in which their copies at Twilio are deleted. */
export function runLoad({ calls, seed, steady = false, ...given }: LoadOptions): LoadReport {
  const quotas = { ...QUOTAS, ...given.quotas };
  const assume = { ...ASSUMPTIONS, ...given.assumptions };
  const next = random(seed);
  const exponential = (mean: number) => -mean * Math.log(1 - next());
  const started = arrivals(calls, steady, next);
  const gauges = {
    gateway: new Gauge(2 * DAY + 7200),
    lambda: new Gauge(2 * DAY + 7200),
    twilio: new Gauge(2 * DAY + 7200),
    index: new Gauge(2 * DAY + 7200),
  };
  const perCallSecond = new Gauge(DAY + 1);
  for (const at of started) {
    perCallSecond.count(at, 1);
    gauges.gateway.count(at, assume.otherGatewayRequests);
    gauges.gateway.spread(at, assume.streamSeconds, assume.framesPerSecond);
    // Handshake, start, mark and three webhooks: a tenth of a second each.
    gauges.lambda.spread(at, 0.6, 1);
    gauges.index.count(at, 1);
  }

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
    peakCallsPerSecond: perCallSecond.peak(),
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

/** Calls a second that each quota alone holds, the tightest first: its limit over what one call takes. */
export function capacities(
  quotas: Quotas = QUOTAS,
  assume: LoadAssumptions = ASSUMPTIONS,
): readonly { readonly quota: string; readonly callsPerSecond: number }[] {
  const frames = assume.streamSeconds * assume.framesPerSecond + assume.otherGatewayRequests;
  const start = assume.startStep + assume.startRequest;
  const copy = assume.copyStep + (assume.callMean * AUDIO_BYTES_PER_SECOND) / assume.copyBytesPerSecond;
  const of = (quota: string, limit: number, perCall: number) => ({ quota, callsPerSecond: limit / perCall });
  return [
    of('recording-start, invocations at a time', quotas.startConcurrency, start),
    of('recording-copy, invocations at a time', quotas.copyConcurrency, copy),
    of('recording-delete, invocations at a time', quotas.deleteConcurrency, assume.deleteOne),
    of(
      'reconcile, one run over all of its window',
      quotas.reconcileSeconds,
      assume.reconcileOne * quotas.reconcileWindow,
    ),
    of('webhooks a second through the stage', quotas.webhookRequests, assume.webhooks),
    of('handshakes a second through the stage', quotas.connections, 1),
    of('API Gateway requests a second', quotas.gatewayRequests, frames),
    of('Lambda invocations at a time', quotas.lambdaConcurrency, 0.6 + start + copy + assume.deleteOne / 10),
    of('Twilio requests at a time', quotas.twilioConcurrency, assume.startRequest + copy + assume.deleteOne / 2),
    of('writes a second to the index', quotas.indexWrites, 8),
  ].sort((a, b) => a.callsPerSecond - b.callsPerSecond);
}
