/** I3: no second start for a call unless the first was proven absent. It knows what Twilio was asked, and when. */
import type { Instant } from '../../../lambdas/shared/rules/values/instant.ts';
import type { TwilioRequest } from '../../../sim/twilio/requests.ts';
import type { TwilioState } from '../../../sim/twilio/state.ts';
import type { Sending, TwilioChange } from '../world/twilio-change.ts';
import { RECORDER } from '../world/twilio-world.ts';

interface Start {
  readonly recordingSid: string;
  readonly sent: Sending;
  /** When it took effect. */
  readonly at: Instant;
  /** When the call's recordings had last been asked for. */
  readonly listed: Instant | undefined;
}

/** A recording that TwiML of the recorder's has started. */
interface ByTwiml {
  readonly recordingSid: string;
  readonly at: Instant;
}

export class StartJudge {
  /** When each call's recordings were asked for. */
  readonly #listed = new Map<string, readonly Instant[]>();
  readonly #byTwiml = new Map<string, readonly ByTwiml[]>();
  readonly #starts = new Map<string, Start[]>();
  readonly #now: () => Instant;
  readonly #broken: (what: string) => void;

  constructor(now: () => Instant, broken: (what: string) => void) {
    this.#now = now;
    this.#broken = broken;
  }

  onTwiml({
    request,
    before,
    after,
    reply,
  }: TwilioChange<Extract<TwilioRequest, { kind: 'recording-started' }>>): void {
    const { callSid, options } = request;
    if (options.actor !== RECORDER || reply.status !== 201) return;
    const started = { recordingSid: newIn(before, after), at: this.#now() };
    this.#byTwiml.set(callSid, [...(this.#byTwiml.get(callSid) ?? []), started]);
  }

  /** A start over REST, where a recording runs that was there when the call's recordings were asked for. */
  #besideTwiml(callSid: string, { recordings }: TwilioState, asked: Instant | undefined): void {
    const isSeen = ({ recordingSid, at }: ByTwiml): boolean => {
      const { status } = recordings.get(recordingSid) ?? {};
      return (status === 'in-progress' || status === 'paused') && (asked === undefined || asked > at);
    };
    if (this.#byTwiml.get(callSid)?.some(isSeen)) this.#broken(`${callSid} was started over REST beside its TwiML`);
  }

  onRest({ request, before, after, reply, sent }: TwilioChange<Extract<TwilioRequest, { kind: 'rest' }>>): void {
    const [, callSid] = /\/Calls\/(CA[0-9a-f]{32})\/Recordings\.json/.exec(request.target) ?? [];
    if (callSid === undefined || request.actor !== RECORDER || !sent) return;
    const listed = this.#listed.get(callSid) ?? [];
    if (request.method === 'GET') this.#listed.set(callSid, [...listed, this.#now()]);
    if (request.method !== 'POST' || reply.status !== 201) return;
    const recordingSid = newIn(before, after);
    const start = { recordingSid, sent, at: this.#now(), listed: listed.at(-1) };
    const asked = listed.findLast((at) => at <= sent.at);
    this.#besideTwiml(callSid, before, asked);
    const others = this.#starts.get(callSid) ?? [];
    this.#starts.set(callSid, [...others, start]);
    for (const other of others) {
      // What somebody else has stopped records the call no more: another start is right.
      const { status } = before.recordings.get(other.recordingSid) ?? {};
      if (status !== 'in-progress' && status !== 'paused') continue;
      const [first, second] = other.sent.at <= sent.at ? [other, start] : [start, other];
      if (!couldNotBeSeen(first, second)) this.#broken(`${callSid} was started twice`);
    }
  }
}

const newIn = (before: TwilioState, after: TwilioState): string =>
  [...after.recordings.keys()].find((sid) => !before.recordings.has(sid)) ?? '';

/**
 * The first start took effect after its sender had given up, and after the call's recordings were asked for, which the second one
 * relied on: no client can see it.
 */
const couldNotBeSeen = (first: Start, { listed }: Start): boolean =>
  first.sent.late && listed !== undefined && listed > first.sent.at && listed <= first.at;
