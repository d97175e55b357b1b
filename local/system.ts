import { join } from 'node:path';
import {
  GetSecretValueCommand,
  PutSecretValueCommand,
  ResourceNotFoundException,
} from '@aws-sdk/client-secrets-manager';
import { ENVIRONMENT, HTTP_PATHS, type TwilioCredentialsSecret } from '../lambdas/shared/contract.ts';
import { type Deployment, deploy } from './deployment.ts';
import { lockDirectory } from './directory-lock.ts';
import {
  ACCOUNT_ID,
  type AwsClients,
  createAwsClients,
  externalAws,
  type LocalAws,
  REGION,
  SECRET_ACCESS_KEY,
  startLocalAws,
} from './emulators/aws.ts';
import { describeEndpoints, type Endpoints, publishEndpoints, removeStaleEndpoints } from './endpoints.ts';
import { startEventSource } from './event-sources.ts';
import { type Gateway, startGateway } from './gateway/gateway.ts';
import type { InvocationResult, LogLine } from './lambda/environment.ts';
import { createFunctions, type Functions } from './lambda/functions.ts';
import type { LocalOptions } from './options.ts';
import { startSchedules } from './schedules.ts';
import { createSteps, type Steps } from './steps.ts';
import { synthesize } from './synthesize.ts';
import { readCloudAssembly } from './template/assembly.ts';
import { webSocketUrl } from './template/local-urls.ts';
import type { FunctionModel } from './template/model.ts';
import type { TwilioServerEvent } from './twilio/events.ts';
import { type PlaceCallOptions, type PlacedCall, startTwilioServer, type TwilioServer } from './twilio/server.ts';
import { openVoice } from './twilio/voice.ts';
import { simulatedTwilioCredentials } from './twilio-credentials.ts';
import { accessKeyIdOfStep, RequestCounter, type Usage } from './usage.ts';

/** What a running system tells. */
export type SystemEvent =
  | { readonly kind: 'log'; readonly step: string; readonly line: LogLine }
  | { readonly kind: 'twilio'; readonly event: TwilioServerEvent }
  | { readonly kind: 'started'; readonly label: string; readonly milliseconds: number }
  | { readonly kind: 'problem'; readonly message: string };

export interface SystemOptions extends Omit<LocalOptions, 'once'> {
  /** The repository. */
  readonly root: string;
  readonly onEvent?: (event: SystemEvent) => void;
  /** Milliseconds until Twilio's REST API knows a new call. */
  readonly registrationDelay?: () => number;
  /** How many times as fast as the template says schedules run; 1 unless somebody is waiting. */
  readonly scheduleSpeed?: number;
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
  /** Places a call at the simulated Twilio. */
  placeCall(options?: Omit<PlaceCallOptions, 'voiceUrl'>): Promise<PlacedCall>;
  /** What functions took since the system started. Steps in `except` are left out. */
  usage(except?: readonly string[]): Usage;
  /** Logical ID of a step's function. */
  functionOfStep(step: string): string;
  /** Ends everything, in order; what is under way gets 5 s. */
  stop(): Promise<void>;
}

const STOP_GRACE_MILLISECONDS = 5000;
const EVENT_SOURCE_ACCESS_KEY_ID = 'LOCALEVENTSOURCE';

/** Starts everything. If a part cannot start, the parts before it are ended, and the error says what is wrong. */
export async function startSystem(options: SystemOptions): Promise<System> {
  const emit = options.onEvent ?? (() => undefined);
  const onProblem = (message: string) => emit({ kind: 'problem', message });
  const steps = createSteps(onProblem, (label, milliseconds) => emit({ kind: 'started', label, milliseconds }));
  try {
    return await startParts(options, steps, emit, onProblem);
  } catch (error) {
    await steps.stop();
    throw error;
  }
}

