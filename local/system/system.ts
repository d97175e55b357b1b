import { join } from 'node:path';
import type { Readable } from 'node:stream';
import {
  GetSecretValueCommand,
  PutSecretValueCommand,
  ResourceNotFoundException,
} from '@aws-sdk/client-secrets-manager';
import type { TwilioCredentialsSecret } from '../../lambdas/shared/contract/credentials.ts';
import { ENVIRONMENT } from '../../lambdas/shared/contract/environment.ts';
import { HTTP_PATHS } from '../../lambdas/shared/contract/http.ts';
import {
  ACCOUNT_ID,
  type AwsClients,
  createAwsClients,
  externalAws,
  type LocalAws,
  REGION,
  startLocalAws,
} from '../emulators/aws.ts';
import type { BusEvent } from '../emulators/events-server.ts';
import { secretAccessKeyOf } from '../emulators/secret-access-key.ts';
import { startGateway } from '../gateway/gateway.ts';
import type { LogLine } from '../lambda/environment.ts';
import type { Functions } from '../lambda/functions.ts';
import type { LocalOptions } from '../options.ts';
import { readCloudAssembly } from '../template/assembly.ts';
import { webSocketUrl } from '../template/local-urls.ts';
import { startFunctions, startTriggers, stepOf, usageOf } from '../triggers/invocations.ts';
import { openVoice } from '../twilio/audio/voice.ts';
import type { TwilioServerEvent } from '../twilio/server/events.ts';
import {
  type PlaceCallOptions,
  type PlacedCall,
  startTwilioServer,
  type TwilioServer,
} from '../twilio/server/server.ts';
import { type BackendUrls, type Interposed, redirectFunctions } from './backends.ts';
import { type Deployment, deploy } from './deployment.ts';
import { lockDirectory } from './directory-lock.ts';
import { describeEndpoints, type Endpoints, publishEndpoints, removeStaleEndpoints } from './endpoints.ts';
import { createSteps, type Steps } from './steps.ts';
import { synthesize } from './synthesize.ts';
import { simulatedTwilioCredentials } from './twilio-credentials.ts';
import { RequestCounter, type Usage } from './usage.ts';

/** What a running system tells. */
export type SystemEvent =
  | { readonly kind: 'log'; readonly step: string; readonly line: LogLine }
  | { readonly kind: 'twilio'; readonly event: TwilioServerEvent }
  /** The event bus has accepted what was announced. */
  | { readonly kind: 'announced'; readonly event: BusEvent }
  | { readonly kind: 'started'; readonly label: string; readonly milliseconds: number }
  | { readonly kind: 'problem'; readonly message: string };

export interface SystemOptions extends Omit<LocalOptions, 'once' | 'chaos'> {
  /** The repository. */
  readonly root: string;
  /** A cloud assembly that exists; otherwise the app is synthesized into the data directory. */
  readonly assemblyDirectory?: string;
  readonly onEvent?: (event: SystemEvent) => void;
  /** Milliseconds until the simulated Twilio's REST API knows a new call. */
  readonly registrationDelay?: () => number;
  /** How many times as fast as the template says schedules run; 1 unless somebody is waiting. */
  readonly scheduleSpeed?: number;
  /** Replaces the template's value in every function whose template has the variable. */
  readonly environment?: { readonly [variable: string]: string };
  /** Puts something between functions and their backends; the platform itself, and whoever looks inside, goes around it. */
  readonly interpose?: (direct: BackendUrls) => Promise<Interposed>;
  /** Called when an environment takes an event; `kill` ends it at once. What is answered is called when it is through. */
  readonly onInvoke?: (step: string, kill: () => void) => (() => void) | undefined;
}

/** What is deployed, running on this machine. */
export interface System {
  readonly endpoints: Endpoints;
  readonly deployment: Deployment;
  readonly aws: LocalAws;
  /** For looking inside. */
  readonly clients: AwsClients;
  readonly functions: Functions;
  /** Undefined where a real account is used. */
  readonly twilio: TwilioServer | undefined;
  /** A recording's audio as the simulated Twilio serves it to the functions. */
  audioAtTwilio(recordingSid: string): Readable | undefined;
  /** Places a call at the simulated Twilio. */
  placeCall(options?: Omit<PlaceCallOptions, 'voiceUrl'>): Promise<PlacedCall>;
  /** What functions took since the system started. Steps in `except` are left out. */
  usage(except?: readonly string[]): Usage;
  /** Logical ID of a step's function. */
  functionOfStep(step: string): string;
  /** Ends everything, in order; what is under way gets 5 s. */
  stop(): Promise<void>;
}

