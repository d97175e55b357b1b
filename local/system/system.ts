import {
  GetSecretValueCommand,
  PutSecretValueCommand,
  ResourceNotFoundException,
} from '@aws-sdk/client-secrets-manager';
import type { TwilioCredentialsSecret } from '../../lambdas/shared/contract/credentials.ts';
import { ENVIRONMENT } from '../../lambdas/shared/contract/environment.ts';
import type { AwsClients } from '../emulators/aws.ts';
import { type Hosted, startHosted, toLocalCors } from '../hosted/hosted.ts';
import { readCloudAssembly } from '../template/assembly.ts';
import type { CorsModel } from '../template/cors.ts';
import { webSocketUrl } from '../template/local-urls.ts';
import { startFunctions, startTriggers, stepOf, usageOf } from '../triggers/invocations.ts';
import type { PlaceCallOptions } from '../twilio/server/server.ts';
import { type BackendUrls, redirectFunctions } from './backends.ts';
import { type Deployment, deploy } from './deployment.ts';
import { endpointsOf, publishEndpoints, removeEndpoints } from './endpoints.ts';
import { type Platform, startPlatform } from './platform.ts';
import { createStartup, type Startup } from './startup.ts';
import type { Emit, SystemOptions } from './system-options.ts';

export type { SystemEvent, SystemOptions } from './system-options.ts';

/** What is deployed, running on this machine. */
export type System = Awaited<ReturnType<typeof startParts>>;

/** Starts everything. If a part cannot start, the parts before it are ended, and the error says what is wrong. */
export async function startSystem(options: SystemOptions): Promise<System> {
  const emit: Emit = options.onEvent ?? (() => undefined);
  const startup = createStartup(emit);
  try {
    return await startParts(options, startup, emit);
  } catch (error) {
    await startup.stop();
    throw error;
  }
}

async function startParts(options: SystemOptions, startup: Startup, emit: Emit) {
  const platform = await startPlatform(options, startup, emit);
  const { gateway, publicUrl, aws, clients, twilio, requests } = platform;
  const deployed = await deployOnto(platform, options, startup);
  const { urls } = deployed;
  const hosted = await startHostedConsole(platform, deployed, options, startup);
  const deployment = hosted ? withCors(deployed.deployment, hosted.site.url) : deployed.deployment;
  const { scheduleSpeed, onInvoke, dataDirectory } = options;
  const parts = { startup, aws, deployment, emit };
  const functions = await startFunctions({ ...parts, urls, onInvoke });
  const { keysOf } = hosted ?? {};
  const started = await startTriggers({ ...parts, gateway, functions, publicUrl, scheduleSpeed, keysOf });

  const endpoints = endpointsOf(platform, deployment, hosted);
  const publish = () => publishEndpoints(dataDirectory, endpoints);
  await startup.run('endpoints', publish, () => removeEndpoints(dataDirectory));

  return {
    ...{ endpoints, deployment, aws, functions },
    /** Undefined where the configuration hosts no console. */
    hosted,
    /** For looking inside. */
    clients,
    /** Undefined where a real account is used. */
    twilio,
    /** A recording's audio as the simulated Twilio serves it to the functions. */
    audioAtTwilio: (recordingSid: string) => twilio?.openAudio(recordingSid, deployment.audioFormat),
    /** Places a call at the simulated Twilio. */
    async placeCall(call?: Omit<PlaceCallOptions, 'voiceUrl'>) {
      if (twilio === undefined) throw new Error('With a real Twilio account, dial its number.');
      const caller = call?.caller ?? options.callerFile;
      return twilio.placeCall({ ...call, voiceUrl: endpoints.voiceUrl, ...(caller === undefined ? {} : { caller }) });
    },
    /** What functions took since the system started. Steps in `except` are left out. */
    usage: (except: readonly string[] = []) => usageOf({ aws, deployment, functions, gateway, requests }, except),
    /** Logical ID of a step's function. */
    functionOfStep(step: string): string {
      const model = deployment.functions.find((candidate) => stepOf(candidate) === step);
      if (model === undefined) throw new Error(`The template has no function for the step ${step}.`);
      return model.logicalId;
    },
    /** Runs every schedule now, instead of waiting for its time. */
    runSchedules: () => started.runAll(),
    /** Ends everything, in order; what is under way gets 5 s. */
    stop: () => startup.stop(),
  };
}

async function startHostedConsole(
  { gateway, clients }: Platform,
  { deployment, urls }: { readonly deployment: Deployment; readonly urls: BackendUrls },
  { dataDirectory }: SystemOptions,
  startup: Startup,
): Promise<Hosted | undefined> {
  const model = deployment.hosted;
  const parts = { startup, deployment, dataDirectory, clients, s3Url: urls.s3, gatewayUrl: gateway.url };
  return model && startHosted({ ...parts, model });
}

/** The page has another address here than in the template. */
function withCors(deployment: Deployment, url: string): Deployment {
  const { hosted, http, functionUrls } = deployment;
  if (!hosted) return deployment;
  const local = <Model extends { readonly cors?: CorsModel | undefined }>(model: Model): Model => ({
    ...model,
    cors: toLocalCors(model.cors, hosted, url),
  });
  return { ...deployment, http: local(http), functionUrls: functionUrls.map(local) };
}

/** Deploys the app, and tells its functions where their backends are. */
async function deployOnto(
  { assemblyDirectory, aws, clients, gateway, publicUrl, twilioUrl, credentials }: Platform,
  options: SystemOptions,
  startup: Startup,
): Promise<{ deployment: Deployment; urls: BackendUrls }> {
  const deployed = await startup.run('deployment to the emulators', () =>
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
  await putSecret(clients, deployed.secretId, credentials);
  const direct = { ...aws.endpoints, twilio: twilioUrl };
  const { interpose } = options;
  const start = interpose && (() => interpose(direct));
  const { urls } = start
    ? await startup.run('proxies before the backends', start, (it) => it.close())
    : { urls: direct };
  return { deployment: { ...deployed, functions: redirectFunctions(deployed.functions, direct, urls) }, urls };
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
