/** The check of each option of the configuration. What the options mean is documented in configuration.ts. */
import { isAbsolute, resolve } from 'node:path';
import {
  type AfterDisclaimer,
  AUDIO_FORMATS,
  DELETIONS,
  EVENTS,
  FOREIGN_STREAMS,
  PLAY_FROM_TWILIO,
} from '../../lambdas/shared/contract/settings.ts';
import { DisclaimerError, readDisclaimer } from '../steps/disclaimer.ts';
import { KMS_USES } from '../storage/encryption.ts';
import { COLD_STORAGE_CLASSES } from '../storage/recordings-bucket.ts';
import type { CallRecorderConfiguration, ColdStorage, CustomDomainOption, ObjectLock } from './configuration.ts';
import {
  arn,
  type Check,
  type Fields,
  fields,
  isObject,
  languageTag,
  listOf,
  matching,
  oneOf,
  oneOfNumbers,
  optional,
  orToken,
  refuse,
  shown,
  telephoneNumber,
  text,
  trueOrFalse,
  Unacceptable,
  url,
  wholeNumber,
} from './configuration-checks.ts';

type ReservedConcurrency = CallRecorderConfiguration['reservedConcurrency'];

/** Periods that CloudWatch Logs accepts (`RetentionInDays` of `AWS::Logs::LogGroup`), in days. */
const LOG_RETENTION_DAYS = [
  1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
];

const REDIRECT_URL = url({
  ...{ protocol: 'https:', example: 'https://example.com/voice', path: true, query: true },
  maximum: 4000,
});

type Of<Kind extends AfterDisclaimer['kind']> = Extract<AfterDisclaimer, { kind: Kind }>;

function afterDisclaimer(value: unknown): AfterDisclaimer {
  if (!isObject(value)) return refuse('an object such as {"kind": "dial", "number": "+14155550123"}', value);
  switch (value.kind) {
    case 'dial':
      return fields<Of<'dial'>>(value, {
        kind: oneOf<'dial'>(['dial']),
        number: telephoneNumber,
        callerId: optional(telephoneNumber),
      });
    case 'redirect':
      return fields<Of<'redirect'>>(value, { kind: oneOf<'redirect'>(['redirect']), url: REDIRECT_URL });
    case 'say':
      // Twilio's <Say> takes 4,096 characters, https://www.twilio.com/docs/voice/twiml/say
      return fields<Of<'say'>>(value, {
        kind: oneOf<'say'>(['say']),
        text: text(4096),
        language: optional(languageTag),
      });
    default:
      throw new Unacceptable(`kind: must be one of "dial", "redirect", "say", but is ${shown(value.kind)}`);
  }
}

function reservedConcurrency(value: unknown): ReservedConcurrency {
  if (!isObject(value)) return refuse('an object such as {"incoming-call": 50}', value);
  const reservation = optional(wholeNumber(1, 1000, 'concurrent executions'));
  return fields<ReservedConcurrency>(value, {
    'incoming-call': reservation,
    'stream-connect': reservation,
    'recording-callback': reservation,
    'recording-play': reservation,
  });
}

/** A hundred years: the most that Object Lock takes (https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lock-managing.html). */
const LONGEST_DAYS = 36_500;

function customDomain(value: unknown): CustomDomainOption {
  if (!isObject(value)) {
    return refuse('an object such as {"name": "calls.example.com", "certificateArn": "arn:aws:acm:…"}', value);
  }
  return fields<CustomDomainOption>(value, {
    name: orToken(matching(/^([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)+[a-z]{2,}$/, 'a domain name in small letters')),
    certificateArn: arn('acm', 'certificate/…', /^certificate\/[\w-]+$/),
  });
}

function coldStorage(value: unknown): ColdStorage {
  if (!isObject(value)) return refuse('an object such as {"afterDays": 90, "storageClass": "GLACIER_IR"}', value);
  return fields<ColdStorage>(value, {
    afterDays: wholeNumber(1, LONGEST_DAYS, 'days'),
    storageClass: oneOf(COLD_STORAGE_CLASSES),
  });
}

function objectLock(value: unknown): ObjectLock {
  if (!isObject(value)) return refuse('an object such as {"mode": "GOVERNANCE", "days": 365}', value);
  return fields<ObjectLock>(value, {
    mode: oneOf<ObjectLock['mode']>(['GOVERNANCE', 'COMPLIANCE']),
    days: wholeNumber(1, LONGEST_DAYS, 'days'),
  });
}

/** The file is read and converted here already, so that what is wrong with it is reported with all the rest. */
function disclaimer(directory: string): Check<string> {
  return (value) => {
    if (typeof value !== 'string') return refuse('the path of a WAV file', value);
    const path = isAbsolute(value) ? value : resolve(directory, value);
    try {
      readDisclaimer(path);
    } catch (error) {
      if (!(error instanceof DisclaimerError)) throw error;
      throw new Unacceptable(error.message);
    }
    return path;
  };
}

/** The check of each option; relative paths start from `directory`. */
export function checksOfOptions(directory: string): Fields<CallRecorderConfiguration> {
  const why = "Twilio's copy never goes sooner than a day after the copy in S3 was verified";
  return {
    stage: matching(/^[a-z][a-z0-9-]{0,19}$/, 'a name of at most 20 small letters, digits and hyphens, a letter first'),
    afterDisclaimer,
    disclaimer: disclaimer(directory),
    foreignStreams: oneOf(FOREIGN_STREAMS),
    audioFormat: oneOf(AUDIO_FORMATS),
    keepAtTwilioHours: wholeNumber(24, 24 * 365, 'hours', why),
    deletions: oneOf(DELETIONS),
    events: oneOf(EVENTS),
    // https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_CreateEventBus.html
    eventBusName: matching(/^[/.\-_A-Za-z0-9]{1,256}$/, 'the name of an event bus, not its ARN'),
    playFromTwilio: oneOf(PLAY_FROM_TWILIO),
    webhookDomain: customDomain,
    streamDomain: customDomain,
    publicUrl: url({ protocol: 'https:', example: 'https://calls.example.com', path: true }),
    streamUrl: url({ protocol: 'wss:', example: 'wss://stream.example.com', path: true }),
    twilioRegion: matching(/^[a-z]{2}\d$/, 'a region of Twilio such as "ie1"'),
    twilioEdge: matching(/^[a-z]+(-[a-z]+)*$/, 'an edge of Twilio such as "dublin"'),
    // https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
    bucketName: orToken(matching(/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/, 'the name of a bucket')),
    kmsKeyArn: arn('kms', 'key/…', /^key\/[\w-]+$/),
    kmsKeyFor: listOf(oneOf(KMS_USES), `some of ${KMS_USES.map(shown).join(', ')}`),
    coldStorage: listOf(coldStorage, 'objects such as {"afterDays": 90, "storageClass": "GLACIER_IR"}'),
    expireAfterDays: wholeNumber(7, LONGEST_DAYS, 'days'),
    objectLock,
    alarmEmail: matching(/^[^\s@]+@[^\s@]+\.[^\s@]+$/, 'an e-mail address'),
    alarmTopicArn: arn('sns', 'name', /^[\w-]+$/),
    reservedConcurrency,
    logRetentionDays: oneOfNumbers(LOG_RETENTION_DAYS, 'days'),
    removalPolicy: oneOf<'retain' | 'destroy'>(['retain', 'destroy']),
    createApiGatewayLogRole: trueOrFalse,
    recordingConcurrency: wholeNumber(2, 1000, 'recordings'),
    streamMessagesPerSecond: wholeNumber(100, 1_000_000, 'messages'),
  };
}
