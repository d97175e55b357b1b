/** The environment variables of each step. */
import type { Step } from './steps.ts';

/** Names of the environment variables; `runtime.ts` validates them, the stack sets them. */
export const ENVIRONMENT = {
  tableName: 'TABLE_NAME',
  bucketName: 'BUCKET_NAME',
  /** ARN or name of the Secrets Manager secret with Twilio's credentials, see {@link TwilioCredentialsSecret}. */
  twilioSecretId: 'TWILIO_SECRET_ID',
  recordingStartQueueUrl: 'RECORDING_START_QUEUE_URL',
  recordingCopyQueueUrl: 'RECORDING_COPY_QUEUE_URL',
  recordingDeleteQueueUrl: 'RECORDING_DELETE_QUEUE_URL',
  eraseQueueUrl: 'ERASE_QUEUE_URL',
  reconcileQueueUrl: 'RECONCILE_QUEUE_URL',
  /** ARN or name of the secret that keys the HMAC of telephone numbers. */
  partySecretId: 'PARTY_SECRET_ID',
  /** `https://…` under which Twilio reaches the HTTP API; signatures are checked over it. No trailing slash. */
  publicUrl: 'PUBLIC_URL',
  /** `wss://…` that `<Stream url>` names; the handshake's signature is checked over it. */
  streamUrl: 'STREAM_URL',
  /** `https://…` before `/@connections/{connectionId}`. */
  connectionsUrl: 'CONNECTIONS_URL',
  /** Base of Twilio's REST API, normally `https://api.twilio.com`. */
  twilioApiUrl: 'TWILIO_API_URL',
  /** JSON of {@link AfterDisclaimer}, or {@link IN_FILE} and the name of the file that holds it. */
  afterDisclaimer: 'AFTER_DISCLAIMER',
  /** One of {@link START_BY}. */
  startBy: 'START_BY',
  /** Name of the disclaimer's file beside the `disclaimer` bundle, and in its URL: `<SHA-256>.wav`. */
  disclaimer: 'DISCLAIMER',
  /** The same of the named disclaimers: {@link IN_FILE} and the name of the file that holds JSON of file names by name. */
  disclaimers: 'DISCLAIMERS',
  /** One of {@link FOREIGN_STREAMS}. */
  foreignStreams: 'FOREIGN_STREAMS',
  /** One of {@link WITHOUT_STREAM}. */
  withoutStream: 'WITHOUT_STREAM',
  /** Whole seconds that Twilio's copy is kept after the copy in S3 was verified. */
  keepAtTwilioSeconds: 'KEEP_AT_TWILIO_SECONDS',
  /** One of {@link AUDIO_FORMATS}. */
  audioFormat: 'AUDIO_FORMAT',
  /** One of {@link DELETIONS}. */
  deletions: 'DELETIONS',
  /** One of {@link EVENTS}. */
  events: 'EVENTS',
  /** Name of the EventBridge bus. */
  eventBusName: 'EVENT_BUS_NAME',
  /** Name of the deployment, as it stands in events and among the dimensions of metrics. */
  stage: 'STAGE',
  /** `https://…` of the function that plays what is at Twilio only, or {@link NO_PLAY_URL}. */
  playUrl: 'PLAY_URL',
  /** JSON of {@link Canary}, or {@link NO_CANARY}. */
  canary: 'CANARY',
} as const;

/**
 * Stands before the name of a file beside the step's code that holds a variable's value: all variables of a function together have 4 KB,
 * names included, and a user may write more.
 */
export const IN_FILE = 'file:';

/** File beside the `incoming-call` bundle: JSON of {@link AfterDisclaimer}. */
export const AFTER_DISCLAIMER_FILE = 'after-disclaimer.json';

/** File beside it: JSON of the named disclaimers' files, by name. */
export const DISCLAIMERS_FILE = 'disclaimers.json';

export type EnvironmentName = (typeof ENVIRONMENT)[keyof typeof ENVIRONMENT];

/** What every step reads. */
const OF_ALL = ['STAGE'] as const;

/** What a request to Twilio takes. */
const OF_TWILIO = ['TWILIO_SECRET_ID', 'TWILIO_API_URL'] as const;

