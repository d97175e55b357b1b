/** What is deployed in a history: its addresses, and the numbers that the stack sets. */
import type {
  AudioFormat,
  Deletions,
  Events,
  ForeignStreams,
  StartBy,
  WithoutStream,
} from '../../../lambdas/shared/contract/settings.ts';
import type { Step } from '../../../lambdas/shared/contract/steps.ts';
import { HOUR } from '../../../lambdas/shared/rules/values/instant.ts';

export const ACCOUNT_SID = `AC${'a'.repeat(32)}`;
export const API_URL = 'https://api.twilio.test';
export const PUBLIC_URL = 'https://recorder.test';
/** Keys the HMAC of telephone numbers. */
export const PARTY_KEY = 'the key of parties';
/** The number whose calls come to the recorder, and one of another application's. */
export const CALLED = '+14155550199';
export const CALLED_ELSEWHERE = '+14155550188';
export const STREAM_URL = 'wss://stream.test';

/** The owner's options, as far as the steps read them. */
export interface Configuration {
  readonly deletions: Deletions;
  readonly events: Events;
  readonly startBy: StartBy;
  readonly foreignStreams: ForeignStreams;
  readonly withoutStream: WithoutStream;
  readonly audioFormat: AudioFormat;
  readonly keepAtTwilioMs: number;
}

/** What an owner gets who sets nothing. */
export const DEFAULT_CONFIGURATION: Configuration = {
  deletions: 'on',
  events: 'on',
  startBy: 'stream',
  foreignStreams: 'refuse',
  withoutStream: 'leave',
  audioFormat: 'wav',
  keepAtTwilioMs: 24 * HOUR,
};

/** Time-outs of the functions as the stack sets them; a test compares the two. */
export const TIMEOUT_SECONDS: { readonly [step in Step]: number } = {
  'incoming-call': 10,
  disclaimer: 10,
  'stream-connect': 28,
  'stream-status': 10,
  'record-call': 28,
  hold: 28,
  erase: 300,
  'recording-start': 20,
  'recording-callback': 10,
  'recording-copy': 900,
  'recording-delete': 120,
  sweep: 60,
  reconcile: 900,
  announce: 60,
  canary: 60,
  'watch-log': 60,
  'look-up': 28,
  'recording-play': 900,
};
export const STAGE = 'test';
/** How long a received message is hidden, as the stack sets it. */
export const VISIBILITY_SECONDS = {
  'recording-start': 30,
  'recording-copy': 5400,
  'recording-delete': 720,
  erase: 1800,
  reconcile: 5400,
} as const;
/** How often a message is received before it is dead, as the stack sets it. */
export const MAX_RECEIVES = {
  'recording-start': 50,
  'recording-copy': 10,
  'recording-delete': 10,
  erase: 10,
  reconcile: 50,
} as const;
/** Messages in one invocation, as the stack sets it. */
export const BATCH_SIZE = {
  'recording-start': 1,
  'recording-copy': 1,
  'recording-delete': 10,
  erase: 1,
  reconcile: 1,
} as const;
export type Worker = keyof typeof MAX_RECEIVES;
export const CONCURRENT_BATCHES = 5;

/** Name of the disclaimer's file. */
export const DISCLAIMER_FILE = `${'d'.repeat(64)}.wav`;

/** The file of the one that numbers may name. */
export const SALES_FILE = `${'5'.repeat(64)}.wav`;

/** A disclaimer that fits into one message. */
export const DISCLAIMER = Buffer.alloc(800, 0xff);
/** Another one, which numbers may name. */
export const SALES = Buffer.alloc(800, 0x7f);

/** Where a recording lies at Twilio. */
export const twilioUrlOf = (recordingSid: string): string =>
  `${API_URL}/2010-04-01/Accounts/${ACCOUNT_SID}/Recordings/${recordingSid}`;
