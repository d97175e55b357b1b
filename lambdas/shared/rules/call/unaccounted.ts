/** Calls that Twilio lists and the table does not know. */
import type { TwilioCall, TwilioNumber } from '../../ports/twilio.ts';
import type { CallRow, Draft } from '../table/rows.ts';
import type { Instant } from '../values/instant.ts';
import { isPhoneNumber } from '../values/phone-number.ts';
import { SHORT_CALL_SECONDS } from './start-retry.ts';

/** By Twilio's names: `inbound`, `outbound-api`, `outbound-dial`, and others for trunks. */
export interface Sides {
  readonly direction?: string | undefined;
  readonly from?: string | undefined;
  readonly to?: string | undefined;
}

/** Since when each number's calls have gone to this recorder. */
export type OwnNumbers = ReadonlyMap<string, Instant>;

/**
 * The numbers whose calls come to `voiceUrl`. They do since the number was last changed, at the earliest: what called before may have gone
 * to another application.
 */
export const ownNumbers = (numbers: readonly TwilioNumber[], voiceUrl: string): OwnNumbers =>
  new Map(
    numbers
      .filter((number) => number.voiceUrl !== undefined && addressOf(number.voiceUrl) === addressOf(voiceUrl))
      .map(({ phoneNumber, updatedAt = 0 }) => [phoneNumber, updatedAt]),
  );

/** Its query is left aside: a number's own settings stand there. */
export function addressOf(url: string): string | undefined {
  const parsed = URL.parse(url);
  return parsed ? `${parsed.origin}${parsed.pathname.replace(/\/+$/, '')}` : undefined;
}

export const callBeganAt = ({ startedAt, createdAt }: TwilioCall): Instant | undefined => startedAt ?? createdAt;

/** Whether the call came to one of the numbers, or went out from one: then the table must have a row of it. */
export function isToBeKnown(call: TwilioCall, numbers: OwnNumbers): boolean {
  if (call.isChild) return false;
  const since = numbers.get(ownNumberOf(call) ?? '');
  return since !== undefined && (callBeganAt(call) ?? since) >= since;
}

/** The number that the call came to, or went out from, if it may be ours: calls of a trunk come to none. */
export function ownNumberOf({ direction = 'inbound', from, to }: Sides): string | undefined {
  if (direction === 'inbound') return to;
  return isOutbound(direction) ? from : undefined;
}

const isOutbound = (direction: string): boolean => direction.startsWith('outbound');

/** The row of a call that is over and never had one. */
export function neverNoted(call: TwilioCall, now: Instant): Draft<CallRow> {
  return {
    kind: 'call',
    callSid: call.callSid,
    state: 'unrecordable',
    ...ownSideOf(call),
    startedAt: callBeganAt(call) ?? now,
    attempts: 0,
    reason: reasonOf(call),
  };
}

/** The number that called ours, or that ours called. `undefined` where that is no number: a SIP address, a client, an anonymous caller. */
export function otherNumberOf({ direction = 'inbound', from, to }: Sides): string | undefined {
  const number = isOutbound(direction) ? to : from;
  return isPhoneNumber(number) ? number : undefined;
}

/** What a call's row keeps of its sides: our own number, unless it is a SIP address. */
export function ownSideOf({ direction = 'inbound', from, to }: Sides): Pick<CallRow, 'number' | 'direction'> {
  const number = isOutbound(direction) ? from : to;
  return { ...(isPhoneNumber(number) && { number }), direction: isOutbound(direction) ? 'outbound' : 'inbound' };
}

/** Such as `never-noted: completed after 61 s`, or `never-noted: no-answer`. */
function reasonOf({ status, durationSeconds }: TwilioCall): string {
  const duration = durationSeconds !== undefined && hadConversation(status) ? ` after ${durationSeconds} s` : '';
  return `never-noted: ${status}${duration}`;
}

/** Somebody talked, and nothing was recorded. A call that nobody answered is not lost. */
export const isUnaccounted = ({ status, durationSeconds }: TwilioCall): boolean =>
  hadConversation(status) && (durationSeconds === undefined || durationSeconds >= SHORT_CALL_SECONDS);

const hadConversation = (status: string): boolean => status === 'completed';
