/** The deployed functions, each with the environment that the template gives it, and stand-ins that note what they are asked. */
import { join } from 'node:path';
import { PutSecretValueCommand } from '@aws-sdk/client-secrets-manager';
import { ENVIRONMENT } from '../../lambdas/shared/contract/environment.ts';
import { ACCOUNT_ID, createAwsClients, REGION, startLocalAws } from '../../local/emulators/aws.ts';
import type { BusEvent } from '../../local/emulators/events-server.ts';
import { startGateway } from '../../local/gateway/gateway.ts';
import { type BackendUrls, redirectFunctions } from '../../local/system/backends.ts';
import { type Deployment, deploy } from '../../local/system/deployment.ts';
import { createStartup, type Startup } from '../../local/system/startup.ts';
import { type CloudAssembly, readCloudAssembly } from '../../local/template/assembly.ts';
import type { TwilioServerEvent } from '../../local/twilio/server/events.ts';
import { startTwilioServer } from '../../local/twilio/server/server.ts';
import { signedHeaders } from '../local/signed.ts';
import { type NotedRequest, type NotingProxyOptions, startNotingProxy } from './requests.ts';

export const CREDENTIALS = {
  accountSid: `AC${'a'.repeat(32)}`,
  authToken: 'the-auth-token-of-this-run',
  apiKeySid: `SK${'a'.repeat(32)}`,
  apiKeySecret: 'the-secret-of-the-key',
};
export const SECRET_ACCESS_KEY = 'the-secret-access-key-of-this-run';

export type StandIns = Awaited<ReturnType<typeof startStandIns>>;

/** What was asked of the stand-ins, and what they have told. */
class Notes {
  readonly requests: NotedRequest[] = [];
  readonly announced: BusEvent[] = [];
  readonly twilio: TwilioServerEvent[] = [];
  /** Backends that refuse whatever they are asked, as IAM refuses. */
  readonly refusing = new Set<NotedRequest['backend']>();
}

/** @param directory for their data */
export async function startStandIns(directory: string, assemblyDirectory: string) {
  const startup = createStartup((event) => {
    if (event.kind === 'problem') process.emitWarning(event.message);
  });
  const notes = new Notes();
  const signing = { region: REGION, secretAccessKey: SECRET_ACCESS_KEY };
  const openGateway = () => startGateway({ port: 0, accountId: ACCOUNT_ID, signing });
  const gateway = await startup.run('gateway', openGateway, (it) => it.close());
  const onEvent = (event: BusEvent) => notes.announced.push(event);
  const openAws = () => startLocalAws({ directory, secretAccessKey: SECRET_ACCESS_KEY, onEvent });
  const aws = await startup.run('AWS', openAws, (it) => it.close());
  const openTwilio = () =>
    startTwilioServer({
      ...{ port: 0, dataDirectory: join(directory, 'twilio'), credentials: CREDENTIALS, registrationDelay: () => 0 },
      onEvent: (event) => notes.twilio.push(event),
    });
  const twilio = await startup.run('Twilio', openTwilio, (it) => it.close());
  const openClients = () => createAwsClients(aws);
  const clients = await startup.run('clients', openClients, (it) => it.destroy());

  const assembly = readCloudAssembly(assemblyDirectory);
  const api = (): string => `${deployment.webSocket.id}/${deployment.webSocket.stage}`;
  const sign: NotingProxyOptions['sign'] = (url, request) =>
    signedHeaders(url, { ...request, secretAccessKey: SECRET_ACCESS_KEY });
  const connections = await note(startup, notes, { backend: 'connections', backendUrl: gateway.url, api, sign });
  const direct = { ...aws.endpoints, twilio: twilio.url };
  const urls = await noteAll(startup, notes, direct);
  const deployment = await putIntoEffect(assembly, { aws, clients, gateway, connections, direct, urls });
  const SecretString = JSON.stringify(CREDENTIALS);
  await clients.secretsmanager.send(new PutSecretValueCommand({ SecretId: deployment.secretId, SecretString }));
  return { startup, notes, aws, gateway, twilio, clients, assembly, deployment, urls };
}

interface Ground {
  readonly aws: Awaited<ReturnType<typeof startLocalAws>>;
  readonly clients: ReturnType<typeof createAwsClients>;
  readonly gateway: { readonly url: string };
  readonly connections: string;
  readonly direct: BackendUrls;
  readonly urls: BackendUrls;
}

/** What the template says goes for every variable; only Twilio's own address is another here. */
async function putIntoEffect(
  assembly: CloudAssembly,
  { aws, clients, gateway, connections, direct, urls }: Ground,
): Promise<Deployment> {
  const addresses = { gateway: gateway.url, public: gateway.url };
  const overrides = { [ENVIRONMENT.twilioApiUrl]: direct.twilio };
  const deployed = await deploy({ assembly, aws, clients, urls: addresses, overrides });
  const functions = redirectFunctions(deployed.functions, direct, urls).map((model) => {
    const { [ENVIRONMENT.connectionsUrl]: url, ...environment } = model.environment;
    const noted = url && { [ENVIRONMENT.connectionsUrl]: url.replace(gateway.url, connections) };
    return { ...model, environment: { ...environment, ...noted } };
  });
  return { ...deployed, functions };
}

async function note(
  startup: Startup,
  { requests, refusing }: Notes,
  options: Omit<NotingProxyOptions, 'onRequest'>,
): Promise<string> {
  const { backend } = options;
  const onRequest = (request: NotedRequest) => requests.push(request);
  const start = () => startNotingProxy({ ...options, onRequest, isRefused: () => refusing.has(backend) });
  return (await startup.run(`what notes requests to ${backend}`, start, (it) => it.close())).url;
}

async function noteAll(startup: Startup, notes: Notes, direct: BackendUrls): Promise<BackendUrls> {
  const urls: { -readonly [backend in keyof BackendUrls]: string } = { ...direct };
  for (const backend of Object.keys(direct) as (keyof BackendUrls)[]) {
    urls[backend] = await note(startup, notes, { backend, backendUrl: direct[backend] });
  }
  return urls;
}
