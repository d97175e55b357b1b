/** The telephone exchange: the calls in progress, their voices, and who can end them. */
import { join } from 'node:path';
import type { Instructions } from '../../../sim/twilio/outcome.ts';
import { openVoice, type Voice } from '../audio/voice.ts';
import type { Clock } from '../server/clock.ts';
import { makeEngine } from '../server/engine.ts';
import type { PlaceCallOptions, PlacedCall, TwilioServerOptions } from '../server/options.ts';
import { type CallOptions, LiveCall } from './call.ts';
import { ring } from './ring.ts';
import { makeTicker } from './ticker.ts';
import type { World } from './verb-context.ts';

const CALLER_WAV = join(import.meta.dirname, '..', 'audio', 'caller.wav');
const CALLEE_WAV = join(import.meta.dirname, '..', 'audio', 'callee.wav');
/** Numbers that Twilio keeps for tests. */
const CALLER_NUMBER = '+15005550001';
const CALLED_NUMBER = '+15005550006';

export function makeExchange(options: TwilioServerOptions, clock: Clock, cacheDirectory: string) {
  const { credentials } = options;
  const live = new Map<string, LiveCall>();
  const dialled = new Map<string, () => void>();
  const openCallee = (): Voice => openVoice(CALLEE_WAV, cacheDirectory);

  const engine = makeEngine(options, clock, {
    line: (callSid) => live.get(callSid)?.line,
    dial: (callSid, instructions) => ring(callSid, instructions, { engine, options, begin, openCallee }),
    redirect: (callSid, instructions) => live.get(callSid)?.redirect(instructions),
    hangUp(callSid) {
      live.get(callSid)?.hangUp();
      dialled.get(callSid)?.();
    },
  });
  const { act, emit } = engine;
  const world: World = {
    ...{ ...engine, clock, credentials, openCallee },
    ticker: makeTicker(clock),
    afterFailedHandshake: options.afterFailedHandshake ?? 'next-verb',
    call: (sid) => engine.state().calls.get(sid),
    watchDialled(callSid, onHangUp) {
      dialled.set(callSid, onHangUp);
      return () => dialled.delete(callSid);
    },
  };

  function begin(
    callSid: string,
    instructions: Instructions,
    caller: Voice,
    rest: Pick<CallOptions, 'outbound' | 'otherSide' | 'hangUpAfterMs' | 'talkMs'>,
  ): LiveCall {
    const onEnd = (): void => {
      live.delete(callSid);
      const call = engine.state().calls.get(callSid);
      const milliseconds = (call?.endedAt ?? 0) - (call?.answeredAt ?? call?.endedAt ?? 0);
      emit({ kind: 'call-ended', callSid, status: call?.status ?? 'completed', milliseconds });
    };
    const call = new LiveCall(world, { callSid, instructions, caller, ...rest, onEnd });
    live.set(callSid, call);
    return call;
  }

  async function placeCall(call: PlaceCallOptions): Promise<PlacedCall> {
    if (!URL.canParse(call.voiceUrl)) throw new Error(`voiceUrl ${call.voiceUrl} is not a URL`);
    const { from = CALLER_NUMBER, to = CALLED_NUMBER, hangUpAfterMs, talkMs, earlyRefusal = 'not-found' } = call;
    const caller = openVoice(call.caller ?? CALLER_WAV, cacheDirectory);
    const registrationDelay = call.registrationDelay ?? options.registrationDelay();
    const callSid = act({ kind: 'call-arrived', from, to, registrationDelay, earlyRefusal }).sid ?? '';
    emit({ kind: 'call-started', callSid, from, to });
    const instructions = { url: call.voiceUrl, method: 'POST' } as const;
    const { ended } = begin(callSid, instructions, caller, { outbound: false, hangUpAfterMs, talkMs });
    return { callSid, ended };
  }

  return {
    engine,
    placeCall,
    /** Ends all calls; resolves when they are over. */
    async close() {
      const calls = [...live.values()];
      for (const call of calls) call.hangUp();
      await Promise.all(calls.map((call) => call.ended));
    },
  };
}
