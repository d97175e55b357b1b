/** Names, credentials and rows that the tests share. */

import type { TwilioCredentials, TwilioRecording } from '../../../lambdas/shared/ports/twilio.ts';
import { STARTED_OVER_REST } from '../../../lambdas/shared/rules/recording/twilio-recording.ts';
import type { CallRow, RecordingRow } from '../../../lambdas/shared/rules/table/rows.ts';
import { NOON } from './time.ts';

const sid = (prefix: string, digit: string): string => prefix + digit.repeat(32);
export const callSid = (digit: string): string => sid('CA', digit);
export const recordingSid = (digit: string): string => sid('RE', digit);
export const streamSid = (digit: string): string => sid('MZ', digit);

export const ACCOUNT = sid('AC', 'a');
export const OTHER_ACCOUNT = sid('AC', 'b');
export const CALL = callSid('1');
export const RECORDING = recordingSid('1');
export const STREAM = streamSid('1');

/** Made up for the tests; no line of a log may contain it. */
export const TOKEN = 'the-auth-token-of-the-tests';
export const OLD_TOKEN = 'the-previous-auth-token-of-the-tests';
export const CREDENTIALS: TwilioCredentials = {
  accountSid: ACCOUNT,
  authTokens: [TOKEN],
  rest: { username: sid('SK', 'c'), password: 'the-api-key-secret-of-the-tests' },
};

/** Keys the HMAC of telephone numbers. */
export const PARTY_KEY = 'the-key-of-parties-of-the-tests';

export const API_URL = 'https://api.twilio.test';
export const PUBLIC_URL = 'https://recorder.test/calls';
export const STREAM_URL = 'wss://stream.test/live';
export const DISCLAIMER_FILE = `${'d'.repeat(64)}.wav`;
export const BUCKET = 'recordings-of-the-tests';

export const twilioUrl = (recording: string): string =>
  `${API_URL}/2010-04-01/Accounts/${ACCOUNT}/Recordings/${recording}`;

export const callRow = (over: Partial<CallRow> = {}): CallRow => ({
  kind: 'call',
  callSid: CALL,
  state: 'noted',
  streamSid: STREAM,
  startedAt: NOON,
  waiting: { next: 'start', due: NOON + 61_000 },
  attempts: 0,
  version: 1,
  writer: 'fixture',
  ...over,
});

export const recordingRow = (over: Partial<RecordingRow> = {}): RecordingRow => ({
  kind: 'recording',
  callSid: CALL,
  recordingSid: RECORDING,
  state: 'completed',
  twilioUrl: twilioUrl(over.recordingSid ?? RECORDING),
  madeBy: 'recorder',
  ...(over.madeBy === 'other' ? {} : { proof: 'reply' as const }),
  attempts: 0,
  notedAt: NOON,
  completedAt: NOON,
  waiting: { next: 'copy', due: NOON + 60_000 },
  version: 1,
  writer: 'fixture',
  ...over,
});

/** A completed recording as Twilio's REST API shows it. */
export const twilioRecording = (over: Partial<TwilioRecording> = {}): TwilioRecording => ({
  callSid: CALL,
  recordingSid: RECORDING,
  status: 'completed',
  source: STARTED_OVER_REST,
  channels: 2,
  durationSeconds: 1,
  startTime: NOON,
  createdAt: NOON,
  ...over,
});
