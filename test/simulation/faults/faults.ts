/** What can go wrong at a request, and the plan that says where it does. */
import type { Instant } from '../../../lambdas/shared/rules/values/instant.ts';
import type { Draws } from './draws.ts';

/** What can happen to any request. */
const COMMON_FAULTS = [
  /** It fails and nothing has happened. */
  'error-before',
  /** It has happened, and the reply is lost. */
  'error-after',
  /** The caller gives up; it happens later all the same. */
  'late',
  /** It takes long, but happens. */
  'slow',
  /** The environment dies; the request never arrives. */
  'crash-before',
  /** The environment dies; the request has happened. */
  'crash-after',
] as const;

/** What can happen to requests of a kind, beside that. */
const FAULTS_OF = {
  twilio: ['never-sent', 'status-429', 'status-503-before', 'status-503-after'],
  audio: ['error-page', 'truncated', 'not-there-yet', 'elsewhere'],
  /** It says that it has stored, and has not. */
  's3.put': ['lie'],
  /** It has happened, its reply is lost, and the SDK repeats it: what comes back is the reply to the repetition. */
  repeated: ['repeated'],
  /** The message arrives twice, for the same reason. */
  send: ['duplicate'],
  /** The request succeeds, but every second event of it was refused, or all were. */
  'eventbridge.put': ['some-refused', 'all-refused'],
} as const;

export type FaultKind = (typeof COMMON_FAULTS)[number] | (typeof FAULTS_OF)[keyof typeof FAULTS_OF][number];

/** Requests to AWS that change something, beside messages: a repetition meets what the first has done. */
const REPEATED = new Set([
  'dynamodb.write',
  's3.put',
  's3.upload-part',
  's3.complete-upload',
  'eventbridge.put',
  'sqs.change-visibility',
]);

/** Every kind of fault that a site `<step> <service>.<operation>` can meet. */
export function faultsAt(site: string): readonly FaultKind[] {
  const operation = site.slice(site.indexOf(' ') + 1);
  const kinds: FaultKind[] = [...COMMON_FAULTS];
  if (operation.startsWith('twilio.')) kinds.push(...FAULTS_OF.twilio);
  if (operation === 'twilio.audio') kinds.push(...FAULTS_OF.audio);
  if (operation === 's3.put') kinds.push(...FAULTS_OF['s3.put']);
  if (REPEATED.has(operation)) kinds.push(...FAULTS_OF.repeated);
  if (operation === 'eventbridge.put') kinds.push(...FAULTS_OF['eventbridge.put']);
  if (/^sqs\.\w+-send/.test(operation)) kinds.push(...FAULTS_OF.send);
  return kinds;
}

/** One fault of a history: at the n-th request of a site. */
export interface Fault {
  readonly site: string;
  readonly occurrence: number;
  readonly kind: FaultKind;
}

export const nameOf = ({ site, occurrence, kind }: Fault): string => `${kind} at ${site} #${occurrence}`;

/** Decides on every request. */
export interface FaultPlan {
  decide(site: string, occurrence: number, now: Instant): FaultKind | undefined;
}

export interface Outage {
  /** The beginning of the sites that are out, such as `twilio` or `s3`. */
  readonly service: string;
  readonly from: Instant;
  readonly until: Instant;
}

export const isOut = (outages: readonly Outage[], service: string, now: Instant): boolean =>
  outages.some((one) => one.service === service && one.from <= now && now < one.until);

export interface DrawnFaults {
  /** Until when anything goes wrong at all. */
  readonly until: Instant;
  /** Of a thousand requests, how many fail. */
  readonly perThousand: number;
  readonly outages: readonly Outage[];
}

/** The service part of a site `<step> <service>.<operation>`. */
const serviceOf = (site: string): string => site.slice(site.indexOf(' ') + 1).split('.', 1)[0] ?? '';

/** Sites that few histories come to fail there more often: what happens seldom is where faults hide. */
const SELDOM_REACHED = new Set([
  'reconcile dynamodb.read-call',
  'reconcile dynamodb.write',
  'reconcile sqs.recording-copy-send',
  'recording-delete secret.read',
  'recording-delete twilio.delete',
  'recording-start dynamodb.read-call',
  'sweep sqs.recording-start-send-all',
]);
const SELDOM_FACTOR = 3;

/** Draws the faults of a history as its requests come. */
export function drawnPlan(draws: Draws, { until, perThousand, outages }: DrawnFaults): FaultPlan {
  return {
    decide(site, _occurrence, now) {
      if (now >= until) return undefined;
      if (isOut(outages, serviceOf(site), now))
        return draws.chance(`outage ${site}`, 0.9) ? 'error-before' : 'error-after';
      const share = (SELDOM_REACHED.has(site) ? SELDOM_FACTOR : 1) * (perThousand / 1000);
      if (!draws.chance(`fault ${site}`, share)) return undefined;
      return draws.pick(`kind ${site}`, faultsAt(site));
    },
  };
}

/** Exactly these faults: for replaying, shrinking, and trying every site in turn. */
export function listedPlan(faults: readonly Fault[]): FaultPlan {
  const kinds = new Map(faults.map(({ site, occurrence, kind }) => [`${site}#${occurrence}`, kind]));
  return { decide: (site, occurrence) => kinds.get(`${site}#${occurrence}`) };
}
