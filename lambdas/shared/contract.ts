/**
 * The contract of names between what is deployed (`lib/`) and what runs there (`lambdas/`).
 *
 * With `metrics.ts` it is all of `lambdas/` that `lib/` imports. No code here, only names, so that neither side can drift.
 */

/** The steps of a call. A step's name serves everywhere: folder, construct, queue, alarm, log service, runbook article. */
export const STEPS = [
  'incoming-call',
  'stream-connect',
  'recording-start',
  'recording-callback',
  'recording-copy',
  'recording-delete',
  'sweep',
  'reconcile',
  'announce',
  'look-up',
  'recording-play',
] as const;
/** One of {@link STEPS}. */
export type Step = (typeof STEPS)[number];

/** Paths of the HTTP API. Twilio is given `<public URL><path>`. */
export const HTTP_PATHS = { voice: '/voice', recordingCallback: '/recording-callback' } as const;

/** Route keys of the HTTP API that IAM authorizes: for people and programs of the owner, not for Twilio. */
export const LOOK_UP_ROUTES = { call: 'GET /calls/{callSid}', recordings: 'GET /recordings' } as const;

/** The WebSocket API selects its route by `$request.body.event`, the field in which Twilio names a stream message. */
export const STREAM_ROUTE_SELECTION = '$request.body.event';
/** Routes that reach the `stream-connect` function. */
export const STREAM_ROUTES_TO_FUNCTION = ['$connect', 'start', 'mark'] as const;
/** Routes that end in a MOCK integration without a reply: no function ever sees an audio frame. */
export const STREAM_ROUTES_TO_MOCK = ['connected', 'media', 'dtmf', 'stop', '$default'] as const;

/** Names of the environment variables; `runtime.ts` validates them, the stack sets them. */
export const ENVIRONMENT = {
  tableName: 'TABLE_NAME',
  bucketName: 'BUCKET_NAME',
  /** ARN or name of the Secrets Manager secret with Twilio's credentials, see {@link TwilioCredentialsSecret}. */
  twilioSecretId: 'TWILIO_SECRET_ID',
  recordingStartQueueUrl: 'RECORDING_START_QUEUE_URL',
  recordingCopyQueueUrl: 'RECORDING_COPY_QUEUE_URL',
  recordingDeleteQueueUrl: 'RECORDING_DELETE_QUEUE_URL',
  /** `https://…` under which Twilio reaches the HTTP API; signatures are checked over it. No trailing slash. */
  publicUrl: 'PUBLIC_URL',
  /** `wss://…` that `<Stream url>` names; the handshake's signature is checked over it. */
  streamUrl: 'STREAM_URL',
  /** `https://…` before `/@connections/{connectionId}`. */
  connectionsUrl: 'CONNECTIONS_URL',
  /** Base of Twilio's REST API, normally `https://api.twilio.com`. */
  twilioApiUrl: 'TWILIO_API_URL',
  /** JSON of {@link AfterDisclaimer}. */
  afterDisclaimer: 'AFTER_DISCLAIMER',
  /** One of {@link FOREIGN_STREAMS}. */
  foreignStreams: 'FOREIGN_STREAMS',
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
} as const;
export type EnvironmentName = (typeof ENVIRONMENT)[keyof typeof ENVIRONMENT];

/** What every step reads. */
const OF_ALL = ['STAGE'] as const;

/** What a request to Twilio takes. */
const OF_TWILIO = ['TWILIO_SECRET_ID', 'TWILIO_API_URL'] as const;

/** The step's own variables, so that a function gets no name, and needs no permission, that it has no use for. */
export const ENVIRONMENT_OF_STEP = {
  'incoming-call': [...OF_ALL, 'TWILIO_SECRET_ID', 'PUBLIC_URL', 'STREAM_URL', 'AFTER_DISCLAIMER'],
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
  'recording-start': [...OF_ALL, ...OF_TWILIO, 'PUBLIC_URL', 'TABLE_NAME', 'RECORDING_START_QUEUE_URL', 'EVENTS'],
  'recording-callback': [...OF_ALL, ...OF_TWILIO, 'PUBLIC_URL', 'TABLE_NAME', 'RECORDING_COPY_QUEUE_URL', 'EVENTS'],
  'recording-copy': [
    ...OF_ALL,
    ...OF_TWILIO,
    'TABLE_NAME',
    'BUCKET_NAME',
    'AUDIO_FORMAT',
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
    'DELETIONS',
  ],
  reconcile: [...OF_ALL, ...OF_TWILIO, 'TABLE_NAME', 'RECORDING_COPY_QUEUE_URL', 'EVENTS'],
  announce: [...OF_ALL, 'TABLE_NAME', 'EVENT_BUS_NAME'],
  'look-up': [...OF_ALL, 'TABLE_NAME', 'PLAY_URL'],
  'recording-play': [...OF_ALL, ...OF_TWILIO, 'TABLE_NAME'],
} as const satisfies { readonly [step in Step]: readonly EnvironmentName[] };

/** What the caller hears after the disclaimer: an existing voice application, a telephone number, or a sentence. */
export type AfterDisclaimer =
  /** Dials `number` (E.164); `callerId` (E.164) only where the caller's own number shall not be shown. */
  | { readonly kind: 'dial'; readonly number: string; readonly callerId?: string }
  /** Hands the call to other TwiML; Twilio fetches it by POST. */
  | { readonly kind: 'redirect'; readonly url: string }
  /** Speaks `text` (`language` as BCP 47, default `en-US`), then hangs up. */
  | { readonly kind: 'say'; readonly text: string; readonly language?: string };

