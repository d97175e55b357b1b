/** Finds the system that a command is about: by the outputs of a deployed stack, or by the file of a local system. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { NO_DISCLAIMERS, NO_PLAY_URL } from '../../lambdas/shared/contract/settings.ts';
import { described, EXIT, Problem, shellQuoted, whyFileFails } from '../command/problem.ts';
import { DEFAULT_LOCAL, DEFAULT_OUTPUTS, DEFAULT_STACK, type Place } from './place.ts';
import type { DescribedStack } from './stack-outputs.ts';

export interface PlaceOptions {
  readonly stack?: string | undefined;
  /** File of `cdk deploy --outputs-file`; absent: the default one, or CloudFormation where that does not know the stack. */
  readonly outputs?: string | undefined;
  /** Data directory of a local system. */
  readonly local?: string | undefined;
  readonly twilioApiUrl?: string | undefined;
}

const TWILIO_API_URL = 'https://api.twilio.com';

/** Whether CloudFormation is to be asked where the system is: no file tells. */
export function isDescribed({ stack = DEFAULT_STACK, outputs, local }: PlaceOptions): boolean {
  if (local !== undefined || outputs !== undefined) return false;
  return !existsSync(DEFAULT_OUTPUTS) || readJson(DEFAULT_OUTPUTS)[stack] === undefined;
}

/**
 * @param stack what CloudFormation says, where it was asked
 * @throws {Problem} that says what to do where the system cannot be found
 */
export function findPlace(options: PlaceOptions, stack?: DescribedStack): Place {
  return { ...locate(options, stack), options: asTyped(options) };
}

function locate(options: PlaceOptions, stack: DescribedStack | undefined): Located {
  const { local, outputs, twilioApiUrl } = options;
  if (local !== undefined) {
    if (options.stack === undefined && outputs === undefined) return readEndpoints(local, twilioApiUrl);
    throw new Problem('--local and --stack or --outputs exclude each other: name one place.', EXIT.usage);
  }
  const name = options.stack ?? DEFAULT_STACK;
  if (stack) return readOutputs(name, stack.outputs, 'The stack', { ...options, region: stack.region });
  const file = outputs ?? DEFAULT_OUTPUTS;
  return readOutputs(name, outputsIn(file, name), file, options);
}

type Located = Omit<Place, 'options'>;

function asTyped({ stack, outputs, local, twilioApiUrl }: PlaceOptions): string {
  const typed = (name: string, value: string | undefined) =>
    value === undefined ? '' : ` --${name} ${shellQuoted(value)}`;
  const directory = local === undefined || local === DEFAULT_LOCAL ? '' : `=${shellQuoted(local)}`;
  return [
    local === undefined ? '' : ` --local${directory}`,
    ...[typed('stack', stack), typed('outputs', outputs), typed('twilio-api-url', twilioApiUrl)],
  ].join('');
}

function outputsIn(file: string, stack: string): { readonly [name: string]: unknown } {
  const howTo =
    `Deploy with "npx cdk deploy --outputs-file ${file}", name the file of an earlier deployment by --outputs FILE, ` +
    'leave --outputs out to ask CloudFormation, or use --local for the system that "npm start" runs on this machine.';
  if (!existsSync(file)) throw new Problem(`There is no ${file}, which tells where ${stack} is. ${howTo}`);
  const stacks = readJson(file);
  const found = stacks[stack];
  if (isObject(found)) return found;
  const names = Object.keys(stacks).join(', ') || 'none';
  throw new Problem(`${file} has no stack ${stack}; it has: ${names}. Name one by --stack NAME. ${howTo}`);
}

function readOutputs(
  stack: string,
  found: { readonly [name: string]: unknown },
  source: string,
  { twilioApiUrl, region: known }: PlaceOptions & { readonly region?: string },
): Located {
  const text = reader(found, source, `Deploy ${stack} again to write it.`);
  const secretId = text('SecretName');
  // The secret's ARN tells the region; a secret by name leaves it to profile and environment.
  const [, region = known] = /^arn:[^:]+:secretsmanager:([a-z0-9-]+):/.exec(secretId) ?? [];
  const { Deletions: deletions, Disclaimers: disclaimers, Events: events } = found;
  const deployedApiUrl = typeof found.TwilioApiUrl === 'string' ? found.TwilioApiUrl : TWILIO_API_URL;
  return {
    kind: 'stack',
    title: `the stack ${stack}`,
    // A recorder that is a part of another app's stack has names of its own.
    prefix: typeof found.Prefix === 'string' ? found.Prefix : stack,
    voiceUrl: text('VoiceUrl'),
    streamUrl: text('StreamUrl'),
    ...playUrlOf(found.PlayUrl),
    ...consoleOf(found.ConsoleUrl, found.UserPoolId),
    secretId,
    ...(typeof found.PartySecretName === 'string' && { partySecretId: found.PartySecretName }),
    table: text('TableName'),
    bucket: text('BucketName'),
    twilioApiUrl: twilioApiUrl ?? deployedApiUrl,
    twilioIsSimulated: false,
    ...(typeof deletions === 'string' && { deletions }),
    ...(typeof disclaimers === 'string' && {
      disclaimers: disclaimers.split(',').filter((name) => name !== NO_DISCLAIMERS),
    }),
    events: events === 'off' ? 'off' : 'on',
    aws: { ...(region !== undefined && { region }) },
    ifSilent: `Is this machine online, and is ${stack} still deployed? If it was deployed anew, take its new outputs.`,
  };
}

