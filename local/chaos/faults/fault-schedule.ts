import type { Backend } from '../../system/backends.ts';
import { between, betweenMagnitudes, type Draws, pauseByChance, pickByWeight } from './draws.ts';

/** What can happen to one request. */
export type Fault =
  /** The connection breaks before the backend has seen the request. */
  | { readonly kind: 'reset-before' }
  /** The backend has acted and answered; the connection breaks instead of the answer. */
  | { readonly kind: 'reset-after' }
  /** The backend has acted, but the answer is 500. */
  | { readonly kind: 'failed-after' }
  /** The answer breaks off in its middle. */
  | { readonly kind: 'truncated'; readonly share: number }
  /** The request is held; its sender still waits when it goes on. */
  | { readonly kind: 'delayed'; readonly milliseconds: number }
  /** The request is held for longer than anybody waits, and reaches the backend all the same. */
  | { readonly kind: 'late'; readonly milliseconds: number }
  /** Refused, unseen by the backend, in the service's own words. */
  | { readonly kind: 'error-500' }
  | { readonly kind: 'error-503' }
  | { readonly kind: 'throttled' }
  /** Audio only: a whole answer with fewer bytes than the recording has. */
  | { readonly kind: 'shortened'; readonly share: number }
  /** Audio only: a web page with status 200. */
  | { readonly kind: 'error-page' }
  /** Audio only: 404, as Twilio answers right after it has said `completed`. */
  | { readonly kind: 'not-there-yet' };

export type FaultKind = Fault['kind'];

/** A stretch of time in which a backend serves nobody. */
export interface Outage {
  /** Connections are refused, requests get no answer, or each gets 503. */
  readonly kind: 'refused' | 'silent' | 'unavailable';
  /** Milliseconds from the end of the outage before, or from the beginning. */
  readonly after: number;
  readonly milliseconds: number;
}

/** How much goes wrong. Shares are from 0 to 1. */
export interface Rates {
  /** Share of the requests that meet a fault. */
  readonly faults: { readonly [backend in Backend]: number };
  /** Seconds from one outage of a backend to its next, on the average. */
  readonly secondsBetweenOutages: number;
  readonly longestOutageSeconds: number;
  /** Seconds from one crash of an emulator to its next, on the average. */
  readonly secondsBetweenCrashes: number;
  /** Share of the invocations that get a time to be killed at; those that are through by then live on. */
  readonly kills: number;
}

export const DEFAULT_RATES: Rates = {
  faults: { dynamodb: 0.06, s3: 0.15, sqs: 0.1, secretsmanager: 0.15, eventbridge: 0.15, twilio: 0.15 },
  secondsBetweenOutages: 150,
  longestOutageSeconds: 30,
  secondsBetweenCrashes: 300,
  kills: 0.04,
};

/** The name that a proxy gives to requests for audio. */
export const MEDIA = 'Media';

const WEIGHTS: { readonly [kind in FaultKind]?: number } = {
  'reset-before': 2,
  'reset-after': 3,
  'failed-after': 2,
  truncated: 1,
  delayed: 4,
  late: 1,
  'error-500': 1,
  'error-503': 1,
  throttled: 2,
};
const MEDIA_WEIGHTS = { ...WEIGHTS, truncated: 4, shortened: 3, 'error-page': 2, 'not-there-yet': 3 };

/** Clients wait for 4 s. */
const DELAY_MILLISECONDS = [20, 3000] as const;
const LATE_MILLISECONDS = [4500, 12_000] as const;
const SHORTEST_OUTAGE_MILLISECONDS = 300;

/** What happens to the n-th request of an operation, n from 1. */
export function faultOf(draws: Draws, rates: Rates, backend: Backend, operation: string, n: number): Fault | undefined {
  const draw = (what: string) => draws('fault', backend, operation, n, what);
  if (draw('whether') >= rates.faults[backend]) return undefined;
  const kind = pickByWeight<FaultKind>(draw('kind'), operation === MEDIA ? MEDIA_WEIGHTS : WEIGHTS);
  switch (kind) {
    case 'truncated':
    case 'shortened':
      return { kind, share: between(draw('share'), 0.05, 0.95) };
    case 'delayed':
      return { kind, milliseconds: betweenMagnitudes(draw('time'), ...DELAY_MILLISECONDS) };
    case 'late':
      return { kind, milliseconds: between(draw('time'), ...LATE_MILLISECONDS) };
    default:
      return { kind };
  }
}

/** The n-th outage of a backend, n from 1. Short ones are more frequent. */
export function outageOf(draws: Draws, rates: Rates, backend: Backend, n: number): Outage {
  const draw = (what: string) => draws('outage', backend, n, what);
  return {
    kind: pickByWeight(draw('kind'), { refused: 2, silent: 1, unavailable: 1 }),
    after: pauseByChance(draw('pause'), rates.secondsBetweenOutages * 1000),
    milliseconds: betweenMagnitudes(draw('length'), SHORTEST_OUTAGE_MILLISECONDS, rates.longestOutageSeconds * 1000),
  };
}

/** Milliseconds after which the n-th invocation of a step is killed, n from 1. */
export function killOf(draws: Draws, rates: Rates, step: string, n: number): number | undefined {
  const draw = (what: string) => draws('kill', step, n, what);
  return draw('whether') < rates.kills ? betweenMagnitudes(draw('time'), 2, 2000) : undefined;
}
