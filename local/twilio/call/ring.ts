/** Rings whom REST calls: somebody with a telephone, or a number of the account, whose own application answers. */
import type { Instructions } from '../../../sim/twilio/outcome.ts';
import { NEW_NUMBER_URL, type PhoneNumber } from '../../../sim/twilio/state.ts';
import type { Voice } from '../audio/voice.ts';
import type { Engine } from '../server/engine.ts';
import type { TwilioServerOptions } from '../server/options.ts';
import { makeBridge } from './bridge.ts';
import type { CallOptions, LiveCall } from './call.ts';

interface Exchange {
  readonly engine: Engine;
  readonly options: Pick<TwilioServerOptions, 'registrationDelay'>;
  readonly openCallee: () => Voice;
  begin(
    callSid: string,
    instructions: Instructions,
    caller: Voice,
    rest: Pick<CallOptions, 'outbound' | 'otherSide'>,
  ): LiveCall;
}

/** Two numbers of the account are two calls, each with its own SID, and neither is the other's parent. */
export function ring(callSid: string, instructions: Instructions, exchange: Exchange): void {
  const { engine, options, begin, openCallee } = exchange;
  const { calls, numbers } = engine.state();
  const { from = '', to = '' } = calls.get(callSid) ?? {};
  engine.emit({ kind: 'call-started', callSid, from, to });
  const number = [...numbers.values()].find(({ phoneNumber }) => phoneNumber === to);
  const answer = number && answerOf(number);
  if (!answer) {
    begin(callSid, instructions, openCallee(), { outbound: true });
    return;
  }
  const arrived = { from, to, registrationDelay: options.registrationDelay() };
  const calledSid = engine.act({ kind: 'call-arrived', ...arrived }).sid ?? '';
  engine.emit({ kind: 'call-started', callSid: calledSid, from, to });
  const bridge = makeBridge();
  const called = begin(calledSid, answer, bridge.callingVoice, { outbound: false });
  const otherSide = called.answered;
  const calling = begin(callSid, instructions, bridge.calledVoice, { outbound: true, otherSide });
  bridge.join(calling.line, called.line);
  void calling.ended.then(() => called.hangUp());
  void called.ended.then(() => calling.hangUp());
}

/** Where a call to the number asks for TwiML; undefined where nobody has given it an application of their own. */
const answerOf = ({ voiceUrl, voiceMethod, voiceApplicationSid, trunkSid }: PhoneNumber): Instructions | undefined =>
  voiceUrl === '' || voiceUrl === NEW_NUMBER_URL || voiceApplicationSid || trunkSid
    ? undefined
    : { url: voiceUrl, method: voiceMethod };
