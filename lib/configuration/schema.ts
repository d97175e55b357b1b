/** The check of each option, and its default. What the options mean stands in options.ts. */
import * as v from 'valibot';
import { POLICY_NAME } from '../../lambdas/shared/contract/http.ts';
import {
  type AfterDisclaimer,
  AUDIO_FORMATS,
  type Canary,
  DELETIONS,
  EVENTS,
  FOREIGN_STREAMS,
  PLAY_FROM_TWILIO,
  REDIRECT_METHODS,
  START_BY,
  WITHOUT_STREAM,
} from '../../lambdas/shared/contract/settings.ts';
import { DUE_SHARDS } from '../../lambdas/shared/contract/table.ts';
import { DEFAULT_DISCLAIMER, DisclaimerError, readDisclaimer } from '../steps/disclaimer.ts';
import type { CustomDomainOption } from './address-options.ts';
import {
  arn,
  type Check,
  domainName,
  isObject,
  languageTag,
  listOf,
  matching,
  mustBe,
  mustBeOneOf,
  object,
  oneOf,
  orToken,
  shown,
  telephoneNumber,
  text,
  url,
  wholeNumber,
} from './checks.ts';
import { consoleOption } from './console-option.ts';
import {
  type CallRecorderConfiguration,
  COLD_STORAGE_CLASSES,
  type ColdStorage,
  KMS_USES,
  type ObjectLock,
} from './options.ts';

/** The file is converted here already, so that what is wrong with it is reported with all the rest. */
const disclaimer = v.pipe(
  v.string(mustBe('the path of a WAV file')),
  v.rawCheck(({ dataset, addIssue }) => {
    if (!dataset.typed) return;
    try {
      readDisclaimer(dataset.value);
    } catch (error) {
      if (!(error instanceof DisclaimerError)) throw error;
      addIssue({ message: error.message });
    }
  }),
);

const MOST_DISCLAIMERS = 100;
const disclaimers: Check<CallRecorderConfiguration['disclaimers']> = v.pipe(
  v.custom<CallRecorderConfiguration['disclaimers']>(isObject, mustBe('an object such as {"sales": "sales.wav"}')),
  v.check(
    (files) => Object.keys(files).length <= MOST_DISCLAIMERS,
    ({ input }) => `must be at most ${MOST_DISCLAIMERS} files, but are ${Object.keys(input).length}`,
  ),
  v.rawCheck(({ dataset, addIssue }) => {
    if (!dataset.typed) return;
    for (const [name, file] of Object.entries(dataset.value)) {
      if (!POLICY_NAME.test(name)) {
        addIssue({
          message: `${shown(name)} must be a name of at most 32 lowercase letters, digits and hyphens, no hyphen first`,
        });
      }
      for (const { message } of v.safeParse(disclaimer, file).issues ?? [])
        addIssue({ message: `${name}: ${message}` });
    }
  }),
);

type Kind = AfterDisclaimer['kind'];
type Of<kind extends Kind> = Extract<AfterDisclaimer, { kind: kind }>;

const KINDS: { readonly [kind in Kind]: Check<Of<kind>> } = {
  dial: object({ kind: oneOf(['dial']), number: telephoneNumber, callerId: v.optional(telephoneNumber) }),
  redirect: object({
    kind: oneOf(['redirect']),
    url: url({ protocol: 'https:', example: 'https://example.com/voice', query: true, maximum: 4000 }),
    method: v.optional(oneOf(REDIRECT_METHODS)),
  }),
  // Twilio's <Say> takes 4,096 characters, https://www.twilio.com/docs/voice/twiml/say
  say: object({ kind: oneOf(['say']), text: text(4096), language: v.optional(languageTag) }),
};

const afterDisclaimer = v.lazy((value): Check<AfterDisclaimer> => {
  const kind = isObject(value) ? value.kind : undefined;
  if (typeof kind === 'string' && Object.hasOwn(KINDS, kind)) return KINDS[kind as Kind];
  const refused = isObject(value)
    ? `kind: ${mustBeOneOf(Object.keys(KINDS))({ input: kind })}`
    : mustBe('an object such as {"kind": "dial", "number": "+14155550123"}');
  return v.custom<AfterDisclaimer>(() => false, refused);
});

const customDomain = object<CustomDomainOption>(
  {
    name: domainName,
    certificateArn: arn('acm', 'certificate/…', String.raw`certificate/[\w-]+`),
  },
  '{"name": "calls.example.com", "certificateArn": "arn:aws:acm:…"}',
);

/** A hundred years: the most that Object Lock takes (https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lock-managing.html). */
const LONGEST_DAYS = 36_500;

const COLD_STORAGE = '{"afterDays": 90, "storageClass": "GLACIER_IR"}';
const coldStorage = object<ColdStorage>(
  { afterDays: wholeNumber(1, LONGEST_DAYS, 'days'), storageClass: oneOf(COLD_STORAGE_CLASSES) },
  COLD_STORAGE,
);

const objectLock = object<ObjectLock>(
  { mode: oneOf(['GOVERNANCE', 'COMPLIANCE']), days: wholeNumber(1, LONGEST_DAYS, 'days') },
  '{"mode": "GOVERNANCE", "days": 365}',
);

const canary = object<Canary>(
  // A call has ten minutes to arrive before the alarm, and the next one must not come between.
  { from: telephoneNumber, to: telephoneNumber, everyMinutes: wholeNumber(15, 720, 'minutes') },
  '{"from": "+14155550100", "to": "+14155550101", "everyMinutes": 60}',
);

