/** I3: no second start for a call unless the first was proven absent. It knows what Twilio was asked, and when. */
import type { Instant } from '../../../lambdas/shared/rules/values/instant.ts';
import type { TwilioRequest } from '../../../sim/twilio/requests.ts';
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

export class StartJudge {
  readonly #listed = new Map<string, Instant>();
  readonly #starts = new Map<string, Start[]>();
  readonly #now: () => Instant;
  readonly #broken: (what: string) => void;

  constructor(now: () => Instant, broken: (what: string) => void) {
    this.#now = now;
    this.#broken = broken;
  }

  onRest({ request, before, after, reply, sent }: TwilioChange<Extract<TwilioRequest, { kind: 'rest' }>>): void {
    const [, callSid] = /\/Calls\/(CA[0-9a-f]{32})\/Recordings\.json/.exec(request.target) ?? [];
    if (callSid === undefined || request.actor !== RECORDER || !sent) return;
    if (request.method === 'GET') this.#listed.set(callSid, this.#now());
    if (request.method !== 'POST' || reply.status !== 201) return;
    const recordingSid = [...after.recordings.keys()].find((sid) => !before.recordings.has(sid)) ?? '';
    const start = { recordingSid, sent, at: this.#now(), listed: this.#listed.get(callSid) };
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

/**
 * The first start took effect after its sender had given up, and after the call's recordings were asked for, which the second one
 * relied on: no client can see it.
 */
const couldNotBeSeen = (first: Start, { listed }: Start): boolean =>
  first.sent.late && listed !== undefined && listed > first.sent.at && listed <= first.at;