type Emit = (event: SystemEvent) => void;

/** Starts everything. If a part cannot start, the parts before it are ended, and the error says what is wrong. */
export async function startSystem(options: SystemOptions): Promise<System> {
  const emit: Emit = options.onEvent ?? (() => undefined);
  const steps = createSteps(
    (message) => emit({ kind: 'problem', message }),
    (label, milliseconds) => emit({ kind: 'started', label, milliseconds }),
  );
  try {
    return await startParts(options, steps, emit);
  } catch (error) {
    await steps.stop();
    throw error;
  }
}

async function startParts(options: SystemOptions, steps: Steps, emit: Emit): Promise<System> {
  const { dataDirectory: directory } = options;
  const onProblem = (message: string) => emit({ kind: 'problem', message });
  const requests = new RequestCounter();

  const lock = () => lockDirectory(directory);
  await steps.run('directory', lock, (it) => it.release());
  removeStaleEndpoints(directory);
  const secretAccessKey = secretAccessKeyOf(directory);
  if (options.callerFile !== undefined) checkCaller(options.callerFile, directory);
  const gateway = await steps.run(
    'gateway',
    () =>
      startGateway({
        ...{ port: options.port, accountId: ACCOUNT_ID },
        signing: { region: REGION, secretAccessKey },
      }),
    (it) => it.close(),
  );
  const publicUrl = options.publicUrl ?? gateway.url;

  const assemblyDirectory = options.assemblyDirectory ?? join(directory, 'cloud-assembly');
  const prepareAssembly = async () => {
    if (options.assemblyDirectory === undefined) await synthesize({ root: options.root, directory: assemblyDirectory });
  };
  const [aws] = await settleBoth(
    steps.run(
      'emulators of AWS',
      () => startAws(options, secretAccessKey, requests, emit),
      (it) => it.close(),
    ),
    steps.run('synthesis of the CDK app', prepareAssembly),
  );
  const { credentials, twilioUrl, twilio } = await startTwilio(options, steps, emit);
  const clients = await steps.run(
    'clients',
    () => createAwsClients(aws),
    (it) => it.destroy(),
  );
  const deployed = await steps.run('deployment to the emulators', () =>
    deploy({
      assembly: readCloudAssembly(assemblyDirectory),
      aws,
      clients,
      urls: { gateway: gateway.url, public: publicUrl },
      overrides: {
        [ENVIRONMENT.publicUrl]: publicUrl,
        [ENVIRONMENT.streamUrl]: webSocketUrl(publicUrl),
        [ENVIRONMENT.twilioApiUrl]: twilioUrl,
        [ENVIRONMENT.keepAtTwilioSeconds]: String(options.keepAtTwilioSeconds),
        ...options.environment,
      },
    }),
  );
  const direct = { ...aws.endpoints, twilio: twilioUrl };
  const urls = options.interpose === undefined ? direct : await interpose(options.interpose, direct, steps);
  const deployment = { ...deployed, functions: redirectFunctions(deployed.functions, direct, urls) };
  await putSecret(clients, deployment.secretId, credentials);
  const onLog = (step: string, line: LogLine) => emit({ kind: 'log', step, line });
  const { scheduleSpeed, onInvoke } = options;
  const functions = await startFunctions(deployment, aws, urls, steps, { onLog, onProblem, onInvoke });
  await startTriggers({ steps, gateway, aws, deployment, functions, publicUrl, scheduleSpeed, onProblem });

  const { accountSid, authToken } = credentials;
  const simulated = twilio !== undefined;
  const endpoints = describeEndpoints(
    {
      http: gateway.url,
      webSocket: webSocketUrl(gateway.url),
      publicUrl,
      voiceUrl: `${publicUrl}${HTTP_PATHS.voice}`,
      twilio: { url: twilioUrl, simulated, accountSid, ...(simulated ? { authToken } : {}) },
    },
    aws,
    deployment,
  );
  const publish = () => publishEndpoints(directory, endpoints);
  await steps.run('endpoints', publish, (remove) => remove());

  return {
    endpoints,
    deployment,
    aws,
    clients,
    functions,
    twilio,
    audioAtTwilio: (recordingSid) => twilio?.openAudio(recordingSid, deployment.audioFormat),
    async placeCall(call) {
      if (twilio === undefined) throw new Error('With a real Twilio account, dial its number.');
      const caller = call?.caller ?? options.callerFile;
      return twilio.placeCall({ ...call, voiceUrl: endpoints.voiceUrl, ...(caller === undefined ? {} : { caller }) });
    },
    usage: (except = []) => usageOf({ aws, deployment, functions, gateway, requests }, except),
    functionOfStep(step) {
      const model = deployment.functions.find((candidate) => stepOf(candidate) === step);
      if (model === undefined) throw new Error(`The template has no function for the step ${step}.`);
      return model.logicalId;
    },
    stop: () => steps.stop(),
  };
}