const reservation = v.optional(wholeNumber(1, 1000, 'concurrent executions'));
const reservedConcurrency = object<CallRecorderConfiguration['reservedConcurrency']>(
  {
    'incoming-call': reservation,
    disclaimer: reservation,
    'stream-connect': reservation,
    'stream-status': reservation,
    'recording-callback': reservation,
    'recording-play': reservation,
  },
  '{"incoming-call": 50}',
);

const emailAddress = matching(/^[^\s@]+@[^\s@]+\.[^\s@]+$/, 'an e-mail address');
const topicArn = arn('sns', 'name', String.raw`[\w-]+`);

/** Periods that CloudWatch Logs accepts (`RetentionInDays` of `AWS::Logs::LogGroup`), in days. */
const LOG_RETENTION_DAYS = [
  1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
];

/** An option that every configuration has needs a default; one that may be absent has none. */
type Schema = {
  readonly [name in keyof CallRecorderConfiguration]-?: Check<CallRecorderConfiguration[name] | undefined> & {
    readonly default: Default<CallRecorderConfiguration[name]>;
  };
};
type Default<Value> = undefined extends Value ? undefined : Value;

/** `v.optional(check, default)` of each option, in the order of `docs/configuration.md`. */
export const SCHEMA = {
  stage: v.optional(
    matching(/^[a-z][a-z0-9-]{0,19}$/, 'a name of at most 20 lowercase letters, digits and hyphens, a letter first'),
    'prod',
  ),
  afterDisclaimer: v.optional(afterDisclaimer, {
    kind: 'say',
    text: 'Thank you for calling. This line records calls. It has not been connected to anyone yet. Goodbye.',
  }),
  disclaimer: v.optional(disclaimer, DEFAULT_DISCLAIMER),
  disclaimers: v.optional(disclaimers, {}),
  startBy: v.optional(oneOf(START_BY), 'stream'),
  foreignStreams: v.optional(oneOf(FOREIGN_STREAMS), 'refuse'),
  withoutStream: v.optional(oneOf(WITHOUT_STREAM), 'leave'),
  audioFormat: v.optional(oneOf(AUDIO_FORMATS), 'wav'),
  keepAtTwilioHours: v.optional(
    wholeNumber(24, 24 * 365, 'hours', "Twilio's copy never goes sooner than a day after the copy in S3 was verified"),
    24,
  ),
  deletions: v.optional(oneOf(DELETIONS), 'on'),
  events: v.optional(oneOf(EVENTS), 'on'),
  // https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_CreateEventBus.html
  eventBusName: v.optional(matching(/^[/.\-_A-Za-z0-9]{1,256}$/, 'the name of an event bus, not its ARN'), 'default'),
  playFromTwilio: v.optional(oneOf(PLAY_FROM_TWILIO), 'on'),
  webhookDomain: v.optional(customDomain),
  streamDomain: v.optional(customDomain),
  publicUrl: v.optional(url({ protocol: 'https:', example: 'https://calls.example.com' })),
  streamUrl: v.optional(url({ protocol: 'wss:', example: 'wss://stream.example.com' })),
  twilioRegion: v.optional(matching(/^[a-z]{2}\d$/, 'a region of Twilio such as "ie1"')),
  twilioEdge: v.optional(matching(/^[a-z]+(-[a-z]+)*$/, 'an edge of Twilio such as "dublin"')),
  // https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
  bucketName: v.optional(orToken(matching(/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/, 'the name of a bucket'))),
  kmsKeyArn: v.optional(arn('kms', 'key/…', String.raw`key/[\w-]+`)),
  // The others need a word in the key's policy first.
  kmsKeyFor: v.optional(listOf(oneOf(KMS_USES), `some of ${KMS_USES.map(shown).join(', ')}`), [
    'bucket',
    'table',
    'queues',
    'secret',
  ]),
  coldStorage: v.optional(listOf(coldStorage, `objects such as ${COLD_STORAGE}`), []),
  expireAfterDays: v.optional(wholeNumber(7, LONGEST_DAYS, 'days')),
  objectLock: v.optional(objectLock),
  alarmEmail: v.optional(emailAddress),
  alarmTopicArn: v.optional(topicArn),
  noticeEmail: v.optional(emailAddress),
  noticeTopicArn: v.optional(topicArn),
  reservedConcurrency: v.optional(reservedConcurrency, {}),
  canary: v.optional(canary),
  console: v.optional(consoleOption),
  logRetentionDays: v.optional(
    v.picklist(LOG_RETENTION_DAYS, mustBe(`a number of days among ${LOG_RETENTION_DAYS.join(', ')}`)),
    90,
  ),
  removalPolicy: v.optional(oneOf(['retain', 'destroy']), 'retain'),
  createApiGatewayLogRole: v.optional(v.boolean(mustBe('true or false')), true),
  // An event source takes 2 to 1,000: https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html
  recordingConcurrency: v.optional(wholeNumber(2, 1000, 'recordings'), 20),
  copyConcurrency: v.optional(wholeNumber(2, 1000, 'recordings'), 30),
  deletionConcurrency: v.optional(wholeNumber(2, 1000, 'invocations'), 6),
  reconcileConcurrency: v.optional(wholeNumber(2, 1000, 'lists'), 4),
  sweepConcurrency: v.optional(wholeNumber(1, DUE_SHARDS, 'runs'), 1),
  announceConcurrency: v.optional(wholeNumber(1, DUE_SHARDS, 'runs'), 1),
  lambdaConcurrency: v.optional(wholeNumber(10, 100_000, 'concurrent executions'), 1000),
  twilioConcurrency: v.optional(wholeNumber(1, 10_000, 'concurrent requests'), 100),
  webhooksPerSecond: v.optional(wholeNumber(50, 100_000, 'requests'), 500),
  streamMessagesPerSecond: v.optional(wholeNumber(100, 1_000_000, 'messages'), 10_000),
} satisfies Schema;
