/**
 * What a step runs on: the only file that reads the environment.
 *
 * Everything is read and checked while the environment starts, so that a mistake shows at once and with all its parts.
 */
import * as v from 'valibot';
import { ENVIRONMENT_OF_STEP, type EnvironmentName, IN_FILE } from './contract/environment.ts';
import {
  AUDIO_FORMATS,
  type Canary,
  DELETIONS,
  EVENTS,
  FOREIGN_STREAMS,
  NO_CANARY,
  NO_PLAY_URL,
  REDIRECT_METHODS,
  START_BY,
  WITHOUT_STREAM,
} from './contract/settings.ts';
import type { Step } from './contract/steps.ts';

const text = v.pipe(v.string(), v.nonEmpty());
const url = (...protocols: readonly string[]) =>
  v.pipe(
    text,
    v.check((value) => URL.canParse(value) && protocols.includes(new URL(value).protocol)),
    v.transform((value) => value.replace(/\/+$/, '')),
  );
const httpUrl = url('http:', 'https:');
const afterDisclaimer = v.variant('kind', [
  v.object({ kind: v.literal('dial'), number: text, callerId: v.exactOptional(v.string()) }),
  v.object({ kind: v.literal('redirect'), url: text, method: v.exactOptional(v.picklist(REDIRECT_METHODS)) }),
  v.object({ kind: v.literal('say'), text, language: v.exactOptional(v.string()) }),
]);

const canary = v.object({ from: text, to: text, everyMinutes: v.pipe(v.number(), v.minValue(1)) });

const soundFile = v.pipe(text, v.regex(/^[0-9a-f]{64}\.wav$/));

/** A variable: how it is read, and what an error message says that it must be. */
const variable = <Schema extends v.GenericSchema<string, unknown>>(mustBe: string, schema: Schema) => ({
  mustBe,
  schema,
});
const oneOf = <const Values extends readonly string[]>(values: Values) =>
  variable(`one of ${values.join(', ')}`, v.pipe(text, v.picklist(values)));

const VARIABLES = {
  TABLE_NAME: variable("the table's name", text),
  BUCKET_NAME: variable("the bucket's name", text),
  TWILIO_SECRET_ID: variable("the name or ARN of the secret with Twilio's credentials", text),
  PARTY_SECRET_ID: variable('the name or ARN of the secret with the key of parties', text),
  RECORDING_START_QUEUE_URL: variable("a queue's URL", httpUrl),
  RECORDING_COPY_QUEUE_URL: variable("a queue's URL", httpUrl),
  ERASE_QUEUE_URL: variable("a queue's URL", httpUrl),
  RECORDING_DELETE_QUEUE_URL: variable("a queue's URL", httpUrl),
  RECONCILE_QUEUE_URL: variable("a queue's URL", httpUrl),
  PUBLIC_URL: variable('an https URL without a slash at its end', httpUrl),
  STREAM_URL: variable('a wss URL', url('ws:', 'wss:')),
  CONNECTIONS_URL: variable('an https URL', httpUrl),
  TWILIO_API_URL: variable('an https URL, normally https://api.twilio.com', httpUrl),
  AFTER_DISCLAIMER: variable(
    'JSON of what follows the disclaimer: dial, redirect or say',
    v.pipe(text, v.parseJson(), afterDisclaimer),
  ),
  START_BY: oneOf(START_BY),
  DISCLAIMER: variable("the name of the disclaimer's file, <SHA-256>.wav", soundFile),
  DISCLAIMERS: variable(
    "JSON of the named disclaimers' files, by name",
    v.pipe(text, v.parseJson(), v.record(v.string(), soundFile)),
  ),
  FOREIGN_STREAMS: oneOf(FOREIGN_STREAMS),
  WITHOUT_STREAM: oneOf(WITHOUT_STREAM),
  AUDIO_FORMAT: oneOf(AUDIO_FORMATS),
  KEEP_AT_TWILIO_SECONDS: variable('whole seconds', v.pipe(text, v.regex(/^\d{1,9}$/), v.transform(Number))),
  DELETIONS: oneOf(DELETIONS),
  EVENTS: oneOf(EVENTS),
  EVENT_BUS_NAME: variable("the event bus's name", text),
  STAGE: variable("the deployment's stage", text),
  CANARY: variable(
    `JSON of the canary's numbers and minutes, or ${NO_CANARY}`,
    v.union([
      v.pipe(
        v.literal(NO_CANARY),
        v.transform((): Canary | undefined => undefined),
      ),
      v.pipe(text, v.parseJson(), canary),
    ]),
  ),
  PLAY_URL: variable(`an https URL, or ${NO_PLAY_URL}`, v.union([v.literal(NO_PLAY_URL), httpUrl])),
} satisfies { readonly [name in EnvironmentName]: { readonly mustBe: string; readonly schema: v.GenericSchema } };

/** The variables of one step, read. */
export type EnvironmentOf<S extends Step> = {
  readonly [Name in (typeof ENVIRONMENT_OF_STEP)[S][number]]: v.InferOutput<(typeof VARIABLES)[Name]['schema']>;
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
    const { mustBe, schema } = VARIABLES[name];
    const given = variables[name];
    const file = given?.startsWith(IN_FILE) ? given.slice(IN_FILE.length) : undefined;
    const value = file === undefined ? given : readFile(file);
    if (file !== undefined && value === undefined) {
      problems.push(`${name} names ${file}, which is not in the asset`);
      return [name, undefined];
    }
    const { success, output } = v.safeParse(schema, value);
    if (!success) problems.push(given ? `${name} must be ${mustBe}` : `${name} is missing (${mustBe})`);
    return [name, output];
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