async function startParts(
  options: SystemOptions,
  steps: Steps,
  emit: (event: SystemEvent) => void,
  onProblem: (message: string) => void,
): Promise<System> {
  const { dataDirectory: directory } = options;
  const requests = new RequestCounter();
  await steps.run(
    'directory',
    () => lockDirectory(directory),
    (lock) => lock.release(),
  );
  removeStaleEndpoints(directory);
  if (options.callerFile !== undefined) checkCaller(options.callerFile, directory);
  const gateway = await steps.run(
    'gateway',
    () => startGateway({ port: options.port, accountId: ACCOUNT_ID }),
    (it) => it.close(),
  );
  const publicUrl = options.publicUrl ?? gateway.url;

  const assemblyDirectory = join(directory, 'cloud-assembly');
  const [aws] = await settleBoth(
    steps.run(
      'AWS',
      () => startAws(options, requests, onProblem),
      (it) => it.close(),
    ),
    steps.run('synthesis', () => synthesize({ root: options.root, directory: assemblyDirectory })),
  );
  const { credentials, twilio } = await startTwilio(options, steps, emit);
  const clients = await steps.run(
    'AWS clients',
    () => createAwsClients(aws),
    (it) => it.destroy(),
  );
  const deployment = await steps.run('deployment', () =>
    deploy({
      assembly: readCloudAssembly(assemblyDirectory),
      aws,
      clients,
      urls: { gateway: gateway.url, public: publicUrl },
      overrides: {
        [ENVIRONMENT.publicUrl]: publicUrl,
        [ENVIRONMENT.streamUrl]: webSocketUrl(publicUrl),
        [ENVIRONMENT.twilioApiUrl]: twilio?.url ?? options.twilio?.apiUrl ?? '',
        [ENVIRONMENT.keepAtTwilioSeconds]: String(options.keepAtTwilioSeconds),
      },
    }),
  );
  await putSecret(clients, deployment.secretId, credentials);
  const functions = await startFunctions(deployment, aws, steps, emit);
  await connect({ options, steps, gateway, aws, deployment, functions, publicUrl, onProblem });
  const endpoints = describeEndpoints(
    {
      http: gateway.url,
      webSocket: webSocketUrl(gateway.url),
      publicUrl,
      voiceUrl: `${publicUrl}${HTTP_PATHS.voice}`,
      twilio: {
        url: twilio?.url ?? options.twilio?.apiUrl ?? '',
        simulated: twilio !== undefined,
        accountSid: credentials.accountSid,
        ...(twilio === undefined ? {} : { authToken: credentials.authToken }),
      },
    },
    aws,
    deployment,
  );
  await steps.run(
    'endpoints',
    () => publishEndpoints(directory, endpoints),
    (remove) => remove(),
  );

  return {
    endpoints,
    deployment,
    aws,
    clients,
    functions,
    twilio,
    async placeCall(call) {
      if (twilio === undefined) throw new Error('With a real Twilio account, dial its number.');
      const caller = call?.caller ?? options.callerFile;
      return twilio.placeCall({ ...call, voiceUrl: endpoints.voiceUrl, ...(caller === undefined ? {} : { caller }) });
    },
    usage: (except = []) => usageOf(deployment, aws, functions, requests, gateway, except),
    functionOfStep(step) {
      const model = deployment.functions.find((candidate) => stepOf(candidate) === step);
      if (model === undefined) throw new Error(`The template has no function for the step ${step}.`);
      return model.logicalId;
    },
    stop: () => steps.stop(),
  };
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
  requests: RequestCounter,
  onProblem: (message: string) => void,
): Promise<LocalAws> {
  if (options.awsEndpoint !== undefined) return externalAws(options.awsEndpoint);
  return startLocalAws({
    directory: join(options.dataDirectory, 'aws'),
    onRequest: (request) => requests.add(request),
    onProblem,
  });
}

