/** Where the system is that a command is about: a deployed stack, or one that runs on this machine. */
import type { Events } from '../../lambdas/shared/contract/settings.ts';

export const DEFAULT_STACK = 'call-recorder-prod';
export const DEFAULT_OUTPUTS = 'cdk-outputs.json';
export const DEFAULT_LOCAL = '.local';

export interface Place {
  readonly kind: 'stack' | 'local';
  /** For messages, such as `the stack call-recorder-prod`. */
  readonly title: string;
  /** Where the names of queues begin. */
  readonly prefix: string;
  readonly voiceUrl: string;
  readonly streamUrl: string;
  /** Where links play what is at Twilio only; absent where nothing is played from there. */
  readonly playUrl?: string;
  readonly secretId: string;
  /** Of the key of parties; absent where the place is older than it. */
  readonly partySecretId?: string;
  readonly table: string;
  /** Of the hosted console, where there is one: its address, and who may sign in. */
  readonly consoleUrl?: string;
  readonly userPoolId?: string;
  readonly bucket: string;
  readonly twilioApiUrl: string;
  /** Twilio is the local system's own, which calls the voice URL without any number. */
  readonly twilioIsSimulated: boolean;
  /** `on`, `paused` or `never`, where the place tells. */
  readonly deletions?: string;
  /** Names of what callers may hear instead of the stack's own disclaimer, where the place tells. */
  readonly disclaimers?: readonly string[];
  /** Whether changes of rows note what is to be announced. */
  readonly events: Events;
  readonly aws: AwsAccess;
  /** URLs by name; where they are absent, SQS is asked. */
  readonly queueUrls?: { readonly [name: string]: string };
  /** What to do when nothing answers there. */
  readonly ifSilent: string;
  /** The options that lead here, as they are typed behind a command: empty, or with a space before each. */
  readonly options: string;
}

/** How AWS is reached. All absent: as the AWS SDK finds it, by profile or environment. */
export interface AwsAccess {
  readonly region?: string;
  readonly credentials?: { readonly accessKeyId: string; readonly secretAccessKey: string };
  readonly endpoints?: { readonly [service in 'dynamodb' | 's3' | 'sqs' | 'secretsmanager']: string } & {
    /** Only where the console is hosted. */
    readonly cognito?: string;
  };
}
