/**
 * What a step runs on: the only file that reads the environment.
 *
 * Everything is read and checked while the environment starts, so that a mistake shows at once and with all its parts.
 */
import { ENVIRONMENT_OF_STEP, type EnvironmentName, IN_FILE } from './contract/environment.ts';
import {
  type AfterDisclaimer,
  AUDIO_FORMATS,
  DELETIONS,
  EVENTS,
  FOREIGN_STREAMS,
  NO_PLAY_URL,
} from './contract/settings.ts';
import type { Step } from './contract/steps.ts';
import { SECOND } from './rules/values/instant.ts';

type Reader<Value> = (text: string) => Value | undefined;

const text: Reader<string> = (value) => value;
const httpUrl: Reader<string> = (value) => urlOf(value, ['http:', 'https:']);
const streamUrl: Reader<string> = (value) => urlOf(value, ['ws:', 'wss:']);
const oneOf =
  <Value extends string>(values: readonly Value[]): Reader<Value> =>
  (value) =>
    values.find((known) => known === value);
/** Seconds in the environment, milliseconds in the code. */
const secondsAsMs: Reader<number> = (value) => (/^\d{1,9}$/.test(value) ? Number(value) * SECOND : undefined);

/** Every variable, what it must be, and how it is read. */
const READERS = {
  TABLE_NAME: { read: text, mustBe: "the table's name" },
  BUCKET_NAME: { read: text, mustBe: "the bucket's name" },
  TWILIO_SECRET_ID: { read: text, mustBe: "the name or ARN of the secret with Twilio's credentials" },
  RECORDING_START_QUEUE_URL: { read: httpUrl, mustBe: "a queue's URL" },
  RECORDING_COPY_QUEUE_URL: { read: httpUrl, mustBe: "a queue's URL" },
  RECORDING_DELETE_QUEUE_URL: { read: httpUrl, mustBe: "a queue's URL" },
  PUBLIC_URL: { read: httpUrl, mustBe: 'an https URL without a slash at its end' },
  STREAM_URL: { read: streamUrl, mustBe: 'a wss URL' },
  CONNECTIONS_URL: { read: httpUrl, mustBe: 'an https URL' },
  TWILIO_API_URL: { read: httpUrl, mustBe: 'an https URL, normally https://api.twilio.com' },
  AFTER_DISCLAIMER: { read: readAfterDisclaimer, mustBe: 'JSON of what follows the disclaimer: dial, redirect or say' },
  FOREIGN_STREAMS: { read: oneOf(FOREIGN_STREAMS), mustBe: `one of ${FOREIGN_STREAMS.join(', ')}` },
  AUDIO_FORMAT: { read: oneOf(AUDIO_FORMATS), mustBe: `one of ${AUDIO_FORMATS.join(', ')}` },
  KEEP_AT_TWILIO_SECONDS: { read: secondsAsMs, mustBe: 'whole seconds' },
  DELETIONS: { read: oneOf(DELETIONS), mustBe: `one of ${DELETIONS.join(', ')}` },
  EVENTS: { read: oneOf(EVENTS), mustBe: `one of ${EVENTS.join(', ')}` },
  EVENT_BUS_NAME: { read: text, mustBe: "the event bus's name" },
  STAGE: { read: text, mustBe: "the deployment's stage" },
  PLAY_URL: { read: readPlayUrl, mustBe: `an https URL, or ${NO_PLAY_URL}` },
} satisfies { readonly [name in EnvironmentName]: { readonly read: Reader<unknown>; readonly mustBe: string } };

type ValueOf<Name extends EnvironmentName> = Exclude<ReturnType<(typeof READERS)[Name]['read']>, undefined>;

/** The variables of one step, read. `KEEP_AT_TWILIO_SECONDS` is in milliseconds. */
export type EnvironmentOf<S extends Step> = {
  readonly [Name in (typeof ENVIRONMENT_OF_STEP)[S][number]]: ValueOf<Name>;
};

/**
 * Reads the variables of a step.
 *
 * @param readFile gives the text of a file of the asset, where a value stands in one; `undefined` where there is no such file
 * @throws {Error} that names every missing and every malformed variable at once. Values are not quoted.
 */
export function readEnvironment<S extends Step>(
  step: S,
  variables: { readonly [name: string]: string | undefined } = process.env,
  readFile: (name: string) => string | undefined = () => undefined,
): EnvironmentOf<S> {
  const problems: string[] = [];
  const values = ENVIRONMENT_OF_STEP[step].map((name) => {
    const { read, mustBe } = READERS[name];
    const given = variables[name];
    if (given === undefined || given === '') {
      problems.push(`${name} is missing (${mustBe})`);
      return [name, undefined];
    }
    const file = given.startsWith(IN_FILE) ? given.slice(IN_FILE.length) : undefined;
    const text = file === undefined ? given : readFile(file);
    if (text === undefined) {
      problems.push(`${name} names ${file}, which is not in the asset`);
      return [name, undefined];
    }
    const value = read(text);
    if (value === undefined) problems.push(`${name} must be ${mustBe}`);
    return [name, value];
  });
  if (problems.length > 0) {
    throw new Error(`The environment of ${step} is wrong: ${problems.join('; ')}. Deploy the stack again to set it.`);
  }
  return Object.fromEntries(values) as EnvironmentOf<S>;
}

export interface AwsCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  /** Lambda always gives one. */
  readonly sessionToken?: string;
}

/**
 * The credentials of the function's role, as Lambda passes them.
 *
 * @see https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html#configuration-envvars-runtime
 * @throws {Error} that names what is missing
 */
export function awsCredentials(
  variables: { readonly [name: string]: string | undefined } = process.env,
): AwsCredentials {
  const { AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN } = variables;
  if (!AWS_ACCESS_KEY_ID || !AWS_SECRET_ACCESS_KEY) {
    throw new Error(
      'There are no AWS credentials: AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, which Lambda sets, must be given.',
    );
  }
  return {
    accessKeyId: AWS_ACCESS_KEY_ID,
    secretAccessKey: AWS_SECRET_ACCESS_KEY,
    ...(AWS_SESSION_TOKEN && { sessionToken: AWS_SESSION_TOKEN }),
  };
}

/** The folder that Lambda has unpacked the function's asset to. */
export const assetFolder = (): string => process.env.LAMBDA_TASK_ROOT ?? '.';

function urlOf(value: string, protocols: readonly string[]): string | undefined {
  return URL.canParse(value) && protocols.includes(new URL(value).protocol) ? value.replace(/\/+$/, '') : undefined;
}

function readPlayUrl(value: string): string | typeof NO_PLAY_URL | undefined {
  return value === NO_PLAY_URL ? value : httpUrl(value);
}

function readAfterDisclaimer(value: string): AfterDisclaimer | undefined {
  const isText = (field: unknown) => typeof field === 'string' && field !== '';
  try {
    const given = JSON.parse(value);
    if (given?.kind === 'dial' && isText(given.number)) return given;
    if (given?.kind === 'redirect' && isText(given.url)) return given;
    if (given?.kind === 'say' && isText(given.text)) return given;
    return undefined;
  } catch {
    return undefined;
  }
}
