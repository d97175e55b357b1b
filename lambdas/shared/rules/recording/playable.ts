/** What of a recording that is at Twilio only can be passed on within Lambda's limit on streamed replies. */
import type { AudioFormat } from '../../contract/settings.ts';
import type { RecordingRow } from '../table/rows.ts';
import { fileNameOf } from './storage-key.ts';

/**
 * A reply that is streamed has 200 MB at most; which MB is not said, so it is the smaller one.
 *
 * @see https://docs.aws.amazon.com/lambda/latest/dg/configuration-response-streaming.html
 */
export const PLAYED_BYTES_MAX = 200_000_000;

/** Twilio's WAV: 8,000 samples of two bytes a second in each channel. */
const WAV_BYTES_PER_SECOND = 16_000;
/** The header, and the second that a rounded duration may lack. */
const WAV_BYTES_BESIDE = 4096 + 2 * WAV_BYTES_PER_SECOND;

/**
 * The format to ask Twilio for: WAV, or MP3 where the WAV is too long.
 *
 * @returns `undefined` where none fits: encrypted audio is to be had as WAV only (Twilio's error 16109). A row knows that it is
 * encrypted once it was copied, as a rule; before that Twilio's refusal tells, as the length tells whether an MP3 fits.
 */
export function formatToPlay({ durationSeconds = 0, channels = 2, encryption }: RecordingRow): AudioFormat | undefined {
  if (durationSeconds * WAV_BYTES_PER_SECOND * channels + WAV_BYTES_BESIDE <= PLAYED_BYTES_MAX) return 'wav';
  return encryption ? undefined : 'mp3';
}

/** The name of the file that a link to the recording gives. */
export const fileNameToPlay = (row: RecordingRow): string =>
  row.stored ? fileNameOf(row.recordingSid, row.stored) : `${row.recordingSid}.${formatToPlay(row) ?? 'wav'}`;

/** How to fetch a recording that is at Twilio only, for people. */
export function howToFetch({ callSid, recordingSid, twilioUrl }: RecordingRow): string {
  const command = `npm run recorder -- recordings download ${recordingSid} --call ${callSid}`;
  return `GET ${twilioUrl}.wav with Twilio's credentials, or: ${command}`;
}
