/** What steps are built with: the recorder's names and settings, the resources that they share, and the sizes of their functions. */
import { Duration } from 'aws-cdk-lib';
import type { StreamApi } from '../apis/stream-api.ts';
import type { WebhookApi } from '../apis/webhook-api.ts';
import type { CallRecorderConfiguration } from '../configuration/options.ts';
import type { Console } from '../console/console.ts';
import type { Encryption } from '../storage/encryption.ts';
import type { Storage } from '../storage/storage.ts';
import type { Alarms } from '../watch/alarms.ts';
import type { LogsProps } from './step-lambda.ts';

/** The recorder's settings, and its resources that more than one step uses. */
export interface StepContext {
  readonly prefix: string;
  /** Folder that holds the steps' folders. */
  readonly lambdas: string;
  readonly configuration: CallRecorderConfiguration;
  readonly logs: LogsProps;
  readonly encryption: Encryption;
  readonly alarms: Alarms;
  readonly storage: Storage;
  readonly webhooks: WebhookApi;
  readonly stream: StreamApi;
  /** Absent where the console is not hosted. */
  readonly console: Console | undefined;
}

export const namesAndLogs = ({ prefix, lambdas, logs }: StepContext) => ({ prefix, lambdas, logs });

/** Twilio waits 15 s at most, its own retry included. A caller hears silence during a cold start, which more CPU shortens. */
export const webhookStep = (context: StepContext) => ({
  ...namesAndLogs(context),
  timeout: Duration.seconds(10),
  memory: 1024,
});

/** A worker sends a few requests to Twilio and AWS for each message. */
export const workerStep = (context: StepContext) => ({
  ...namesAndLogs(context),
  timeout: Duration.seconds(60),
  memory: 512,
  alarms: context.alarms,
  encryption: context.encryption,
});
