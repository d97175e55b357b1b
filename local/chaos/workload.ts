import { setTimeout as pause } from 'node:timers/promises';
import type { PlaceCallOptions, PlacedCall } from '../twilio/server/server.ts';
import { between, betweenMagnitudes, type Draws, pauseByChance } from './faults/draws.ts';
import { UNWANTED_REQUESTS, type UnwantedRequest } from './unwanted-requests.ts';

/** One call of the workload. Times are milliseconds. */
export interface PlannedCall {
  /** After the beginning of the workload. */
  readonly at: number;
  /** From answering until REST knows it. */
  readonly registrationDelay: number;
  readonly earlyRefusal: 'not-found' | 'not-eligible';
  /** From answering until the caller hangs up. */
  readonly talk: number;
  /** What strangers, or Twilio itself a second time, send meanwhile and a little later. */
  readonly unwanted: readonly { readonly kind: UnwantedRequest; readonly after: number }[];
}

const REGISTRATION_DELAY_MILLISECONDS = [200, 20_000] as const;
const TALK_MILLISECONDS = [3000, 30_000] as const;
/** Of a hundred calls, so many get one unwanted request, and so many of these a second one. */
const UNWANTED_PERCENT = 60;
/** Unwanted requests come for a while after a call has ended. */
const AFTERMATH_MILLISECONDS = 5000;

/** The calls of a run: the same for the same seed. */
export function planCalls(draws: Draws, calls: number, callsPerMinute: number): readonly PlannedCall[] {
  let at = 0;
  return Array.from({ length: calls }, (_, index) => {
    // The names of the draws stay what they are: a seed stands for the same calls as ever.
    const draw = (what: string) => draws('call', index, what);
    if (index > 0) at += pauseByChance(draw('pause'), 60_000 / callsPerMinute);
    const talk = between(draw('talk'), ...TALK_MILLISECONDS);
    const unwanted = [0, 1].flatMap((which) => {
      if (draw(`whether mischief ${which}`) * 100 >= UNWANTED_PERCENT) return [];
      const kind = UNWANTED_REQUESTS[Math.floor(draw(`mischief ${which}`) * UNWANTED_REQUESTS.length)];
      const after = between(draw(`mischief ${which} at`), 500, talk + AFTERMATH_MILLISECONDS);
      return kind === undefined ? [] : [{ kind, after }];
    });
    return {
      at,
      registrationDelay: betweenMagnitudes(draw('registration'), ...REGISTRATION_DELAY_MILLISECONDS),
      earlyRefusal: draw('refusal') < 0.5 ? 'not-found' : 'not-eligible',
      talk,
      unwanted,
    };
  });
}

export interface WorkloadOptions {
  readonly plan: readonly PlannedCall[];
  readonly place: (call: Omit<PlaceCallOptions, 'voiceUrl'>) => Promise<PlacedCall>;
  readonly commit: (unwanted: UnwantedRequest, callSid: string) => Promise<void>;
  readonly onPlaced: (callSid: string, call: PlannedCall) => void;
}

/** Places the calls at their times. Resolves once all of them, and all unwanted requests, are over. */
export async function runWorkload({ plan, place, commit, onPlaced }: WorkloadOptions): Promise<void> {
  const begun = performance.now();
  const underWay: Promise<void>[] = [];
  for (const call of plan) {
    await pause(Math.max(0, begun + call.at - performance.now()));
    const { registrationDelay, earlyRefusal, talk } = call;
    const { callSid, ended } = await place({ registrationDelay, earlyRefusal, hangUpAfterMs: talk, talkMs: talk });
    onPlaced(callSid, call);
    underWay.push(ended);
    for (const { kind, after } of call.unwanted) underWay.push(pause(after).then(() => commit(kind, callSid)));
  }
  await Promise.all(underWay);
}
