/** What a call takes, and what the stack and the accounts allow. */

import type { StartBy } from '../../../lambdas/shared/contract/settings.ts';
import { LOOK_BACK_MS, OVERLAP_MS } from '../../../lambdas/shared/rules/reconcile/reconcile-memory.ts';
import { DAY, HOUR } from '../../../lambdas/shared/rules/values/instant.ts';

/** Seconds, unless it says otherwise. */
export interface LoadAssumptions {
  /** That the stream of a call is open, by the benchmark's row 9. */
  readonly streamSeconds: number;
  readonly framesPerSecond: number;
  /** Other requests to API Gateway over the stream of one call: its handshake, and messages that are no frames. */
  readonly streamRequests: number;
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
  /** That a webhook, a handshake or a message of a stream keeps its function. */
  readonly webhook: number;
  /** CPU time of one request to the table, on a processor of its own. */
  readonly tableRequest: number;
  /** Rows with a new event, of one call: started, completed, stored, deleted. */
  readonly eventRows: number;
  /** Of one entry of Twilio's lists: the CPU time of a strong read, and its share of the page; the next page comes meanwhile. */
  readonly reconcileOne: number;
  /** Until Twilio has made a page of a thousand entries. Not published. */
  readonly reconcilePage: number;
}

export const ASSUMPTIONS: LoadAssumptions = {
  streamSeconds: 3.1,
  framesPerSecond: 50,
  streamRequests: 6,
  registeredAtLeast: 0.3,
  registeredMean: 0.4,
  startRequest: 0.2,
  startStep: 0.06,
  callMean: 180,
  processing: 5,
  copyStep: 0.4,
  copyBytesPerSecond: 30e6,
  deleteOne: 0.3,
  webhook: 0.1,
  tableRequest: 0.001,
  eventRows: 4,
  reconcileOne: 0.0012,
  reconcilePage: 4,
};
export const AUDIO_BYTES_PER_SECOND = 32_000;

/** Webhooks of a call: for its TwiML, and two of its recording; two more of its stream. */
export const webhooksOf = (startBy: StartBy): number => (startBy === 'stream' ? 5 : 3);

/** What the stack sets, by the names of its options; and what the accounts allow. */
export interface Quotas {
  readonly recordingConcurrency: number;
  readonly copyConcurrency: number;
  readonly deletionConcurrency: number;
  readonly webhooksPerSecond: number;
  readonly lambdaConcurrency: number;
  readonly twilioConcurrency: number;
  readonly reconcileConcurrency: number;
  readonly sweepConcurrency: number;
  readonly announceConcurrency: number;
  /** Requests a second to API Gateway, frames among them; of the account and region. */
  readonly gatewayRequests: number;
  /** Handshakes a second that the stage of the WebSocket API lets through, lib/apis/stream-api.ts. */
  readonly connections: number;
  /** Seconds of a minute in which `sweep` takes up rows, and in which `announce` tells events. */
  readonly sweepSeconds: number;
  readonly announceSeconds: number;
  /** Writes a second to one index of the table: so many partitions, 1,000 each. */
  readonly indexWrites: number;
  readonly dayIndexWrites: number;
}

/** The stack's own numbers are held against its template, and its code, by a test. */
export const QUOTAS: Quotas = {
  recordingConcurrency: 20,
  copyConcurrency: 30,
  deletionConcurrency: 6,
  webhooksPerSecond: 500,
  lambdaConcurrency: 1000,
  twilioConcurrency: 100,
  reconcileConcurrency: 4,
  sweepConcurrency: 1,
  announceConcurrency: 1,
  gatewayRequests: 10_000,
  connections: 200,
  sweepSeconds: 45,
  announceSeconds: 35,
  indexWrites: 8000,
  dayIndexWrites: 8000,
};

/** Of one entry of a list: what takes longer, Twilio's page or the comparison of the one before. */
export const entrySeconds = ({ reconcileOne, reconcilePage }: LoadAssumptions): number =>
  Math.max(reconcileOne, reconcilePage / 1000);

/** Entries that `reconcile` goes over for each call: in two lists, each hour what is new, once a day all of the window. */
export const ENTRIES_PER_CALL = 2 * ((HOUR + LOOK_BACK_MS) / HOUR + (DAY + OVERLAP_MS) / DAY);

/** The share of a processor of a step that runs alone; each of several has a processor of its own, lib/steps/scheduled-steps.ts. */
const shareOf = (concurrency: number): number => (concurrency === 1 ? 512 / 1769 : 1);

/** Seconds of one `sweep` for a row that is due: it is read and put off, and a message for ten of them is sent. */
export const sweptSeconds = ({ sweepConcurrency }: Quotas, { tableRequest }: LoadAssumptions): number =>
  (2.1 * tableRequest) / shareOf(sweepConcurrency);

/** Seconds of one `announce` for a row with a new event: it is read twice and written, and ten events are told at once. */
export const announcedSeconds = ({ announceConcurrency }: Quotas, { tableRequest }: LoadAssumptions): number =>
  (3.1 * tableRequest) / shareOf(announceConcurrency);

export const copySeconds = (audioSeconds: number, assume: LoadAssumptions): number =>
  assume.copyStep + (audioSeconds * AUDIO_BYTES_PER_SECOND) / assume.copyBytesPerSecond;

/** Of the lists, for each call: a place of `reconcile`, and a request at Twilio. */
export const comparedSeconds = (assume: LoadAssumptions): number => ENTRIES_PER_CALL * entrySeconds(assume);

/** Until what is new in an hour is compared: one pass over one list, page by page, an hour and the hour before. */
export const passSeconds = (callsPerSecond: number, assume: LoadAssumptions): number =>
  (callsPerSecond * (HOUR + LOOK_BACK_MS) * entrySeconds(assume)) / 1000;

/** Messages of a call's stream that are frames. */
export const framesOf = ({ streamSeconds, framesPerSecond }: LoadAssumptions): number =>
  streamSeconds * framesPerSecond;
