/** The hosted console on this machine: its page, its sign-in and its users, each on a port of its own. */
import { generateKeyPairSync, randomUUID } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PutBucketCorsCommand } from '@aws-sdk/client-s3';
import { type PoolUser, UserPoolModel } from '../../sim/aws/user-pool.ts';
import type { AwsClients } from '../emulators/aws.ts';
import type { KeysOf } from '../gateway/jwt-authorizer.ts';
import { writeJsonAtomically } from '../system/atomic-file.ts';
import type { Deployment } from '../system/deployment.ts';
import type { Startup } from '../system/startup.ts';
import type { CorsModel } from '../template/cors.ts';
import { toLocalUrls } from '../template/local-urls.ts';
import type { HostedModel } from './model.ts';
import { startSignIn } from './sign-in.ts';
import { startSite } from './site.ts';
import { startUserPoolServer } from './user-pool-server.ts';

export type Hosted = Awaited<ReturnType<typeof startHosted>>;

interface HostedOptions {
  readonly startup: Startup;
  readonly deployment: Deployment;
  readonly model: HostedModel;
  readonly dataDirectory: string;
  readonly clients: AwsClients;
  /** Where functions, and so links, reach S3. */
  readonly s3Url: string;
  readonly gatewayUrl: string;
}

export async function startHosted(options: HostedOptions) {
  const { startup, deployment, model, dataDirectory, gatewayUrl } = options;
  const site = await startup.run('page of the console', startSite, (it) => it.close());
  const signIn = await startup.run('sign-in', startSignIn, (it) => it.close());
  const file = join(dataDirectory, 'console-users.json');
  const pool = openPool(file, model, (text) => withSite(text, model, site.url));
  const onChange = () => writeJsonAtomically(file, { users: pool.users(), groups: pool.groups() });
  const startUsers = () => startUserPoolServer({ pool, poolId: model.poolId, onChange });
  const users = await startup.run('users of the console', startUsers, (it) => it.close());
  const { http, webSocket } = deployment;
  const local = (text: string) => {
    const ofAws = toLocalUrls(text, [http, webSocket], { gateway: gatewayUrl, public: gatewayUrl });
    const ofSignIn = ofAws.replaceAll(FUNCTION_URLS, gatewayUrl).replaceAll(model.signInUrl, signIn.url);
    return bucketHosts(deployment.bucketName).reduce(
      (before, host) => before.replaceAll(host, options.s3Url),
      ofSignIn,
    );
  };
  site.serve({
    headers: model.headers,
    files: new Map([...model.files].map(([name, text]) => [name, local(text)])),
  });
  signIn.serve(pool);
  await allowSite(options, site.url);
  const keysOf: KeysOf = (issuer) => (issuer === model.pool.issuer ? pool.keys() : []);
  return { site, pool, keysOf, poolId: model.poolId, usersUrl: users.url, signInUrl: signIn.url };
}

/** A policy that named one with its path here would allow nothing below it. */
const FUNCTION_URLS = /https:\/\/[a-z0-9]+\.lambda-url\.[a-z0-9-]+\.on\.aws/g;

/** The page's address as the template has it, on this machine. */
const withSite = (text: string, { origins }: HostedModel, url: string): string =>
  origins.reduce((before, origin) => before.replaceAll(origin, url), text);

/** Which pages may ask, with the page's address on this machine. */
export const toLocalCors = (cors: CorsModel | undefined, model: HostedModel, url: string): CorsModel | undefined =>
  cors && { ...cors, origins: cors.origins.map((origin) => withSite(origin, model, url)) };

/** The same users at each start; keys and sessions last as long as the system runs. */
function openPool(file: string, { pool, groups }: HostedModel, toSite: (text: string) => string): UserPoolModel {
  const kept = existsSync(file)
    ? (JSON.parse(readFileSync(file, 'utf8')) as {
        readonly users: readonly PoolUser[];
        readonly groups: readonly string[];
      })
    : { users: [], groups: [] };
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const settings = { ...pool, callbackUrls: pool.callbackUrls.map(toSite) };
  const newId = () => randomUUID();
  return new UserPoolModel({ ...settings, privateKey, now: Date.now, newId }, kept.users, [...groups, ...kept.groups]);
}

/** As links to S3 name the bucket in AWS. The emulator has it in the path. */
const bucketHosts = (bucket: string): readonly string[] => [
  `https://${bucket}.s3.us-east-1.amazonaws.com`,
  `https://s3.us-east-1.amazonaws.com/${bucket}/`,
];

async function allowSite({ clients, deployment, model }: HostedOptions, url: string): Promise<void> {
  const cors = toLocalCors(deployment.bucketCors, model, url);
  if (!cors) return;
  const { origins, methods, headers, exposed } = cors;
  const rule = {
    AllowedOrigins: [...origins],
    AllowedMethods: [...methods],
    AllowedHeaders: [...headers],
    ExposeHeaders: [...exposed],
  };
  await clients.s3.send(
    new PutBucketCorsCommand({ Bucket: deployment.bucketName, CORSConfiguration: { CORSRules: [rule] } }),
  );
}
