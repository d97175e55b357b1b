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
  /** Changes the model's state, stores it, and does what follows from it. */
  act(request: TwilioRequest): Reply;
  emit(event: TwilioServerEventBody): void;
  warn(callSid: string | null, code: number, message: string): void;
  /** 32 random hex digits. */
  token(): string;
}

export function perform(effect: Effect, context: EffectContext): void {
  // That both are of the same kind, the types cannot tell.
  (ACTIONS[effect.kind] as Action<Effect>)(effect, context);
}

type Action<E> = (effect: E, context: EffectContext) => unknown;

const ACTIONS: { readonly [kind in Effect['kind']]: Action<Effect & { readonly kind: kind }> } = {
  callback: callBack,
  later: ({ at, request }, { clock, act }) => clock.after(at - clock.now(), () => act(request)),
  record({ callSid, recordingSid, channels, track }, { telephony, recorder, emit }) {
    const line = telephony.line(callSid);
    if (line) recorder.start(line, recordingSid, channels, track);
    emit({ kind: 'recording-started', callSid, recordingSid });
  },
  pause: ({ recordingSid, behavior }, { recorder }) => recorder.pause(recordingSid, behavior),
  resume: ({ recordingSid }, { recorder }) => recorder.resume(recordingSid),
  stop: ({ recordingSid: sid }, { recorder, recording }) => recorder.stop(sid, recording(sid)?.channels ?? 1),
  discard({ recordingSid }, { recorder, recording, emit }) {
    recorder.discard(recordingSid);
    const discarded = recording(recordingSid);
    if (discarded?.status === 'deleted') emit({ kind: 'recording-deleted', callSid: discarded.callSid, recordingSid });
  },
  dial: ({ callSid, instructions }, { telephony }) => telephony.dial(callSid, instructions),
  redirect: ({ callSid, instructions }, { telephony }) => telephony.redirect(callSid, instructions),
  'hang-up': ({ callSid }, { telephony }) => telephony.hangUp(callSid),
};

async function callBack(effect: Effect & { kind: 'callback' }, context: EffectContext): Promise<void> {
  const { url, method, parameters, callSid, settles } = effect;
  const { authToken, signal, token, emit, warn, act } = context;
  const result = await sendWebhook({ url, method, parameters, authToken, idempotencyToken: token(), signal });
  // A server that closes owes the callback to its next start.
  if (signal.aborted) return;
  const status = result.kind === 'reply' ? result.status : null;
  const event = parameters.RecordingStatus ?? parameters.StreamEvent ?? parameters.CallStatus ?? '';
  emit({ kind: 'callback-sent', callSid, event, status, attempts: result.attempts });
  if (result.kind === 'failure') warn(callSid, 11_200, `${url}: ${result.message}`);
  else if (result.status >= 400) warn(callSid, 11_200, `${url} answered ${result.status}`);
  if (settles) act(settles);
}
