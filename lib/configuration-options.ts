/** The check of each option of the configuration. What the options mean is documented in configuration.ts. */
import { isAbsolute, resolve } from 'node:path';
import { type AfterDisclaimer, DELETIONS, FOREIGN_STREAMS } from '../lambdas/shared/contract.ts';
import type { CallRecorderConfiguration } from './configuration.ts';
import {
  type Check,
  type Fields,
  fields,
  isObject,
  languageTag,
  matching,
  oneOf,
  oneOfNumbers,
  optional,
  refuse,
  shown,
  telephoneNumber,
  text,
  trueOrFalse,
  Unacceptable,
  url,
  wholeNumber,
} from './configuration-checks.ts';
import { DisclaimerError, readDisclaimer } from './disclaimer.ts';

type ReservedConcurrency = CallRecorderConfiguration['reservedConcurrency'];

/** Periods that CloudWatch Logs accepts (`RetentionInDays` of `AWS::Logs::LogGroup`), in days. */
const LOG_RETENTION_DAYS = [
  1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
];

const REDIRECT_URL = url({ protocol: 'https:', example: 'https://example.com/voice', path: true, query: true });

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
    stage: matching(/^[a-z][a-z0-9-]{0,19}$/, 'at most 20 small letters, digits and hyphens, a letter first'),
    afterDisclaimer,
    disclaimer: disclaimer(directory),
    foreignStreams: oneOf(FOREIGN_STREAMS),
    keepAtTwilioHours: wholeNumber(24, 24 * 365, 'hours', why),
    deletions: oneOf(DELETIONS),
    publicUrl: url({ protocol: 'https:', example: 'https://calls.example.com', path: true }),
    streamUrl: url({ protocol: 'wss:', example: 'wss://stream.example.com', path: true }),
    twilioApiUrl: url({ protocol: 'https:', example: 'https://api.twilio.com', path: false }),
    alarmEmail: matching(/^[^\s@]+@[^\s@]+\.[^\s@]+$/, 'an e-mail address'),
    reservedConcurrency,
    logRetentionDays: oneOfNumbers(LOG_RETENTION_DAYS, 'days'),
    removalPolicy: oneOf<'retain' | 'destroy'>(['retain', 'destroy']),
    createApiGatewayLogRole: trueOrFalse,
    recordingConcurrency: wholeNumber(2, 1000, 'recordings'),
    streamMessagesPerSecond: wholeNumber(100, 1_000_000, 'messages'),
  };
}
