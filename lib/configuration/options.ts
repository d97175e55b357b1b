/**
 * What each option means. `docs/configuration.md` has all of them in one table, which a test holds against the code. A new option
 * is declared here; the compiler then asks for its check and its default, in schema.ts.
 */
import type {
  AfterDisclaimer,
  AudioFormat,
  Canary,
  Deletions,
  Events,
  ForeignStreams,
  PlayFromTwilio,
  StartBy,
  WithoutStream,
} from '../../lambdas/shared/contract/settings.ts';
import type { Step } from '../../lambdas/shared/contract/steps.ts';
import type { ConsoleOption, CustomDomainOption } from './address-options.ts';

/** The steps that the public internet reaches, and that a flood of requests could therefore make expensive. */
export type PublicStep = Extract<
  Step,
  'incoming-call' | 'disclaimer' | 'stream-connect' | 'stream-status' | 'recording-callback' | 'recording-play'
>;

/** Something that a key of the owner's can encrypt. */
export type KmsUse = 'bucket' | 'table' | 'queues' | 'secret' | 'topic' | 'logs';
export const KMS_USES: readonly KmsUse[] = ['bucket', 'table', 'queues', 'secret', 'topic', 'logs'];

/** Storage class of S3 for what is seldom heard. */
export type ColdStorageClass = 'STANDARD_IA' | 'INTELLIGENT_TIERING' | 'GLACIER_IR' | 'GLACIER' | 'DEEP_ARCHIVE';
/** The dearest first: the only order in which S3 moves objects. */
export const COLD_STORAGE_CLASSES: readonly ColdStorageClass[] = [
  'STANDARD_IA',
  'INTELLIGENT_TIERING',
  'GLACIER_IR',
  'GLACIER',
  'DEEP_ARCHIVE',
];

/** When recordings move to a storage class. */
export interface ColdStorage {
  /** Days after the recording was stored. */
  readonly afterDays: number;
  /** By their names in S3's own interface. */
  readonly storageClass: ColdStorageClass;
}

/** How long, and for whom, recordings cannot be deleted. */
export interface ObjectLock {
  readonly mode: 'GOVERNANCE' | 'COMPLIANCE';
  /** Days after the recording was stored. */
  readonly days: number;
}

