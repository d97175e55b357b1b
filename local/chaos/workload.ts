import { setTimeout as pause } from 'node:timers/promises';
import type { PlaceCallOptions, PlacedCall } from '../twilio/server/server.ts';
import { between, betweenMagnitudes, type Draws, pauseByChance } from './faults/draws.ts';
import { MISCHIEF, type Mischief } from './intruder.ts';

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
  readonly mischief: readonly { readonly kind: Mischief; readonly after: number }[];
}

const REGISTRATION_DELAY_MILLISECONDS = [200, 20_000] as const;
const TALK_MILLISECONDS = [3000, 30_000] as const;
/** Of a hundred calls, so many get one piece of mischief, and so many of these a second one. */
const MISCHIEF_PERCENT = 60;
/** Mischief goes on for a while after a call has ended. */
const AFTERMATH_MILLISECONDS = 5000;

/** The calls of a run: the same for the same seed. */
export function planCalls(draws: Draws, calls: number, callsPerMinute: number): readonly PlannedCall[] {
  let at = 0;
  return Array.from({ length: calls }, (_, index) => {
    const draw = (what: string) => draws('call', index, what);
    if (index > 0) at += pauseByChance(draw('pause'), 60_000 / callsPerMinute);
    const talk = between(draw('talk'), ...TALK_MILLISECONDS);
    const mischief = [0, 1].flatMap((which) => {
      if (draw(`whether mischief ${which}`) * 100 >= MISCHIEF_PERCENT) return [];
      const kind = MISCHIEF[Math.floor(draw(`mischief ${which}`) * MISCHIEF.length)];
      const after = between(draw(`mischief ${which} at`), 500, talk + AFTERMATH_MILLISECONDS);
      return kind === undefined ? [] : [{ kind, after }];
    });
    return {
      at,
      registrationDelay: betweenMagnitudes(draw('registration'), ...REGISTRATION_DELAY_MILLISECONDS),
      earlyRefusal: draw('refusal') < 0.5 ? 'not-found' : 'not-eligible',
      talk,
      mischief,
    };
  });
}

export interface WorkloadOptions {
  readonly plan: readonly PlannedCall[];
  readonly place: (call: Omit<PlaceCallOptions, 'voiceUrl'>) => Promise<PlacedCall>;
  readonly commit: (mischief: Mischief, callSid: string) => Promise<void>;
  readonly onPlaced: (callSid: string, call: PlannedCall) => void;
}

/** Places the calls at their times. Resolves once all of them, and all mischief, are over. */
export async function runWorkload({ plan, place, commit, onPlaced }: WorkloadOptions): Promise<void> {
  const begun = performance.now();
  const underWay: Promise<void>[] = [];
  for (const call of plan) {
    await pause(Math.max(0, begun + call.at - performance.now()));
    const { registrationDelay, earlyRefusal, talk } = call;
    const { callSid, ended } = await place({ registrationDelay, earlyRefusal, hangUpAfterMs: talk, talkMs: talk });
    onPlaced(callSid, call);
    underWay.push(ended);
    for (const { kind, after } of call.mischief) underWay.push(pause(after).then(() => commit(kind, callSid)));
  }
  await Promise.all(underWay);
}
