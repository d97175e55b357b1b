/** A call whose recording somebody of the owner's asks for: one that this recorder has not answered, or that goes on without a stream. */
import type { CallRow, Draft } from '../table/rows.ts';
import type { Instant } from '../values/instant.ts';
import { noteStream } from './call.ts';

/** Whether a request makes a difference: otherwise the call is recorded, is about to be, or is over. */
export const mayBeRequested = (call: Draft<CallRow> | undefined): boolean =>
  call === undefined || call.state === 'unstreamed';

/**
 * The call is to be recorded from now on, as one whose stream has started.
 *
 * @param by the ARN of whoever asks
 * @returns `undefined` where the request makes no difference
 */
export function requestedCall(
  call: Draft<CallRow> | undefined,
  callSid: string,
  by: string,
  now: Instant,
): Draft<CallRow> | undefined {
  if (!mayBeRequested(call)) return undefined;
  return { ...noteStream(call, { callSid, startedAt: now }), requestedBy: by };
}
