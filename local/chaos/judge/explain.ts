/** Which calls may have gone unrecorded, or unheard: only those that a fault of the run has hit for long enough. */
import type { Trouble } from '../faults/troubles.ts';
import type { CallFacts } from './facts.ts';

/**
 * Milliseconds that a trouble may cost the start of a recording beyond its own length, by what is in trouble: how long the work then waits.
 *
 * A start whose reply was lost is asked about after a pause; a row whose change failed stays claimed for 25 s; a call whose message was lost is
 * swept up after 61 s; a message whose environment died comes back after 30 s.
 */
const COST_OF_START: { readonly [of in Trouble['of']]?: number } = {
  twilio: 10_000,
  dynamodb: 27_000,
  sqs: 65_000,
  secretsmanager: 10_000,
  'environment of recording-start': 32_000,
  'environment of stream-connect': 95_000,
};
/** A fault that only held a request up cost no more than that. */
const HELD_UP = /delayed$/;

/** Nobody asks Twilio again if one of these fails. */
const OF_ANSWER: readonly Trouble['of'][] = ['environment of incoming-call', 'secretsmanager'];
const OF_STREAM: readonly Trouble['of'][] = ['environment of stream-connect', 'secretsmanager'];
const OF_NOTE: readonly Trouble['of'][] = ['environment of stream-connect', 'secretsmanager', 'dynamodb', 'sqs'];

/** Twilio gives a webhook 15 s, and a stream's handshake less. */
const TWILIO_WAITS_MILLISECONDS = 15_000;
/** Long enough for the disclaimer, and for its player to be late. */
const HEARD_BY_MILLISECONDS = 10_000;

/** What the faults of a run, or the call itself, leave unexplained about a call without audio; undefined where nothing. */
export function whyUnexplained(call: CallFacts, troubles: readonly Trouble[]): string | undefined {
  const { callSid, startedAt } = call;
  const hit = (of: readonly Trouble['of'][], from: number, until: number) =>
    troubles.some((trouble) => of.includes(trouble.of) && overlaps(trouble, callSid, from, until));
  const { streamStartedAt, length = 0, answeredAt = startedAt } = call;
  if (!call.twimlFetched) {
    return hit(OF_ANSWER, startedAt, startedAt + TWILIO_WAITS_MILLISECONDS) ? undefined : 'never answered with TwiML';
  }
  if (streamStartedAt === undefined) {
    const why = 'its stream did not come about';
    return hit(OF_STREAM, startedAt, startedAt + 2 * TWILIO_WAITS_MILLISECONDS) ? undefined : why;
  }
  const endedAt = answeredAt + length;
  if (call.row === undefined) {
    return hit(OF_NOTE, streamStartedAt, endedAt) ? undefined : 'its stream started, and it could be noted nowhere';
  }
  const begun = call.recordings.map((recording) => recording.startedAt);
  const lost = Math.min(endedAt, ...begun) - Math.max(streamStartedAt, answeredAt + call.registrationDelay);
  const excused = patience(call) + costOf(troubles, callSid, streamStartedAt, endedAt);
  if (lost <= excused) return undefined;
  return `not recorded for ${seconds(lost)} s though Twilio knew it; faults explain ${seconds(excused)} s`;
}

/** A call that is not known yet is asked for at growing pauses: a fifth of its age at most. */
const patience = ({ registrationDelay }: CallFacts): number => 5000 + registrationDelay / 5;

/** How long the faults that hit a call can have held up the start of its recording. */
function costOf(troubles: readonly Trouble[], callSid: string, from: number, until: number): number {
  return troubles
    .filter((trouble) => COST_OF_START[trouble.of] !== undefined && overlaps(trouble, callSid, from, until))
    .reduce((sum, trouble) => {
      const itself = Math.min(trouble.until, until) - Math.max(trouble.from, from);
      return sum + itself + (HELD_UP.test(trouble.what) ? 0 : (COST_OF_START[trouble.of] ?? 0));
    }, 0);
}

/** Whether a caller waits in silence: for the disclaimer, or for what follows it. */
export function isLeftInSilence({
  streamStartedAt,
  heardAt,
  streamClosedAt,
  answeredAt,
  length = 0,
}: CallFacts): boolean {
  if (streamStartedAt === undefined) return false;
  const endedAt = (answeredAt ?? streamStartedAt) + length;
  if (heardAt === undefined) return endedAt - streamStartedAt > HEARD_BY_MILLISECONDS;
  return Math.min(streamClosedAt ?? endedAt, endedAt) - heardAt > HEARD_BY_MILLISECONDS;
}

/** Whether a fault explains that: the function died, or could not read the secret, when the caller was to be served. */
export function isSilenceExplained(call: CallFacts, troubles: readonly Trouble[]): boolean {
  const { callSid, streamStartedAt = 0, heardAt = streamStartedAt } = call;
  return troubles.some(
    (trouble) => OF_STREAM.includes(trouble.of) && overlaps(trouble, callSid, heardAt, heardAt + HEARD_BY_MILLISECONDS),
  );
}

/** Whether a trouble was about the call, and lay within this time. */
function overlaps({ callSids, from, until }: Trouble, callSid: string, since: number, to: number): boolean {
  return (callSids === undefined || callSids.includes(callSid)) && from <= to && until >= since;
}

const seconds = (milliseconds: number): string => (milliseconds / 1000).toFixed(1);