async function startTwilio(options: SystemOptions, steps: Steps, emit: (event: SystemEvent) => void) {
  if (options.twilio !== undefined) {
    const { apiUrl: _, ...credentials } = options.twilio;
    return { credentials, twilio: undefined };
  }
  const credentials = simulatedTwilioCredentials(join(options.dataDirectory, 'twilio-credentials.json'));
  const twilio = await steps.run(
    'Twilio',
    () =>
      startTwilioServer({
        port: 0,
        dataDirectory: join(options.dataDirectory, 'twilio'),
        credentials,
        registrationDelay: options.registrationDelay ?? defaultRegistrationDelay,
        onEvent: (event) => emit({ kind: 'twilio', event }),
      }),
    (it) => it.close(),
  );
  return { credentials, twilio };
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

/** A function's step: the name by which it logs. */
function stepOf({ environment, logicalId }: FunctionModel): string {
  return environment.POWERTOOLS_SERVICE_NAME ?? logicalId;
}

function startFunctions(deployment: Deployment, aws: LocalAws, steps: Steps, emit: (event: SystemEvent) => void) {
  const steps_ = new Map(deployment.functions.map((model) => [model.logicalId, stepOf(model)]));
  const nameOf = (functionId: string) => steps_.get(functionId) ?? functionId;
  return steps.run(
    'functions',
    () =>
      createFunctions({
        functions: deployment.functions,
        region: REGION,
        variablesOf: (model) => ({
          AWS_ACCESS_KEY_ID: accessKeyIdOfStep(stepOf(model)),
          AWS_SECRET_ACCESS_KEY: SECRET_ACCESS_KEY,
          AWS_ENDPOINT_URL_DYNAMODB: aws.endpoints.dynamodb,
          AWS_ENDPOINT_URL_S3: aws.endpoints.s3,
          AWS_ENDPOINT_URL_SECRETS_MANAGER: aws.endpoints.secretsmanager,
          AWS_ENDPOINT_URL_SQS: aws.endpoints.sqs,
        }),
        onLog: (line) => emit({ kind: 'log', step: nameOf(line.functionId), line }),
        onInvoked: (functionId, result) => {
          if (!result.ok) emit({ kind: 'problem', message: failureOf(nameOf(functionId), result) });
        },
      }),
    (it) => it.close(),
  );
}

function failureOf(step: string, result: InvocationResult & { readonly ok: false }): string {
  return `${step} failed: ${result.error.errorType}: ${result.error.errorMessage}`;
}

interface Connecting {
  readonly options: SystemOptions;
  readonly steps: Steps;
  readonly gateway: Gateway;
  readonly aws: LocalAws;
  readonly deployment: Deployment;
  readonly functions: Functions;
  readonly publicUrl: string;
  readonly onProblem: (message: string) => void;
}

/** Whatever invokes a function: the APIs, the queues, the schedules. */
async function connect({ options, steps, gateway, aws, deployment, functions, publicUrl, onProblem }: Connecting) {
  const { http, webSocket } = deployment;
  gateway.serve({ http, webSocket, domainName: new URL(publicUrl).host, invoke: functions.invoke });
  const clients = await steps.run(
    'event source clients',
    () => createAwsClients(aws, EVENT_SOURCE_ACCESS_KEY_ID),
    (it) => it.destroy(),
  );
  await steps.run(
    'event sources',
    () =>
      deployment.eventSources.map((model) => {
        const queue = deployment.queues.get(model.queueId);
        if (queue === undefined) throw new Error(`${model.logicalId} has no queue.`);
        return startEventSource({
          model,
          queueUrl: queue.url,
          queueArn: queue.arn,
          region: REGION,
          sqs: clients.sqs,
          invoke: functions.invoke,
          onProblem,
        });
      }),
    async (sources) => {
      const stopping = Promise.all(sources.map((source) => source.stop()));
      // Whatever is not done by then is killed, as a crash would, and comes again at the next start.
      await Promise.race([stopping, new Promise((resolve) => setTimeout(resolve, STOP_GRACE_MILLISECONDS))]);
      await functions.close();
      await stopping;
    },
  );
  await steps.run(
    'schedules',
    () =>
      startSchedules({
        schedules: deployment.schedules,
        invoke: functions.invoke,
        region: REGION,
        accountId: ACCOUNT_ID,
        speed: options.scheduleSpeed,
        onProblem,
      }),
    (it) => it.stop(),
  );
}

function usageOf(
  deployment: Deployment,
  aws: LocalAws,
  functions: Functions,
  requests: RequestCounter,
  gateway: Gateway,
  except: readonly string[],
): Usage {
  const steps = deployment.functions.map((model) => ({ step: stepOf(model), functionId: model.logicalId }));
  const included = steps.filter(({ step }) => !except.includes(step));
  const keys = new Set(included.map(({ step }) => accessKeyIdOfStep(step)));
  const counts = functions.counts();
  return {
    awsRequests: aws.countsRequests ? requests.of((accessKeyId) => keys.has(accessKeyId)) : undefined,
    invocations: Object.fromEntries(included.map(({ step, functionId }) => [step, counts[functionId] ?? 0])),
    messages: gateway.messageCounts(),
  };
}
