/** Which of a call's recordings a start request of ours may have made, where its reply was lost. */
import type { TwilioRecording } from '../../ports/twilio.ts';
import { type Instant, MINUTE } from '../values/instant.ts';
import { STARTED_OVER_REST } from './twilio-recording.ts';

/** Twilio's clock may differ from ours by this much. */
const CLOCKS_DIFFER_MS = MINUTE;

/**
 * Sources of recordings that neither REST nor `<Start><Recording>` starts. What the latter's are called is in none of Twilio's lists.
 *
 * @see https://www.twilio.com/docs/voice/api/recording
 */
const OF_OTHER_VERBS: readonly (string | undefined)[] = [
  'DialVerb',
  'Conference',
  'OutboundAPI',
  'Trunking',
  'RecordVerb',
  'StartConferenceRecordingAPI',
];

/**
 * Our requests ask for two channels. Another application's recording may look the same: only its callback proves whose it is.
 *
 * @param askedAt when the first request in doubt was sent
 * @param startBy whether that was the TwiML of the call
 */
export function mayBeOurs(
  { source, channels, createdAt }: TwilioRecording,
  askedAt: Instant,
  startBy?: 'twiml',
): boolean {
  const fits = startBy === 'twiml' ? !OF_OTHER_VERBS.includes(source) : source === STARTED_OVER_REST;
  if (!fits || channels !== 2) return false;
  return createdAt === undefined || createdAt >= askedAt - CLOCKS_DIFFER_MS;
}

/** It still takes the call down, or will once it is resumed. */
export const runs = ({ status }: TwilioRecording): boolean => status === 'in-progress' || status === 'paused';
