import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { ENVIRONMENT } from '../../lambdas/shared/contract/environment.ts';
import { NO_PLAY_URL } from '../../lambdas/shared/contract/settings.ts';
import { type LocalAws, PLATFORM_ACCESS_KEY_ID, REGION } from '../emulators/aws.ts';
import { writeJsonAtomically } from './atomic-file.ts';
import type { Deployment } from './deployment.ts';

/** Where everything is reached while the system runs, for scripts and for the `aws` command. */
export interface Endpoints {
  /** `http://127.0.0.1:N` and `ws://127.0.0.1:N`. */
  readonly http: string;
  readonly webSocket: string;
  /** What Twilio is given; differs from `http` behind a tunnel. */
  readonly publicUrl: string;
  readonly voiceUrl: string;
  /** Where links play what is at Twilio only, or `off`. */
  readonly playUrl: string;
  readonly twilio: {
    readonly url: string;
    readonly simulated: boolean;
    readonly accountSid: string;
    /** Only the simulated Twilio's. */
    readonly authToken?: string;
  };
  readonly aws: {
    readonly region: string;
    readonly accessKeyId: string;
    readonly secretAccessKey: string;
    readonly endpoints: LocalAws['endpoints'];
  };
  readonly table: string;
  readonly bucket: string;
  readonly secret: string;
  /** URL by name. */
  readonly queues: { readonly [name: string]: string };
}

export type EndpointsOfApis = Pick<Endpoints, 'http' | 'webSocket' | 'publicUrl' | 'voiceUrl' | 'twilio'>;

export function describeEndpoints(apis: EndpointsOfApis, aws: LocalAws, deployment: Deployment): Endpoints {
  return {
    ...apis,
    aws: {
      region: REGION,
      accessKeyId: PLATFORM_ACCESS_KEY_ID,
      secretAccessKey: aws.secretAccessKey,
      endpoints: aws.endpoints,
    },
    playUrl:
      deployment.functions.map(({ environment }) => environment[ENVIRONMENT.playUrl]).find(Boolean) ?? NO_PLAY_URL,
    table: deployment.tableName,
    bucket: deployment.bucketName,
    secret: deployment.secretId,
    queues: Object.fromEntries([...deployment.queues.values()].map(({ name, url }) => [name, url])),
  };
}

const FILE = 'endpoints.json';

/** Writes `DIR/endpoints.json`, which holds secrets, for its owner alone; answers how to remove it. */
export function publishEndpoints(directory: string, endpoints: Endpoints): () => void {
  const file = join(directory, FILE);
  writeJsonAtomically(file, endpoints);
  return () => rmSync(file, { force: true });
}

/** A killed system leaves its file behind: it must not be taken for this one's. */
export function removeStaleEndpoints(directory: string): void {
  rmSync(join(directory, FILE), { force: true });
}