/**
 * Streams that somebody else's TwiML opens: they carry our account's signature, but not the HMAC parameter of
 * `incoming-call`. They are never closed by us.
 */
export type ForeignStreams = 'refuse' | 'record-with-disclaimer' | 'record-only';
export const FOREIGN_STREAMS: readonly ForeignStreams[] = ['refuse', 'record-with-disclaimer', 'record-only'];

/** The one switch that pauses every deletion at Twilio; `never` keeps all of them for good. */
export type Deletions = 'on' | 'paused' | 'never';
export const DELETIONS: readonly Deletions[] = ['on', 'paused', 'never'];

/** What Twilio hands audio out as. It records WAV, and makes MP3 of that. */
export type AudioFormat = 'wav' | 'mp3';
export const AUDIO_FORMATS: readonly AudioFormat[] = ['wav', 'mp3'];

/** The value of the Secrets Manager secret, as JSON. */
export interface TwilioCredentialsSecret {
  /** `AC` and 32 hex digits. */
  readonly accountSid: string;
  /** Primary auth token: Twilio signs its requests with it. */
  readonly authToken: string;
  /** The token before the rotation in progress; signatures by it are accepted too. */
  readonly previousAuthToken?: string;
  /** `SK` and 32 hex digits. Where it is given, REST requests use the API key instead of the auth token. */
  readonly apiKeySid?: string;
  readonly apiKeySecret?: string;
}

/** Keys of the table: one query by call SID gives a call's whole story. */
export const TABLE = {
  partitionKey: 'callSid',
  /** `CALL`, or `RECORDING#RE…`. */
  sortKey: 'item',
  /** Sparse index of what is due. */
  dueIndex: 'due',
  /** `<next>#<shard>`, for example `copy#3`. */
  dueIndexPartitionKey: 'dueShard',
  /** ISO 8601 in UTC with milliseconds, so that text order is time order. */
  dueIndexSortKey: 'due',
  /** Sparse index of the rows that hold events which were not announced yet. */
  untoldIndex: 'untold',
  /** `untold#<shard>`. */
  untoldIndexPartitionKey: 'untoldShard',
  /** When the oldest of them happened; ISO 8601 in UTC with milliseconds. */
  untoldIndexSortKey: 'untoldSince',
  /** Index of all recordings by the day on which they began. */
  byDayIndex: 'byDay',
  /** `<ISO day>#<shard>`. */
  byDayIndexPartitionKey: 'day',
  /** `<ISO time>#<recording SID>`. */
  byDayIndexSortKey: 'place',
  /** Partition of the service's own rows, such as how far `reconcile` got. */
  servicePartition: 'SERVICE',
} as const;

/** The index's partitions for each kind of work: each takes 1,000 writes a second. */
export const DUE_SHARDS = 8;

/**
 * A day's partitions in the index by day. A recording is written there about five times; API Gateway opens 500 streams a
 * second at most, and a partition takes 1,000 writes a second.
 */
export const DAY_SHARDS = 4;

/** What a row waits for. */
export const NEXT = ['start', 'copy', 'delete'] as const;
export type Next = (typeof NEXT)[number];

/** Whether what happens to calls and recordings is announced on the event bus. */
export type Events = 'on' | 'off';
export const EVENTS: readonly Events[] = ['on', 'off'];

/** Whether recordings that are at Twilio only are played from there, by links like those to S3. */
export type PlayFromTwilio = 'on' | 'off';
export const PLAY_FROM_TWILIO: readonly PlayFromTwilio[] = ['on', 'off'];
/** Stands where the address would, if they are not. */
export const NO_PLAY_URL = 'off';

/** The `source` of all events. */
export const EVENT_SOURCE = 'call-recorder';
/** What is announced. */
export const EVENT_KINDS = [
  'recording-started',
  'recording-stored',
  'recording-fell-back',
  'recording-absent',
  'recording-failed',
  'recording-extra',
  'recording-deleted',
  'call-unrecordable',
] as const;
export type EventKind = (typeof EVENT_KINDS)[number];
/** The `detail-type` of each; schemas in `docs/events.md`. */
export const EVENT_DETAIL_TYPES: { readonly [kind in EventKind]: string } = {
  'recording-started': 'Recording Started',
  'recording-stored': 'Recording Stored',
  'recording-fell-back': 'Recording Fell Back',
  'recording-absent': 'Recording Absent',
  'recording-failed': 'Recording Failed',
  'recording-extra': 'Extra Recording',
  'recording-deleted': 'Recording Deleted At Twilio',
  'call-unrecordable': 'Call Not Recordable',
};

/** Seconds between a stream's `start` and the first attempt to start the recording; SQS delays are whole seconds. */
export const RECORDING_START_DELAY_SECONDS = 1;

/** Name of the mark behind the disclaimer of our own streams; when it comes back, the stream is closed. */
export const DISCLAIMER_MARK = 'disclaimer-heard';
/** Name of the mark behind the disclaimer of a foreign stream, which is never closed by us. */
export const FOREIGN_DISCLAIMER_MARK = 'disclaimer-heard-foreign';

/** File beside the `stream-connect` bundle: raw mu-law, 8,000 samples a second, mono, no header. */
export const DISCLAIMER_FILE = 'disclaimer.ulaw';
