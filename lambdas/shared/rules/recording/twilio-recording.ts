/** Twilio's view of a recording, put into ours. */
import type { TwilioRecording } from '../../ports/twilio.ts';
import type { OwnershipProof } from '../table/rows.ts';
import { type Instant, MINUTE, SECOND } from '../values/instant.ts';
import type { RecordingReport } from './recording.ts';

/**
 * Twilio's `source` of a recording that was started through the REST API, by whomever.
 *
 * @see https://www.twilio.com/docs/voice/api/recording
 */
export const STARTED_OVER_REST = 'StartCallRecordingAPI';

/** `paused` is live, `stopped` and `processing` are on their way; `deleted` is no report that a row could take. */
const STATUS: { readonly [status: string]: RecordingReport['status'] | undefined } = {
  'in-progress': 'in-progress',
  paused: 'in-progress',
  stopped: 'in-progress',
  processing: 'in-progress',
  completed: 'completed',
  absent: 'absent',
  failed: 'failed',
};

/** @returns `undefined` where the recording is deleted or its status is unknown. */
export function reportOf(
  recording: TwilioRecording,
  twilioUrl: string,
  proof?: OwnershipProof,
): RecordingReport | undefined {
  const { encryption: _kept, createdAt: _unused, status, ...known } = recording;
  const state = Object.hasOwn(STATUS, status) ? STATUS[status] : undefined;
  if (!state) return undefined;
  return { ...known, status: state, twilioUrl, ...(proof && { proof }) };
}

/** Twilio repeats a callback for 15 seconds, and may take minutes before the first. */
const CALLBACK_DUE_MS = 10 * MINUTE;

/** Whether a recording that is over has been so for so long that Twilio no longer calls back. */
export function isCallbackLost({ startTime, durationSeconds }: TwilioRecording, now: Instant): boolean {
  if (startTime === undefined || durationSeconds === undefined) return false;
  return now - (startTime + durationSeconds * SECOND) >= CALLBACK_DUE_MS;
}
