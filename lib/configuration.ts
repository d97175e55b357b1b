/**
 * The owner's configuration: the one place where every option is documented.
 *
 * It is read from `call-recorder.config.json` at the root of the repository; another file can be named by
 * `cdk deploy --context config=other.json`. Every option has a default, so no file is needed to begin with.
 */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, isAbsolute, join, resolve } from 'node:path';
import {
  type AfterDisclaimer,
  DELETIONS,
  type Deletions,
  FOREIGN_STREAMS,
  type ForeignStreams,
  HTTP_PATHS,
  type Step,
} from '../lambdas/shared/contract.ts';
import {
  type Check,
  isObject,
  languageTag,
  matching,
  oneOf,
  oneOfNumbers,
  refuse,
  refuseUnknownKeys,
  telephoneNumber,
  text,
  trueOrFalse,
  Unacceptable,
  unknownKey,
  url,
  wholeNumber,
} from './configuration-checks.ts';
import { readDisclaimer } from './disclaimer.ts';

/** The steps that the public internet reaches, and that a flood of requests could therefore make expensive. */
export const PUBLIC_STEPS = ['incoming-call', 'stream-connect', 'recording-callback'] as const satisfies Step[];
export type PublicStep = (typeof PUBLIC_STEPS)[number];

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
   * application, unchanged; `{"kind": "say", "text": "…", "language": "en-US"}` speaks and hangs up. Default: a sentence.
   */
  readonly afterDisclaimer: AfterDisclaimer;
  /**
   * WAV file that each caller hears first, of any sample rate, width and number of channels, at most 60 s; relative to the
   * configuration file. Default: "Please note: this call is being recorded." in English.
   */
  readonly disclaimer: string;
  /**
   * Streams opened by TwiML that is not ours, in the same Twilio account: `refuse` them, `record-with-disclaimer`, or
   * `record-only`. Default `refuse`.
   */
  readonly foreignStreams: ForeignStreams;
  /** Hours that Twilio's copy is kept after the copy in S3 was verified; at least, and by default, 24. */
  readonly keepAtTwilioHours: number;
  /**
   * Deletions at Twilio: `on`, `paused` (they wait, and are made up for once it is `on` again) or `never` (every recording
   * stays at Twilio too). Default `on`.
   */
  readonly deletions: Deletions;
  /**
   * `https://…` of a custom domain whose API mapping leads to the HTTP API, without a trailing slash. Twilio's signatures are
   * checked over it, so it must be what Twilio is given. Default: the address that API Gateway assigns.
   */
  readonly publicUrl?: string;
  /** `wss://…` of a custom domain whose API mapping leads to the stream's API. Default: the address that API Gateway assigns. */
  readonly streamUrl?: string;
  /**
   * Base of Twilio's REST API. An account in another region needs edge **and** region, such as
   * `https://api.dublin.ie1.twilio.com`: calls of one region are unknown in any other. Default `https://api.twilio.com`.
   */
  readonly twilioApiUrl: string;
  /** Address that gets an e-mail for each alarm, once it has confirmed the subscription. Default: nobody is subscribed. */
  readonly alarmEmail?: string;
  /**
   * Reserved concurrency of the functions that the internet reaches, such as `{"incoming-call": 50}`: the limit to what a flood
   * can cost. A new account refuses any reservation while its own limit is still 10 or 50. Default: none reserved.
   */
  readonly reservedConcurrency: { readonly [step in PublicStep]?: number };
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
  /** Recordings that are being started at once, 2 to 1000. Twilio refuses too many requests at a time. Default 20. */
  readonly recordingConcurrency: number;
  /**
   * Messages of all streams together, a second, before API Gateway refuses some. Each call streams 50 while its disclaimer
   * plays. More than the account's own limit in the region has no effect: normally 10,000, but 2,500 in smaller regions such as
   * Milan or Cape Town. Default 10000.
   */
  readonly streamMessagesPerSecond: number;
}

/** Disclaimer that ships with the recorder. */
export const DEFAULT_DISCLAIMER = join(import.meta.dirname, 'disclaimer', 'disclaimer.wav');

/** What is used for options that the file leaves out. */
export const DEFAULT_CONFIGURATION: CallRecorderConfiguration = {
  stage: 'prod',
  afterDisclaimer: {
    kind: 'say',
    text: 'Thank you for calling. This line records calls. It has not been connected to anyone yet. Goodbye.',
  },
  disclaimer: DEFAULT_DISCLAIMER,
  foreignStreams: 'refuse',
  keepAtTwilioHours: 24,
  deletions: 'on',
  twilioApiUrl: 'https://api.twilio.com',
  reservedConcurrency: {},
  logRetentionDays: 90,
  removalPolicy: 'retain',
  createApiGatewayLogRole: true,
  recordingConcurrency: 20,
  streamMessagesPerSecond: 10_000,
};

/** Periods that CloudWatch Logs accepts (`RetentionInDays` of `AWS::Logs::LogGroup`), in days. */
const LOG_RETENTION_DAYS = [
  1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
];

/** All that is wrong with a configuration, one problem a line, each with what to do. */
export class ConfigurationError extends Error {
  override readonly name = 'ConfigurationError';
  readonly problems: readonly string[];

  constructor(file: string, problems: readonly string[]) {
    const count = problems.length === 1 ? 'a problem' : `${problems.length} problems`;
    super(`${file} has ${count}:\n${problems.map((problem) => `  - ${problem}`).join('\n')}`);
    this.problems = problems;
  }
}

