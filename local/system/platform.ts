/** What a deployment is put onto: the data directory, the gateway, AWS, and Twilio, simulated or real. */
import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TwilioCredentialsSecret } from '../../lambdas/shared/contract/credentials.ts';
import { ACCOUNT_ID, createAwsClients, externalAws, type LocalAws, REGION, startLocalAws } from '../emulators/aws.ts';
import { secretAccessKeyOf } from '../emulators/secret-access-key.ts';
import { startGateway } from '../gateway/gateway.ts';
import { openVoice } from '../twilio/audio/voice.ts';
import { startTwilioServer } from '../twilio/server/server.ts';
import { writeJsonAtomically } from './atomic-file.ts';
import { lockDirectory } from './directory-lock.ts';
import { removeEndpoints } from './endpoints.ts';
import { keepAssembly } from './kept-assembly.ts';
import type { Startup } from './startup.ts';
import type { Emit, SystemOptions } from './system-options.ts';
import { RequestCounter } from './usage.ts';

export type Platform = Awaited<ReturnType<typeof startPlatform>>;

export async function startPlatform(options: SystemOptions, startup: Startup, emit: Emit) {
  const { dataDirectory: directory, callerFile } = options;
  await startup.run(
    'directory',
    () => lockDirectory(directory),
    (it) => it.release(),
  );
  removeEndpoints(directory);
  if (callerFile !== undefined) checkCaller(callerFile, directory);

  const secretAccessKey = secretAccessKeyOf(directory);
  const signing = { region: REGION, secretAccessKey };
  const openGateway = () => startGateway({ port: options.port, accountId: ACCOUNT_ID, signing });
  const gateway = await startup.run('gateway', openGateway, (it) => it.close());

  const requests = new RequestCounter();
  const openAws = () => startAws(options, secretAccessKey, requests, emit);
  const [aws, assemblyDirectory] = await settleBoth(
    startup.run('emulators of AWS', openAws, (it) => it.close()),
    startup.run('synthesis of the CDK app', () => prepareAssembly(options)),
  );
  const twilio = await startTwilio(options, startup, emit);
  const clients = await startup.run(
    'clients',
    () => createAwsClients(aws),
    (it) => it.destroy(),
  );
  /** Where Twilio reaches the gateway: at a tunnel's address, or at its own. */
  const publicUrl = options.publicUrl ?? gateway.url;
  return { gateway, publicUrl, aws, requests, clients, assemblyDirectory, ...twilio };
}

async function prepareAssembly({ root, dataDirectory, assemblyDirectory }: SystemOptions): Promise<string> {
  if (assemblyDirectory !== undefined) return assemblyDirectory;
  const directory = join(dataDirectory, 'cloud-assembly');
  await keepAssembly({ root, directory });
  return directory;
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

/** Without a server of ours where a real account is used. */
async function startTwilio(options: SystemOptions, startup: Startup, emit: Emit) {
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
  const twilio = await startup.run('Twilio', start, (it) => it.close());
  return { credentials, twilioUrl: twilio.url, twilio };
}

/** Between 0.5 s and 2.5 s: some calls are known in time for the first attempt after 1 s, and some are not. */
function defaultRegistrationDelay(): number {
  return 500 + Math.random() * 2000;
}

/** The simulated Twilio's account: the same in every start, with secrets of this directory's own. */
function simulatedTwilioCredentials(file: string): TwilioCredentialsSecret {
  if (existsSync(file)) return JSON.parse(readFileSync(file, 'utf8')) as TwilioCredentialsSecret;
  const credentials: TwilioCredentialsSecret = {
    accountSid: `AC${'0'.repeat(32)}`,
    authToken: randomBytes(16).toString('hex'),
    apiKeySid: `SK${'0'.repeat(32)}`,
    apiKeySecret: randomBytes(16).toString('hex'),
  };
  writeJsonAtomically(file, credentials);
  return credentials;
}
