/** Twilio's calls and telephone numbers, put into the words of the port. */
import type { CallProgress, Refusal, TwilioCall, TwilioNumber } from '../../ports/twilio.ts';
import { type Instant, parseInstant } from '../../rules/values/instant.ts';
import { isCallSid } from '../../rules/values/sids.ts';
import { numberOf, UnreadableReply } from './twilio-replies.ts';

/** What a call's status says; `queued` and `ringing` come before it can be recorded. */
const PROGRESS: { readonly [status: string]: CallProgress['kind'] | undefined } = {
  queued: 'early',
  ringing: 'early',
  initiated: 'early',
  'in-progress': 'live',
  completed: 'over',
  busy: 'over',
  failed: 'over',
  'no-answer': 'over',
  canceled: 'over',
};

/** @returns `undefined` where the status is none that Twilio documents */
const progressOf = (status: unknown): CallProgress['kind'] | undefined =>
  typeof status === 'string' && Object.hasOwn(PROGRESS, status) ? PROGRESS[status] : undefined;

/** How far a call is, whatever else the reply says of it. */
export function readProgress(value: unknown): CallProgress | Refusal {
  const { status, duration } = fieldsOf(value);
  const kind = progressOf(status);
  if (!kind) return { kind: 'doubtful', reason: 'unknown-call-status' };
  // Null until Twilio has counted it. A call that nobody has answered has none.
  const counted = numberOf(duration ?? undefined);
  const durationSeconds = counted >= 0 ? counted : status === 'completed' ? undefined : 0;
  return { kind, ...(kind === 'over' && durationSeconds !== undefined && { durationSeconds }) };
}

/** @throws {UnreadableReply} where it does not say which call it is, or how far it is */
export function readCall(value: unknown): TwilioCall {
  const call = fieldsOf(value);
  const { sid, status } = call;
  const progress = progressOf(status);
  if (!isCallSid(sid) || typeof status !== 'string' || !progress) throw new UnreadableReply();
  const durationSeconds = numberOf(call.duration);
  return {
    ...{ callSid: sid, status, progress, isChild: Boolean(call.parent_call_sid) },
    ...text('direction', call.direction),
    ...text('from', call.from),
    ...text('to', call.to),
    ...instant('startedAt', call.start_time),
    ...instant('createdAt', call.date_created),
    ...(durationSeconds >= 0 && { durationSeconds }),
  };
}

/** @throws {UnreadableReply} where it names no number */
export function readNumber(value: unknown): TwilioNumber {
  const number = fieldsOf(value);
  const { phone_number: phoneNumber } = number;
  if (typeof phoneNumber !== 'string' || phoneNumber === '') throw new UnreadableReply();
  // Twilio asks no voice URL while an application or a trunk is set.
  const asksUrl = !number.voice_application_sid && !number.trunk_sid;
  return {
    phoneNumber,
    ...(asksUrl && text('voiceUrl', number.voice_url)),
    ...instant('updatedAt', number.date_updated),
  };
}

/** The SIDs of entries that could not be read otherwise. */
export const callSidsOf = (entries: readonly unknown[]): readonly string[] =>
  entries.map((entry) => fieldsOf(entry).sid).filter(isCallSid);

/** The fields of an object, and none of anything else. */
export const fieldsOf = (value: unknown): { readonly [name: string]: unknown } =>
  typeof value === 'object' && value !== null ? (value as { readonly [name: string]: unknown }) : {};

const text = <Name extends string>(name: Name, value: unknown): { [N in Name]?: string } =>
  (typeof value === 'string' && value !== '' ? { [name]: value } : {}) as { [N in Name]?: string };

function instant<Name extends string>(name: Name, value: unknown): { [N in Name]?: Instant } {
  const read = parseInstant(value);
  return (read === undefined ? {} : { [name]: read }) as { [N in Name]?: Instant };
}
