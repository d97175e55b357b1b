/** Which of a call's recordings a start request of ours may have made, where its reply was lost. */
import type { TwilioRecording } from '../../ports/twilio.ts';
import { type Instant, MINUTE } from '../values/instant.ts';
import { STARTED_OVER_REST } from './twilio-recording.ts';

/** Twilio's clock may differ from ours by this much. */
const CLOCKS_DIFFER_MS = MINUTE;

/**
 * Our requests ask for two channels. Another application's recording may look the same: only its callback proves whose it is.
 *
 * @param askedAt when the first request in doubt was sent
 */
export function mayBeOurs({ source, channels, createdAt }: TwilioRecording, askedAt: Instant): boolean {
  if (source !== STARTED_OVER_REST || channels !== 2) return false;
  return createdAt === undefined || createdAt >= askedAt - CLOCKS_DIFFER_MS;
}

/** It still takes the call down, or will once it is resumed. */
export const runs = ({ status }: TwilioRecording): boolean => status === 'in-progress' || status === 'paused';