function readEndpoints(directory: string, twilioApiUrl: string | undefined): Located {
  const file = join(directory, 'endpoints.json');
  const start = directory === DEFAULT_LOCAL ? 'npm start' : `npm start -- --data ${shellQuoted(directory)}`;
  const howTo = `Start it with "${start}" and leave it running, or name its data directory by --local=DIR.`;
  if (!existsSync(file)) throw new Problem(`No local system runs in ${directory} (there is no ${file}). ${howTo}`);
  const endpoints = readJson(file);
  const again = 'Stop the local system and start it again to write it.';
  const text = reader(endpoints, file, again);
  const twilio = isObject(endpoints.twilio) ? endpoints.twilio : {};
  const hosted = isObject(endpoints.console) ? endpoints.console : {};
  const aws = isObject(endpoints.aws) ? endpoints.aws : {};
  const awsText = reader(aws, `${file}: aws`, again);
  const services = reader(isObject(aws.endpoints) ? aws.endpoints : {}, `${file}: aws.endpoints`, again);
  const queueUrls = Object.fromEntries(
    Object.entries(isObject(endpoints.queues) ? endpoints.queues : {}).map(([name, url]) => [name, String(url)]),
  );
  const startQueue = Object.keys(queueUrls).find((name) => name.endsWith('-recording-start'));
  if (startQueue === undefined) throw new Problem(`${file} names no queue of recording-start. ${again}`);
  return {
    kind: 'local',
    title: `the local system in ${directory}`,
    prefix: startQueue.replace(/-recording-start$/, ''),
    voiceUrl: text('voiceUrl'),
    streamUrl: text('publicUrl').replace(/^http/, 'ws'),
    ...playUrlOf(endpoints.playUrl),
    ...consoleOf(hosted.url, hosted.userPoolId),
    secretId: text('secret'),
    ...(typeof endpoints.partySecret === 'string' && { partySecretId: endpoints.partySecret }),
    table: text('table'),
    bucket: text('bucket'),
    twilioApiUrl: twilioApiUrl ?? reader(twilio, `${file}: twilio`, again)('url'),
    twilioIsSimulated: twilio.simulated === true && twilioApiUrl === undefined,
    events: 'on',
    aws: {
      region: awsText('region'),
      credentials: { accessKeyId: awsText('accessKeyId'), secretAccessKey: awsText('secretAccessKey') },
      endpoints: {
        dynamodb: services('dynamodb'),
        s3: services('s3'),
        sqs: services('sqs'),
        secretsmanager: services('secretsmanager'),
        ...(typeof hosted.usersUrl === 'string' && { cognito: hosted.usersUrl }),
      },
    },
    queueUrls,
    ifSilent: `It is not running any more: ${file} was left behind. ${howTo}`,
  };
}

/** Stacks that were deployed before there was one do not tell. */
const playUrlOf = (found: unknown): { readonly playUrl?: string } =>
  typeof found === 'string' && found !== NO_PLAY_URL ? { playUrl: found.replace(/\/+$/, '') } : {};

/** Only where the console is hosted. */
const consoleOf = (url: unknown, poolId: unknown): { readonly consoleUrl?: string; readonly userPoolId?: string } =>
  typeof url === 'string' && typeof poolId === 'string' ? { consoleUrl: url, userPoolId: poolId } : {};

const isObject = (value: unknown): value is { readonly [name: string]: unknown } =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function readJson(file: string): { readonly [name: string]: unknown } {
  try {
    const value: unknown = JSON.parse(readFileSync(file, 'utf8'));
    if (isObject(value)) return value;
    throw new Error('it holds no JSON object');
  } catch (error) {
    throw new Problem(`${file} cannot be read: ${whyFileFails(error) ?? described(error).message}`);
  }
}

/** Reads texts that must be there. */
function reader(from: { readonly [name: string]: unknown }, file: string, howTo: string): (name: string) => string {
  return (name) => {
    const value = from[name];
    if (typeof value === 'string' && value !== '') return value;
    throw new Problem(`${file} has no ${name}. ${howTo}`);
  };
}
