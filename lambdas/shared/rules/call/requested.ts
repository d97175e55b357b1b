/** A call whose recording is requested: one that this recorder has not answered, or that goes on without a stream. */
import type { TwilioCall } from '../../ports/twilio.ts';
import type { CallRow, Draft } from '../table/rows.ts';
import type { Instant } from '../values/instant.ts';
import { NOT_WANTED, noteStream } from './call.ts';
import { ownSideOf } from './unaccounted.ts';

/** Whether a request makes a difference: otherwise the call is recorded, is about to be, or is over. */
export const mayBeRequested = (call: Draft<CallRow> | undefined): boolean =>
  call === undefined ||
  call.state === 'unstreamed' ||
  // Its number's calls are not recorded by themselves.
  (call.state === 'unrecordable' && call.reason === NOT_WANTED);

/**
 * The call is to be recorded from now on, as one whose stream has started.
 *
 * @param listed the call as Twilio shows it
 * @param by the ARN that requests it
 * @returns `undefined` where the request makes no difference
 */
export function requestedCall(
  call: Draft<CallRow> | undefined,
  listed: TwilioCall,
  by: string,
  now: Instant,
): Draft<CallRow> | undefined {
  if (!mayBeRequested(call)) return undefined;
  const { callSid } = listed;
  const known: Draft<CallRow> = call ?? {
    ...{ kind: 'call', callSid, state: 'unstreamed', attempts: 0 },
    ...ownSideOf(listed),
  };
  return { ...noteStream({ ...known, state: 'unstreamed' }, { callSid, startedAt: now }), requestedBy: by };
}