/** Every option, in the order of `docs/configuration.md`. */
export interface CallRecorderConfiguration {
  /**
   * Name of this deployment, part of the names of its resources, so that one account can hold several. Small letters, digits
   * and hyphens, at most 20. Default `prod`.
   */
  readonly stage: string;
  /**
   * What the caller hears after the disclaimer:
   * `{"kind": "dial", "number": "+14155550123", "callerId": "+14155550100"}` connects the call (`callerId` only where the
   * caller's own number shall not be shown); `{"kind": "redirect", "url": "https://…"}` hands it to an existing voice
   * application, unchanged, which Twilio asks by POST unless `"method": "GET"` is given; `{"kind": "say", "text": "…", "language": "en-US"}` speaks and hangs up. Default: a sentence.
   */
  readonly afterDisclaimer: AfterDisclaimer;
  /**
   * WAV file that each caller hears first, of any sample rate, width and number of channels, at most 60 s; relative to the
   * configuration file. Default: "Please note: this call is being recorded." in English.
   */
  readonly disclaimer: string;
  /**
   * More disclaimers, by name, such as `{"sales": "sales.wav"}`: a number whose voice URL says `disclaimer=sales` has its callers hear
   * that file instead. Each as `disclaimer`, at most 100; a name has lowercase letters, digits and hyphens, at most 32. Default: none.
   */
  readonly disclaimers: { readonly [name: string]: string };
  /**
   * How recordings begin, for numbers whose voice URL says nothing of it. `stream`: the disclaimer is streamed to the caller, and the
   * recording is started over REST. `twiml`: the TwiML that answers the call starts it, and the disclaimer is played from a file; there
   * is no stream, and the disclaimer is on the recording. Default `stream`.
   */
  readonly startBy: StartBy;
  /**
   * Streams opened by TwiML that is not ours, in the same Twilio account: `refuse` them, `record-with-disclaimer`, or
   * `record-only`. Default `refuse`.
   */
  readonly foreignStreams: ForeignStreams;
  /**
   * A live call whose stream has not started, so that nobody hears the disclaimer: `leave` it unrecorded, or `record` it all the same. A
   * number's voice URL may say otherwise. Default `leave`.
   */
  readonly withoutStream: WithoutStream;
  /**
   * What recordings are copied to S3 as: `wav`, as Twilio has recorded them, or `mp3`, which Twilio makes of that, smaller and
   * with losses. Once Twilio's copy is deleted there is no other. Encrypted recordings are copied as WAV all the same.
   * Default `wav`.
   */
  readonly audioFormat: AudioFormat;
  /** Hours that Twilio's copy is kept after the copy in S3 was verified; at least, and by default, 24. */
  readonly keepAtTwilioHours: number;
  /**
   * Deletions at Twilio: `on`, `paused` (they wait, and are made up for once it is `on` again) or `never` (every recording
   * stays at Twilio too). Default `on`.
   */
  readonly deletions: Deletions;
  /**
   * Whether what becomes of calls and recordings is announced on an EventBridge bus (`docs/events.md`): `on` or `off`. Default
   * `on`.
   */
  readonly events: Events;
  /** Name of the EventBridge bus that gets the events, in the stack's own account and region. Default `default`. */
  readonly eventBusName: string;
  /**
   * Whether look-ups link to a recording that is at Twilio only, and a function plays it from there: `on` or `off`, which says in
   * words how to fetch it. AWS has no function URLs in some regions, where it must be `off`. Default `on`.
   */
  readonly playFromTwilio: PlayFromTwilio;
  /**
   * Custom domain of the webhooks. The stack makes it and prints what its DNS record must lead to. Default: the address that
   * API Gateway assigns.
   */
  readonly webhookDomain?: CustomDomainOption;
  /** Custom domain of the stream, another than that of the webhooks. Default: the address that API Gateway assigns. */
  readonly streamDomain?: CustomDomainOption;
  /**
   * `https://…` where somebody else's custom domain or proxy leads to the webhooks, without a trailing slash. Twilio's signatures
   * are checked over it, so it must be what Twilio is given. Default: that of `webhookDomain`.
   */
  readonly publicUrl?: string;
  /** `wss://…` where somebody else's custom domain leads to the stream. Default: that of `streamDomain`. */
  readonly streamUrl?: string;
  /**
   * Region of Twilio that the account's calls are handled in, such as `ie1`; calls of one region are unknown in any other. It
   * needs `twilioEdge`. Default: Twilio's own, `us1`.
   */
  readonly twilioRegion?: string;
  /** Edge that requests to that region go through, such as `dublin`. */
  readonly twilioEdge?: string;
  /**
   * Name of a bucket that exists, in the same account and region, for the recordings. Its encryption, versions, lifecycle and
   * lock are its owner's business. Default: a bucket is made.
   */
  readonly bucketName?: string;
  /**
   * ARN of a KMS key that exists, in the same account and region. Who disables or deletes it takes everything that it encrypts
   * out of reach, recordings too. Default: keys of AWS's own.
   */
  readonly kmsKeyArn?: string;
  /**
   * What `kmsKeyArn` encrypts. `topic` and `logs` only once the key's policy lets `cloudwatch.amazonaws.com`, or
   * `logs.<region>.amazonaws.com`, use it. Default `["bucket", "table", "queues", "secret"]`.
   */
  readonly kmsKeyFor: readonly KmsUse[];
  /**
   * Moves recordings to cheaper storage classes as they age, such as `[{"afterDays": 90, "storageClass": "GLACIER_IR"}]`.
   * Recordings in `GLACIER` and `DEEP_ARCHIVE` must be restored before they can be heard. Default: none is moved.
   */
  readonly coldStorage: readonly ColdStorage[];
  /** Deletes recordings in S3 this many days after they were stored. Default: none is ever deleted. */
  readonly expireAfterDays?: number;
  /**
   * Object Lock: nobody can delete or replace a recording for so many days; under `COMPLIANCE` not even the account's root, under
   * `GOVERNANCE` only who has the right `s3:BypassGovernanceRetention`. If you must erase a caller's recording on request within
   * that time cannot do so under `COMPLIANCE`. Default: no lock.
   */
  readonly objectLock?: ObjectLock;
  /**
   * Address that gets an e-mail for each alarm that someone should be woken for, once it has confirmed the subscription. Default: nobody is
   * subscribed.
   */
  readonly alarmEmail?: string;
  /**
   * ARN of an SNS topic that exists, for these alarms. Its policy, and that of the key that encrypts it, must allow
   * `cloudwatch.amazonaws.com` to use it: otherwise no alarm reaches anyone. Default: a topic is made.
   */
  readonly alarmTopicArn?: string;
  /**
   * Address that gets an e-mail for each alarm that can wait until morning, a notice. Default: that of `alarmEmail`, which confirms a second
   * subscription.
   */
  readonly noticeEmail?: string;
  /** ARN of an SNS topic that exists, for the notices; with a policy as that of `alarmTopicArn`. Default: `alarmTopicArn`, or a topic is made. */
  readonly noticeTopicArn?: string;
  /**
   * Reserved concurrency of the functions that the internet reaches, `recording-play` by its links, such as `{"incoming-call": 50}`: the limit to what a flood
   * can cost. A new account refuses any reservation while its own limit is still 10 or 50. Default: none reserved.
   */
  readonly reservedConcurrency: { readonly [step in PublicStep]?: number };
  /**
   * Places a call every so many minutes from one number of the account to another, which serves nothing else and whose voice URL is the
   * recorder's, and finds its sound in S3; such as `{"from": "+14155550100", "to": "+14155550101", "everyMinutes": 60}`. Twilio bills both
   * sides of each call: docs/configuration.md says how much that is. Default: none.
   */
  readonly canary?: Canary;
  /**
   * Hosts the console at an address of its own, where people sign in, see the calls of their teams and listen to them: `{}`, or with
   * `signInPrefix`, `identityProviders` and `domain`. Default: it is not hosted.
   */
  readonly console?: ConsoleOption;
  /** Days that logs are kept; one of the periods that CloudWatch knows. Default 90. */
  readonly logRetentionDays: number;
  /**
   * What happens to table, bucket and secret when the stack is deleted: `retain` or `destroy` (a bucket that is not empty is
   * never destroyed). Default `retain`.
   */
  readonly removalPolicy: 'retain' | 'destroy';
  /**
   * Access logs of the stream's API need a role in the settings that the account has for API Gateway in the region. `true`
   * makes it, replaces one that is there, and never removes it; `false` is for accounts that have one. Default `true`.
   */
  readonly createApiGatewayLogRole: boolean;
  /** Recordings that are started concurrently, 2 to 1000. Twilio refuses too many concurrent requests. Default 20. */
  readonly recordingConcurrency: number;
  /** Recordings that are copied concurrently, 2 to 1000. Each takes a concurrent request at Twilio. Default 30. */
  readonly copyConcurrency: number;
  /** Concurrent invocations that delete at Twilio, 2 to 1000, each one recording at a time. Default 6. */
  readonly deletionConcurrency: number;
  /** Parts of Twilio's lists that are compared concurrently, beside the hourly run, 2 to 1000. Default 4. */
  readonly reconcileConcurrency: number;
  /** Runs of `sweep` that begin together each minute, each with a part of what is due, 1 to 8. Default 1. */
  readonly sweepConcurrency: number;
  /** Runs of `announce` that begin together each minute, each with a part of the events, 1 to 8. Default 1. */
  readonly announceConcurrency: number;
  /**
   * Lambda's quota of concurrent executions in the account and region. It is not changed, only checked against: what the options
   * reserve and cap must fit. Default 1000, Lambda's own; a new account has 10 or 50.
   */
  readonly lambdaConcurrency: number;
  /** Concurrent requests that Twilio accepts from the account. Only checked against. Twilio publishes no number. Default 100. */
  readonly twilioConcurrency: number;
  /** Webhooks a second, of all calls, before API Gateway refuses some: five for each call. Default 500. */
  readonly webhooksPerSecond: number;
  /**
   * Messages of all streams together, a second, before API Gateway refuses some. Each call streams 50 while its disclaimer
   * plays. More than the account's own limit in the region has no effect: normally 10,000, but 2,500 in smaller regions such as
   * Milan or Cape Town. Default 10000.
   */
  readonly streamMessagesPerSecond: number;
}
