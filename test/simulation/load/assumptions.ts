/** What a call takes, what the stack and the account allow, and so how many calls each quota holds. */
import { BUDGET_MS, LOOK_BACK_MS, OVERLAP_MS } from '../../../lambdas/shared/rules/table/reconcile-memory.ts';
import { DAY, HOUR } from '../../../lambdas/shared/rules/values/instant.ts';

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
  /** Webhooks of a call: its TwiML, two callbacks of its stream and two of its recording. */
  readonly webhooks: number;
  /** Of one entry of Twilio's lists: the CPU time of a strong read, and its share of the page; the next page comes meanwhile. */
  readonly reconcileOne: number;
  /** Until Twilio has made a page of a thousand entries. Not published. */
  readonly reconcilePage: number;
}

export const ASSUMPTIONS: LoadAssumptions = {
  streamSeconds: 3.1,
  framesPerSecond: 50,
  otherGatewayRequests: 11,
  registeredAtLeast: 0.3,
  registeredMean: 0.4,
  startRequest: 0.2,
  startStep: 0.06,
  callMean: 180,
  processing: 5,
  copyStep: 0.4,
  copyBytesPerSecond: 30e6,
  deleteOne: 0.3,
  webhooks: 5,
  reconcileOne: 0.0012,
  reconcilePage: 1.5,
};
export const AUDIO_BYTES_PER_SECOND = 32_000;

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
  /** Seconds after which an hourly run of `reconcile` stops, and how much of a list it goes over, in seconds of calls. */
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
  reconcileSeconds: BUDGET_MS / 1000,
  // Two lists; each run goes over what is new, and over its share of the daily pass.
  reconcileWindow: (2 * (HOUR + LOOK_BACK_MS + (DAY + OVERLAP_MS) / 24)) / 1000,
  lambdaConcurrency: 1000,
  twilioConcurrency: 100,
  indexWrites: 8000,
};

/** Seconds that `reconcile` works on a day of so many calls, spread evenly: each hour on what is new, once a day on all of the window. */
export function reconcileSeconds(
  calls: number,
  assume: LoadAssumptions = ASSUMPTIONS,
): { hourly: number; daily: number } {
  const perCall = 2 * entrySeconds(assume);
  const of = (milliseconds: number) => (calls / DAY) * milliseconds * perCall;
  return { hourly: of(HOUR + LOOK_BACK_MS), daily: of(DAY + OVERLAP_MS) };
}

/** Of one entry of a list: what takes longer, Twilio's page or the comparison of the one before. */
const entrySeconds = ({ reconcileOne, reconcilePage }: LoadAssumptions): number =>
  Math.max(reconcileOne, reconcilePage / 1000);

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
    of('reconcile, hourly runs that keep up', quotas.reconcileSeconds, entrySeconds(assume) * quotas.reconcileWindow),
    of('webhooks a second through the stage', quotas.webhookRequests, assume.webhooks),
    of('handshakes a second through the stage', quotas.connections, 1),
    of('API Gateway requests a second', quotas.gatewayRequests, frames),
    of('Lambda invocations at a time', quotas.lambdaConcurrency, 0.6 + start + copy + assume.deleteOne / 10),
    of('Twilio requests at a time', quotas.twilioConcurrency, assume.startRequest + copy + assume.deleteOne / 2),
    of('writes a second to the index', quotas.indexWrites, 8),
  ].sort((a, b) => a.callsPerSecond - b.callsPerSecond);
}
