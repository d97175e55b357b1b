/** What the effects of the model mean on this machine. */
import type { Reply } from '../../../sim/twilio/errors.ts';
import type { Effect, Instructions } from '../../../sim/twilio/outcome.ts';
import type { TwilioRequest } from '../../../sim/twilio/requests.ts';
import type { Recording } from '../../../sim/twilio/state.ts';
import type { Line } from '../call/line.ts';
import type { Recorder } from '../call/recorder.ts';
import type { Clock } from './clock.ts';
import type { TwilioServerEventBody } from './events.ts';
import { sendWebhook } from './webhook.ts';

/** What effects ask of the calls in progress. */
export interface Telephony {
  /** The audio of a call; undefined where it is over. */
  line(callSid: string): Line | undefined;
  dial(callSid: string, instructions: Instructions): void;
  redirect(callSid: string, instructions: Instructions): void;
  hangUp(callSid: string): void;
}

export interface EffectContext {
  readonly clock: Clock;
  readonly telephony: Telephony;
  readonly recorder: Recorder;
  readonly authToken: string;
  /** Aborts when the server closes. */
  readonly signal: AbortSignal;
  recording(sid: string): Recording | undefined;
  act(request: TwilioRequest): Reply;
  emit(event: TwilioServerEventBody): void;
  warn(callSid: string | null, code: number, message: string): void;
  token(): string;
}

export function perform(effect: Effect, context: EffectContext): void {
  const { clock, telephony, recorder, recording, act, emit } = context;
  switch (effect.kind) {
    case 'callback':
      void callBack(effect, context);
      break;
    case 'later':
      clock.after(effect.at - clock.now(), () => act(effect.request));
      break;
    case 'record': {
      const { callSid, recordingSid, channels, track } = effect;
      const line = telephony.line(callSid);
      if (line) recorder.start(line, recordingSid, channels, track);
      emit({ kind: 'recording-started', callSid, recordingSid });
      break;
    }
    case 'pause':
      recorder.pause(effect.recordingSid, effect.behavior);
      break;
    case 'resume':
      recorder.resume(effect.recordingSid);
      break;
    case 'stop':
      recorder.stop(effect.recordingSid, recording(effect.recordingSid)?.channels ?? 1);
      break;
    case 'discard': {
      recorder.discard(effect.recordingSid);
      const discarded = recording(effect.recordingSid);
      if (discarded?.status !== 'deleted') break;
      emit({ kind: 'recording-deleted', callSid: discarded.callSid, recordingSid: discarded.sid });
      break;
    }
    case 'dial':
      telephony.dial(effect.callSid, effect.instructions);
      break;
    case 'redirect':
      telephony.redirect(effect.callSid, effect.instructions);
      break;
    case 'hang-up':
      telephony.hangUp(effect.callSid);
      break;
  }
}

async function callBack(effect: Effect & { kind: 'callback' }, context: EffectContext): Promise<void> {
  const { url, method, parameters, callSid, settles } = effect;
  const { authToken, signal, token, emit, warn, act } = context;
  const result = await sendWebhook({ url, method, parameters, authToken, idempotencyToken: token(), signal });
  // A server that closes owes the callback to its next start.
  if (signal.aborted) return;
  const status = result.kind === 'reply' ? result.status : null;
  const event = parameters.RecordingStatus ?? parameters.CallStatus ?? '';
  emit({ kind: 'callback-sent', callSid, event, status, attempts: result.attempts });
  if (result.kind === 'failure') warn(callSid, 11_200, `${url}: ${result.message}`);
  else if (result.status >= 400) warn(callSid, 11_200, `${url} answered ${result.status}`);
  if (settles) act(settles);
}