function afterDisclaimer(value: unknown): AfterDisclaimer {
  const example = '{"kind": "dial", "number": "+14155550123"}';
  if (!isObject(value)) return refuse(`an object such as ${example}`, value);
  const field = <T>(name: string, check: Check<T>): T => within(name, check, value[name]);
  switch (value.kind) {
    case 'dial': {
      refuseUnknownKeys(value, ['kind', 'number', 'callerId']);
      const number = field('number', telephoneNumber);
      return value.callerId === undefined
        ? { kind: 'dial', number }
        : { kind: 'dial', number, callerId: field('callerId', telephoneNumber) };
    }
    case 'redirect':
      refuseUnknownKeys(value, ['kind', 'url']);
      return { kind: 'redirect', url: field('url', REDIRECT_URL) };
    case 'say': {
      refuseUnknownKeys(value, ['kind', 'text', 'language']);
      // Twilio's <Say> takes 4,096 characters, https://www.twilio.com/docs/voice/twiml/say
      const sentence = field('text', text(4096));
      return value.language === undefined
        ? { kind: 'say', text: sentence }
        : { kind: 'say', text: sentence, language: field('language', languageTag) };
    }
    default:
      return within('kind', oneOf(['dial', 'redirect', 'say']), value.kind) as never;
  }
}

const REDIRECT_URL = url({ protocol: 'https:', example: 'https://example.com/voice', path: true, query: true });

function within<T>(name: string, check: Check<T>, value: unknown): T {
  try {
    return check(value);
  } catch (error) {
    if (error instanceof Unacceptable) throw new Unacceptable(`${name} ${error.message}`);
    throw error;
  }
}

function reservedConcurrency(value: unknown): CallRecorderConfiguration['reservedConcurrency'] {
  if (!isObject(value)) return refuse('an object such as {"incoming-call": 50}', value);
  refuseUnknownKeys(value, PUBLIC_STEPS);
  const reservation = wholeNumber(1, 1000, 'concurrent executions');
  return Object.fromEntries(Object.entries(value).map(([step, number]) => [step, within(step, reservation, number)]));
}

/** The file is read and converted here already, so that what is wrong with it is reported with all the rest. */
function disclaimer(directory: string): Check<string> {
  return (value) => {
    if (typeof value !== 'string') return refuse('the path of a WAV file', value);
    const path = isAbsolute(value) ? value : resolve(directory, value);
    try {
      readDisclaimer(path);
    } catch (error) {
      throw new Unacceptable(error instanceof Error ? error.message : String(error));
    }
    return path;
  };
}

type Checks = { readonly [option in keyof Required<CallRecorderConfiguration>]: Check<unknown> };

function checksFor(directory: string): Checks {
  const why = ": Twilio's copy never goes sooner than a day after the copy in S3 was verified";
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
    removalPolicy: oneOf(['retain', 'destroy']),
    createApiGatewayLogRole: trueOrFalse,
    recordingConcurrency: wholeNumber(2, 1000, 'recordings'),
    streamMessagesPerSecond: wholeNumber(100, 1_000_000, 'messages'),
  };
}

/**
 * Checks what was parsed from a configuration file and fills in the defaults.
 *
 * @param file how messages name the file; relative paths in it start from its folder
 * @throws ConfigurationError with every problem there is
 */
export function checkConfiguration(value: unknown, file: string): CallRecorderConfiguration {
  if (!isObject(value)) throw new ConfigurationError(file, ['it must hold one JSON object: {"stage": "prod", …}']);
  const checks: { readonly [option: string]: Check<unknown> } = checksFor(dirname(resolve(file)));
  const problems: string[] = [];
  const checked: Record<string, unknown> = {};
  for (const [option, given] of Object.entries(value)) {
    const check = Object.hasOwn(checks, option) ? checks[option] : undefined;
    if (check === undefined) {
      problems.push(`unknown option ${unknownKey(option, Object.keys(checks))}`);
      continue;
    }
    try {
      checked[option] = check(given);
    } catch (error) {
      if (!(error instanceof Unacceptable)) throw error;
      problems.push(`${option}: ${error.message}`);
    }
  }
  // Every option in `checked` went through the check of its own name, so the types hold.
  const configuration = { ...DEFAULT_CONFIGURATION, ...(checked as Partial<CallRecorderConfiguration>) };
  problems.push(...loops(configuration));
  if (problems.length > 0) throw new ConfigurationError(file, problems);
  return configuration;
}

/** A call handed back to our own webhook would be asked for its disclaimer again and again. */
function loops({ afterDisclaimer: next, publicUrl }: CallRecorderConfiguration): string[] {
  return next.kind === 'redirect' && publicUrl !== undefined && next.url.startsWith(`${publicUrl}${HTTP_PATHS.voice}`)
    ? ['afterDisclaimer: url is this recorder itself; name the voice application that answers the call']
    : [];
}

/**
 * Reads and checks the configuration file.
 *
 * @param file path of the file
 * @param required whether the absence of the file is a problem; without it the defaults are used
 * @throws ConfigurationError with every problem there is
 */
export function readConfiguration(file: string, required: boolean): CallRecorderConfiguration {
  if (!existsSync(file)) {
    if (!required) return DEFAULT_CONFIGURATION;
    throw new ConfigurationError(file, ['there is no such file; correct the path given as --context config=…']);
  }
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    throw new ConfigurationError(file, [`it is not JSON: ${error instanceof Error ? error.message : String(error)}`]);
  }
  return checkConfiguration(value, file);
}
