/** Each way in which a call is not recorded, a copy not made or a deletion not done, and how soon which alarm tells of it. */
import type { Step } from '../../../lambdas/shared/contract/steps.ts';
import { HOUR, type Instant, MINUTE } from '../../../lambdas/shared/rules/values/instant.ts';
import { SCENARIO } from '../crashes.ts';
import type { FaultKind } from '../faults/faults.ts';
import { runHistory } from '../history.ts';
import type { CallPlan } from '../workload/scenario.ts';
import type { Worker } from '../world/deployment.ts';
import type { World } from '../world/world.ts';
import type { Severity } from './deployed-alarms.ts';
import type { Sounded } from './watchman.ts';

/** A way in which something is not done. */
export interface Failure {
  readonly what: string;
  readonly notDone: 'call' | 'copy' | 'deletion' | 'other';
  /** Requests at sites that have this in them fail in this way, each time. */
  readonly faults?: readonly (readonly [site: string, kind: FaultKind])[];
  readonly call?: Partial<CallPlan>;
  readonly begin?: (world: World) => void;
  readonly hours?: number;
}

const broken = (step: Step) => (world: World) => void world.invocations.broken.add(step);
const stopped = (step: Step) => (world: World) => world.schedules.stop(step);
const poisoned = (worker: Worker) => (world: World) => world.queues[worker].sendBody('{ "callSid": "none" }');
const unserved = (worker: Worker) => (world: World) => void world.sources.off.add(worker);
const wrongSecret = (world: World) => {
  world.secret = { ...world.secret, authTokens: ['none of the account'] };
};

const SECRET_OUT = (['incoming-call', 'stream-connect', 'recording-start'] as const).map(
  (step) => [`${step} secret.read`, 'error-before'] as const,
);

export const FAILURES: readonly Failure[] = [
  {
    what: 'recording-start throws each time',
    notDone: 'call',
    faults: [['recording-start dynamodb', 'error-before']],
  },
  { what: 'recording-start does not load', notDone: 'call', begin: broken('recording-start') },
  { what: "the voice URL's function throws", notDone: 'call', begin: broken('incoming-call') },
  { what: 'stream-connect throws', notDone: 'call', begin: broken('stream-connect') },
  { what: 'the table is out', notDone: 'call', faults: [[' dynamodb.', 'error-before']] },
  { what: 'the queues are out', notDone: 'call', faults: [[' sqs.', 'error-before']] },
  { what: 'Twilio is down', notDone: 'call', faults: [[' twilio.', 'error-before']] },
  { what: 'Twilio answers 404 to every start', notDone: 'call', call: { registrationMs: Number.POSITIVE_INFINITY } },
  {
    what: 'Twilio answers 21220, and does not know the call',
    notDone: 'call',
    call: { registrationMs: Number.POSITIVE_INFINITY, earlyRefusal: 'not-eligible' },
  },
  {
    what: "Twilio answers 503, and the call's list cannot be read",
    notDone: 'call',
    faults: [
      ['recording-start twilio.start', 'status-503-before'],
      ['recording-start twilio.list-of-call', 'status-503-before'],
    ],
  },
  {
    what: 'no handshake reaches the WebSocket API, and the call goes on',
    notDone: 'call',
    call: { handshakeFails: true, afterFailedHandshake: 'next-verb' },
  },
  { what: 'the stream opens two minutes late', notDone: 'call', call: { streamAfterMs: 200_000 } },
  { what: 'nothing takes the starts off their queue', notDone: 'call', begin: unserved('recording-start') },
  { what: 'the secret cannot be read', notDone: 'call', faults: SECRET_OUT },
  { what: 'the secret is wrong', notDone: 'call', begin: wrongSecret },
  { what: 'the sweep is dead', notDone: 'call', begin: stopped('sweep') },
  { what: 'the audio is not at Twilio', notDone: 'copy', faults: [['recording-copy twilio.audio', 'not-there-yet']] },
  { what: 'S3 or KMS denies', notDone: 'copy', faults: [['recording-copy s3.', 'error-before']] },
  { what: 'recording-copy throws each time', notDone: 'copy', faults: [['recording-copy dynamodb', 'error-before']] },
  { what: 'recording-copy does not load', notDone: 'copy', begin: broken('recording-copy') },
  { what: 'nothing takes the copies off their queue', notDone: 'copy', begin: unserved('recording-copy'), hours: 30 },
  { what: 'recording-callback does not load', notDone: 'copy', begin: broken('recording-callback') },
  {
    what: 'Twilio refuses the deletion',
    notDone: 'deletion',
    faults: [['recording-delete twilio.delete', 'status-429']],
    hours: 72,
  },
  {
    what: 'recording-delete throws each time',
    notDone: 'deletion',
    faults: [['recording-delete dynamodb', 'error-before']],
    hours: 30,
  },
  { what: 'recording-delete does not load', notDone: 'deletion', begin: broken('recording-delete'), hours: 30 },
  { what: 'reconcile is dead', notDone: 'other', begin: stopped('reconcile'), hours: 6 },
  { what: 'reconcile does not load', notDone: 'other', begin: broken('reconcile') },
  { what: 'announce is dead', notDone: 'other', begin: stopped('announce') },
  { what: 'a poison message for recording-start', notDone: 'other', begin: poisoned('recording-start') },
  { what: 'a poison message for recording-copy', notDone: 'other', begin: poisoned('recording-copy') },
  { what: 'a poison message for recording-delete', notDone: 'other', begin: poisoned('recording-delete') },
];

