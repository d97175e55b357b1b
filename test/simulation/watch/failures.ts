/** The ways in which something is not done, each as a fault of the models. */
import type { Step } from '../../../lambdas/shared/contract/steps.ts';
import { HOUR } from '../../../lambdas/shared/rules/values/instant.ts';
import type { FaultKind } from '../faults/faults.ts';
import type { CallPlan, Scenario } from '../workload/scenario.ts';
import { PLAIN_TWIML } from '../workload/twiml.ts';
import { DEFAULT_CONFIGURATION, type Worker } from '../world/deployment.ts';
import type { World } from '../world/world.ts';
import type { Api } from './log-filters.ts';

/** A way in which something is not done. */
export interface Failure {
  readonly what: string;
  readonly notDone: 'call' | 'copy' | 'deletion' | 'other';
  /** Requests at sites that have this in them fail in this way, each time. */
  readonly faults?: readonly (readonly [site: string, kind: FaultKind])[];
  readonly call?: Partial<CallPlan>;
  readonly scenario?: Partial<Scenario>;
  /** Before the call; a deletion is kept from being done on its day. */
  readonly begin?: (world: World) => void;
  readonly hours?: number;
  /** By when the first alarm is to sound, where that is later than for others of its kind. */
  readonly withinMinutes?: number;
}

const broken = (step: Step) => (world: World) => void world.invocations.broken.add(step);
const stopped = (step: Step) => (world: World) => world.schedules.stop(step);
const poisoned = (worker: Worker) => (world: World) => world.queues[worker].sendBody('{ "callSid": "none" }');
const unserved = (worker: Worker) => (world: World) => void world.sources.off.add(worker);
const refusing = (api: Api) => (world: World) => void world.signals.refusing.add(api);
const throttled = (step: Step) => (world: World) => void world.invocations.throttled.add(step);
/** As if account or region were others. */
const forgotten = (world: World) => {
  world.twilio.state = { ...world.twilio.state, recordings: new Map() };
};
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
  { what: 'Lambda has no environment left for the voice URL', notDone: 'call', begin: throttled('incoming-call') },
  { what: 'Lambda has no environment left for the streams', notDone: 'call', begin: throttled('stream-connect') },
  { what: 'Lambda has no environment left for the starts', notDone: 'call', begin: throttled('recording-start') },
  { what: 'the HTTP API answers 429', notDone: 'call', begin: refusing('HTTP') },
  { what: 'the WebSocket API answers 429', notDone: 'call', begin: refusing('WEBSOCKET') },
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
  {
    what: "TwiML starts no recording, and the call's list cannot be read",
    notDone: 'call',
    call: { twiml: { ...PLAIN_TWIML, fails: true } },
    scenario: { configuration: { ...DEFAULT_CONFIGURATION, startBy: 'twiml' } },
    faults: [['recording-start twilio.list-of-call', 'status-503-before']],
  },
  { what: 'nothing takes the starts off their queue', notDone: 'call', begin: unserved('recording-start') },
  { what: 'the secret cannot be read', notDone: 'call', faults: SECRET_OUT },
  { what: 'the secret is wrong', notDone: 'call', begin: wrongSecret },
  { what: 'the sweep is dead', notDone: 'call', begin: stopped('sweep') },
  { what: 'the audio is not at Twilio', notDone: 'copy', faults: [['recording-copy twilio.audio', 'not-there-yet']] },
  {
    what: "the audio is in the owner's own bucket: 302",
    notDone: 'copy',
    faults: [['recording-copy twilio.audio', 'elsewhere']],
  },
  { what: 'the callbacks are lost', notDone: 'copy', call: { callbacksLost: true }, hours: 2, withinMinutes: 62 },
  { what: 'S3 or KMS denies', notDone: 'copy', faults: [['recording-copy s3.', 'error-before']] },
  { what: 'recording-copy throws each time', notDone: 'copy', faults: [['recording-copy dynamodb', 'error-before']] },
  { what: 'recording-copy does not load', notDone: 'copy', begin: broken('recording-copy') },
  { what: 'nothing takes the copies off their queue', notDone: 'copy', begin: unserved('recording-copy') },
  { what: 'recording-callback does not load', notDone: 'copy', begin: broken('recording-callback') },
  {
    what: 'Twilio refuses the deletion',
    notDone: 'deletion',
    faults: [['recording-delete twilio.delete', 'status-429']],
    hours: 72,
  },
  { what: 'Twilio does not know what is to be deleted', notDone: 'deletion', begin: forgotten, hours: 30 },
  {
    what: 'deletions are paused, and forgotten',
    notDone: 'deletion',
    begin: (world) => world.turnDeletions('paused'),
    hours: 72,
    withinMinutes: 24 * 60 + 5,
  },
  {
    what: 'nothing takes the deletions off their queue',
    notDone: 'deletion',
    begin: unserved('recording-delete'),
    hours: 72,
    withinMinutes: 24 * 60 + 35,
  },
  {
    what: 'recording-delete throws each time',
    notDone: 'deletion',
    faults: [['recording-delete dynamodb', 'error-before']],
    hours: 30,
  },
  { what: 'recording-delete does not load', notDone: 'deletion', begin: broken('recording-delete'), hours: 30 },
  { what: 'reconcile is dead', notDone: 'other', begin: stopped('reconcile'), hours: 6, withinMinutes: 180 },
  {
    what: 'reconcile has never run',
    notDone: 'other',
    scenario: { firstReconcileMs: 6 * HOUR },
    hours: 6,
    withinMinutes: 180,
  },
  { what: 'reconcile does not load', notDone: 'other', begin: broken('reconcile'), withinMinutes: 62 },
  { what: 'announce is dead', notDone: 'other', begin: stopped('announce') },
  { what: 'a poison message for recording-start', notDone: 'other', begin: poisoned('recording-start') },
  { what: 'a poison message for recording-copy', notDone: 'other', begin: poisoned('recording-copy') },
  { what: 'a poison message for recording-delete', notDone: 'other', begin: poisoned('recording-delete') },
];
