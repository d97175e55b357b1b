import { rmSync } from 'node:fs';
import { join } from 'node:path';
import type { TwilioCredentialsSecret } from '../../lambdas/shared/contract/credentials.ts';
import { ENVIRONMENT } from '../../lambdas/shared/contract/environment.ts';
import { HTTP_PATHS } from '../../lambdas/shared/contract/http.ts';
import { NO_PLAY_URL } from '../../lambdas/shared/contract/settings.ts';
import { type LocalAws, PLATFORM_ACCESS_KEY_ID, REGION } from '../emulators/aws.ts';
import type { Hosted } from '../hosted/hosted.ts';
import { webSocketUrl } from '../template/local-urls.ts';
import { writeJsonAtomically } from './atomic-file.ts';
import type { Deployment } from './deployment.ts';

export type Endpoints = ReturnType<typeof endpointsOf>;

interface Reached {
  readonly gateway: { readonly url: string };
  readonly publicUrl: string;
  readonly aws: LocalAws;
  readonly twilioUrl: string;
  /** Undefined where a real account is used. */
  readonly twilio: object | undefined;
  readonly credentials: TwilioCredentialsSecret;
}

/** Where everything is reached while the system runs, for scripts and for the `aws` command. */
export function endpointsOf(
  reached: Reached,
  { functions, queues, ...deployed }: Deployment,
  hosted?: Pick<Hosted, 'site' | 'poolId' | 'usersUrl'>,
) {
  const { tableName, bucketName, secretId, partySecretId } = deployed;
  const { gateway, publicUrl, twilioUrl, twilio, credentials } = reached;
  const { secretAccessKey, endpoints } = reached.aws;
  const { accountSid, authToken } = credentials;
  const simulated = twilio !== undefined;
  return {
    /** `http://127.0.0.1:N` and `ws://127.0.0.1:N`. */
    http: gateway.url,
    webSocket: webSocketUrl(gateway.url),
    /** What Twilio is given; differs from `http` behind a tunnel. */
    publicUrl,
    voiceUrl: `${publicUrl}${HTTP_PATHS.voice}`,
    /** The token is that of the simulated Twilio only. */
    twilio: { url: twilioUrl, simulated, accountSid, ...(simulated && { authToken }) },
    aws: { region: REGION, accessKeyId: PLATFORM_ACCESS_KEY_ID, secretAccessKey, endpoints },
    /** Where links play what is at Twilio only, or `off`. */
    playUrl: functions.map(({ environment }) => environment[ENVIRONMENT.playUrl]).find(Boolean) ?? NO_PLAY_URL,
    table: tableName,
    bucket: bucketName,
    secret: secretId,
    /** The hosted console, and where its users are managed. */
    ...(hosted && { console: { url: hosted.site.url, userPoolId: hosted.poolId, usersUrl: hosted.usersUrl } }),
    /** The key of parties. */
    partySecret: partySecretId,
    /** URL by name. */
    queues: Object.fromEntries([...queues.values()].map(({ name, url }) => [name, url])),
  };
}

const fileIn = (directory: string): string => join(directory, 'endpoints.json');

/** Writes `DIR/endpoints.json`, which holds secrets, for its owner alone. */
export const publishEndpoints = (directory: string, endpoints: Endpoints): void =>
  writeJsonAtomically(fileIn(directory), endpoints);

/** A killed system leaves its file behind: it must not be taken for that of the next. */
export const removeEndpoints = (directory: string): void => rmSync(fileIn(directory), { force: true });