export interface Row extends Failure {
  /** When something is first not done: minutes count from then. */
  readonly since: Instant;
  readonly first: Sounded | undefined;
  readonly firstPage: Sounded | undefined;
}

/** The alarms have seen the recorder in good health for so long. */
const BEFORE_MS = 10 * MINUTE;

export async function runFailure(failure: Failure): Promise<Row> {
  const { faults = [], call, begin, hours = 1 } = failure;
  const [usual] = SCENARIO.calls;
  if (!usual) throw new Error('The scenario has no call.');
  const at = usual.at + BEFORE_MS;
  const plan = { ...usual, at, otherRecording: undefined, replayAfterMs: [], talkMs: 20 * MINUTE, ...call };
  const history = await runHistory({
    seed: 7,
    scenario: { ...SCENARIO, calls: [plan] },
    plan: {
      decide: (site, _occurrence, now) => (now < at ? undefined : faults.find(([part]) => site.includes(part))?.[1]),
    },
    everyRun: hours <= 1,
    quietMs: hours * HOUR,
    ...(begin && { later: { at: at - 1, act: begin } }),
  });
  const ends = at + plan.talkMs;
  const since = { call: at, other: at, copy: ends, deletion: ends + 24 * HOUR }[failure.notDone];
  const sounded = history.watchman.sounded(since, history.until);
  const isOf = (severity: Severity) => sounded.find(({ alarm }) => alarm.severity === severity);
  return { ...failure, since, first: sounded[0], firstPage: isOf('page') };
}

/** The table, as lines. */
export function tableLines(rows: readonly Row[]): string[] {
  const minutes = ({ at }: Sounded, since: Instant) => `${Math.ceil((at - since) / MINUTE)} min`;
  const told = (one: Sounded | undefined, since: Instant) =>
    one ? `${minutes(one, since).padStart(9)}  ${one.alarm.severity.padEnd(6)}  ${one.alarm.name}` : '    never';
  return rows.map(({ what, notDone, first, firstPage, since }) => {
    const page = firstPage && firstPage !== first ? `, page: ${told(firstPage, since).trim()}` : '';
    return `${notDone.padEnd(9)} ${what.padEnd(62)} ${told(first, since)}${page}`;
  });
}