/** The step's own variables, so that a function gets no name, and needs no permission, that it has no use for. */
export const ENVIRONMENT_OF_STEP = {
  'incoming-call': [
    ...OF_ALL,
    'TWILIO_SECRET_ID',
    'PARTY_SECRET_ID',
    'PUBLIC_URL',
    'STREAM_URL',
    'START_BY',
    'DISCLAIMER',
    'DISCLAIMERS',
    'AFTER_DISCLAIMER',
    'TABLE_NAME',
    'EVENTS',
    'CANARY',
  ],
  disclaimer: [...OF_ALL, 'DISCLAIMER'],
  'stream-connect': [
    ...OF_ALL,
    'TWILIO_SECRET_ID',
    'STREAM_URL',
    'CONNECTIONS_URL',
    'FOREIGN_STREAMS',
    'TABLE_NAME',
    'RECORDING_START_QUEUE_URL',
    'EVENTS',
  ],
  'stream-status': [...OF_ALL, 'TWILIO_SECRET_ID', 'PUBLIC_URL', 'TABLE_NAME', 'RECORDING_START_QUEUE_URL'],
  erase: [...OF_ALL, ...OF_TWILIO, 'TABLE_NAME', 'BUCKET_NAME', 'ERASE_QUEUE_URL', 'EVENTS'],
  hold: [...OF_ALL, 'TABLE_NAME', 'EVENTS'],
  'record-call': [...OF_ALL, ...OF_TWILIO, 'PARTY_SECRET_ID', 'TABLE_NAME', 'RECORDING_START_QUEUE_URL'],
  'recording-start': [
    ...OF_ALL,
    ...OF_TWILIO,
    'PUBLIC_URL',
    'WITHOUT_STREAM',
    'TABLE_NAME',
    'RECORDING_START_QUEUE_URL',
    'EVENTS',
  ],
  'recording-callback': [...OF_ALL, ...OF_TWILIO, 'PUBLIC_URL', 'TABLE_NAME', 'RECORDING_COPY_QUEUE_URL', 'EVENTS'],
  'recording-copy': [
    ...OF_ALL,
    ...OF_TWILIO,
    'TABLE_NAME',
    'BUCKET_NAME',
    'AUDIO_FORMAT',
    'CANARY',
    'KEEP_AT_TWILIO_SECONDS',
    'RECORDING_COPY_QUEUE_URL',
    'EVENTS',
  ],
  'recording-delete': [
    ...OF_ALL,
    ...OF_TWILIO,
    'TABLE_NAME',
    'BUCKET_NAME',
    'KEEP_AT_TWILIO_SECONDS',
    'DELETIONS',
    'RECORDING_DELETE_QUEUE_URL',
    'EVENTS',
  ],
  sweep: [
    ...OF_ALL,
    'TABLE_NAME',
    'RECORDING_START_QUEUE_URL',
    'RECORDING_COPY_QUEUE_URL',
    'RECORDING_DELETE_QUEUE_URL',
    'ERASE_QUEUE_URL',
    'DELETIONS',
  ],
  reconcile: [
    ...OF_ALL,
    ...OF_TWILIO,
    'PARTY_SECRET_ID',
    'CANARY',
    'PUBLIC_URL',
    'TABLE_NAME',
    'RECORDING_COPY_QUEUE_URL',
    'RECONCILE_QUEUE_URL',
    'EVENTS',
  ],
  announce: [...OF_ALL, 'TABLE_NAME', 'EVENT_BUS_NAME'],
  canary: [...OF_ALL, ...OF_TWILIO, 'CANARY', 'PUBLIC_URL', 'TABLE_NAME', 'BUCKET_NAME'],
  'watch-log': [...OF_ALL, 'TABLE_NAME'],
  'look-up': [...OF_ALL, 'PARTY_SECRET_ID', 'TABLE_NAME', 'PLAY_URL'],
  'recording-play': [...OF_ALL, ...OF_TWILIO, 'TABLE_NAME'],
} as const satisfies { readonly [step in Step]: readonly EnvironmentName[] };