async function interpose(start: NonNullable<SystemOptions['interpose']>, direct: BackendUrls, steps: Steps) {
  const interposed = await steps.run(
    'what stands in between',
    () => start(direct),
    (it) => it.close(),
  );
  return interposed.urls;
}

/** Waits for both, also when one fails, so that nothing starts behind a shutdown's back. */
async function settleBoth<A, B>(a: Promise<A>, b: Promise<B>): Promise<[A, B]> {
  await Promise.allSettled([a, b]);
  return Promise.all([a, b]);
}

function checkCaller(file: string, directory: string): void {
  try {
    openVoice(file, join(directory, 'twilio', 'converted')).close();
  } catch (error) {
    throw new Error(`--caller: ${error instanceof Error ? error.message : String(error)}`);
  }
}

async function startAws(
  options: SystemOptions,
  secretAccessKey: string,
  requests: RequestCounter,
  emit: Emit,
): Promise<LocalAws> {
  if (options.awsEndpoint !== undefined) return externalAws(options.awsEndpoint, secretAccessKey);
  return startLocalAws({
    directory: join(options.dataDirectory, 'aws'),
    secretAccessKey,
    onRequest: (request) => requests.add(request),
    onProblem: (message) => emit({ kind: 'problem', message }),
    onEvent: (event) => emit({ kind: 'announced', event }),
  });
}

async function startTwilio(options: SystemOptions, steps: Steps, emit: Emit) {
  if (options.twilio !== undefined) {
    const { apiUrl, ...credentials } = options.twilio;
    return { credentials, twilioUrl: apiUrl, twilio: undefined };
  }
  const credentials = simulatedTwilioCredentials(join(options.dataDirectory, 'twilio-credentials.json'));
  const start = () =>
    startTwilioServer({
      port: 0,
      dataDirectory: join(options.dataDirectory, 'twilio'),
      credentials,
      registrationDelay: options.registrationDelay ?? defaultRegistrationDelay,
      onEvent: (event) => emit({ kind: 'twilio', event }),
    });
  const twilio = await steps.run('Twilio', start, (it) => it.close());
  return { credentials, twilioUrl: twilio.url, twilio };
}

/** Between 0.5 s and 2.5 s: some calls are known in time for the first attempt after 1 s, and some are not. */
function defaultRegistrationDelay(): number {
  return 500 + Math.random() * 2000;
}

/** Writes the secret only where it differs, so that starts do not pile up versions. */
async function putSecret(clients: AwsClients, SecretId: string, credentials: TwilioCredentialsSecret): Promise<void> {
  const SecretString = JSON.stringify(credentials);
  const current = await clients.secretsmanager.send(new GetSecretValueCommand({ SecretId })).catch((error: unknown) => {
    if (error instanceof ResourceNotFoundException) return undefined;
    throw error;
  });
  if (current?.SecretString === SecretString) return;
  await clients.secretsmanager.send(new PutSecretValueCommand({ SecretId, SecretString }));
}
