/** The parameters of a recording status callback, checked one by one. */
import type { RecordingReport } from '../recording/recording.ts';
import { parseInstant } from '../values/instant.ts';
import { isAccountSid, isCallSid, isRecordingSid } from '../values/sids.ts';
import type { Parameters } from './webhook.ts';

export type CallbackReading =
  | { readonly ok: true; readonly report: Omit<RecordingReport, 'twilioUrl'> }
  | { readonly ok: false; readonly reason: string };

const STATUSES = ['in-progress', 'completed', 'absent', 'failed'] as const;
const isStatus = (text: string | undefined): text is (typeof STATUSES)[number] =>
  STATUSES.some((status) => status === text);

/**
 * Reads a callback. `RecordingUrl` is left aside: no URL from outside is followed or kept, ours is built from the
 * configuration. `CallSid` is always the parent leg.
 *
 * @see https://www.twilio.com/docs/voice/api/recording#recordingstatuscallback
 */
export function readRecordingCallback(parameters: Parameters, accountSid: string): CallbackReading {
  const { AccountSid, CallSid, RecordingSid, RecordingStatus } = parameters;
  if (!isAccountSid(AccountSid) || AccountSid !== accountSid)
    return refused('AccountSid is not the account that this recorder serves.');
  if (!isCallSid(CallSid)) return refused('CallSid is not a call SID (CA and 32 hex digits).');
  if (!isRecordingSid(RecordingSid)) return refused('RecordingSid is not a recording SID (RE and 32 hex digits).');
  if (!isStatus(RecordingStatus)) return refused(`RecordingStatus is none of ${STATUSES.join(', ')}.`);

  const channels = wholeNumber(parameters.RecordingChannels);
  const durationSeconds = wholeNumber(parameters.RecordingDuration);
  const errorCode = wholeNumber(parameters.ErrorCode);
  const startTime = parseInstant(parameters.RecordingStartTime);
  const source = /^\w{1,64}$/.test(parameters.RecordingSource ?? '') ? parameters.RecordingSource : undefined;
  return {
    ok: true,
    report: {
      callSid: CallSid,
      recordingSid: RecordingSid,
      status: RecordingStatus,
      ...(source !== undefined && { source }),
      ...(channels !== undefined && { channels }),
      ...(durationSeconds !== undefined && durationSeconds >= 0 && { durationSeconds }),
      ...(errorCode !== undefined && errorCode > 0 && { errorCode }),
      ...(startTime !== undefined && { startTime }),
    },
  };
}

const refused = (reason: string) => ({ ok: false, reason }) as const;

/** Twilio sends -1 as the duration of a recording in progress. */
function wholeNumber(text: string | undefined): number | undefined {
  return text !== undefined && /^-?\d{1,9}$/.test(text) ? Number(text) : undefined;
}
