/** The call recorder as a construct: all that is deployed, to stand in a stack of any CDK app. */
import { CfnOutput, Stack } from 'aws-cdk-lib';
import type { IUserPool } from 'aws-cdk-lib/aws-cognito';
import type { Table } from 'aws-cdk-lib/aws-dynamodb';
import type { IGrantable } from 'aws-cdk-lib/aws-iam';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import type { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import type { EnvironmentName } from '../lambdas/shared/contract/environment.ts';
import {
  AUDIT_ROUTE,
  ERASE_ROUTE,
  HOLD_ROUTES,
  HTTP_PATHS,
  LOOK_UP_ROUTES,
  RECORD_ROUTE,
} from '../lambdas/shared/contract/http.ts';
import { NO_DISCLAIMERS } from '../lambdas/shared/contract/settings.ts';
import { STEPS, type Step } from '../lambdas/shared/contract/steps.ts';
import { StreamApi } from './apis/stream-api.ts';
import { WebhookApi } from './apis/webhook-api.ts';
import { checkConfiguration } from './configuration/configuration.ts';
import { warnOfLimits, warnOfStart } from './configuration/limits.ts';
import type { CallRecorderConfiguration } from './configuration/options.ts';
import { Console, originOf } from './console/console.ts';
import type { StepContext } from './steps/context.ts';
import { environmentOf } from './steps/environment.ts';
import { createSteps, type Steps } from './steps/steps.ts';
import { LAMBDAS } from './steps/write-bundle.ts';
import { Encryption } from './storage/encryption.ts';
import { Storage } from './storage/storage.ts';
import { Alarms } from './watch/alarms.ts';
import { watchApis } from './watch/api-alarms.ts';
import { Dashboard } from './watch/dashboard.ts';
import { SavedQueries } from './watch/saved-queries.ts';

/** Options of {@link CallRecorder}: those of the configuration file, and what only a CDK app can give. */
export interface CallRecorderProps extends Partial<CallRecorderConfiguration> {
  /** Folder that holds the steps' folders, each with an `index.ts`. Default: `lambdas/` of this package. */
  readonly lambdas?: string;
}

/** What a DNS record must lead to: `name` as a CNAME, or both as an alias in Route 53. */
export interface DomainTarget {
  readonly name: string;
  readonly hostedZoneId: string;
}

/** Where a deployment's names begin: `call-recorder-<stage>`. */
export const prefixOf = ({ stage }: CallRecorderConfiguration): string => `call-recorder-${stage}`;

/**
 * Records the calls of Twilio numbers: HTTP and WebSocket API, functions, queues, table, bucket, secret and alarms.
 *
 * Two of them in one account and region need different {@link CallRecorderConfiguration.stage | stages}.
 *
 * @example
 * ```ts
 * const recorder = new CallRecorder(this, 'Recorder', { stage: 'sales', alarmEmail: 'on-call@example.com' });
 * recorder.bucket.grantRead(transcription);
 * recorder.addOutputs();
 * ```
 */
export class CallRecorder extends Construct {
  /** What the recorder was configured with, defaults filled in. */
  readonly configuration: CallRecorderConfiguration;
  /** `call-recorder-<stage>`, where the names of functions, queues, alarms and log groups begin. */
  readonly prefix: string;
  /** Calls and their recordings. */
  readonly table: Table;
  /** The audio of the recordings, under `recordings/`. */
  readonly bucket: IBucket;
  /** Twilio's credentials, to be filled in after the first deployment. */
  readonly secret: Secret;
  /** Alarms of the severity `page` go here. */
  readonly alarmTopic: ITopic;
  /** Alarms of the severity `notice` go here. */
  readonly noticeTopic: ITopic;
  /** Voice URL for Twilio numbers, to be called by POST. */
  readonly voiceUrl: string;
  /** For `<Stream url>` in TwiML of your own, where `foreignStreams` allows it. */
  readonly streamUrl: string;
  /** What the DNS record of `webhookDomain` must lead to; absent where there is none. */
  readonly webhookDomainTarget?: DomainTarget;
  /** What the DNS record of `streamDomain` must lead to; absent where there is none. */
  readonly streamDomainTarget?: DomainTarget;
  /** Address of the hosted console, without a trailing slash; absent where it is not hosted. */
  readonly consoleUrl?: string;
  /** Who may sign in there: add the company's own identity provider to it. */
  readonly consoleUsers?: IUserPool;
  private readonly steps: Steps;
  private readonly webhooks: WebhookApi;
  private readonly console: Console | undefined;
  private readonly environment: { readonly [name in EnvironmentName]: string };

  /** @throws {@link ConfigurationError} with every problem that the options have */
  constructor(scope: Construct, id: string, props: CallRecorderProps = {}) {
    super(scope, id);
    const { lambdas = LAMBDAS, ...options } = props;
    const configuration = checkConfiguration(options, `CallRecorder ${this.node.path}`, process.cwd());
    const prefix = prefixOf(configuration);
    this.configuration = configuration;
    this.prefix = prefix;

    warnOfLimits(this, configuration);
    warnOfStart(this, configuration);

    const encryption = new Encryption(this, 'Encryption', configuration);
    const logs = { retentionDays: configuration.logRetentionDays, encryptionKey: encryption.keyFor('logs') };
    const { console: hosted, removalPolicy } = configuration;
    const console = hosted && new Console(this, 'Console', { prefix, logs, removalPolicy, console: hosted });
    this.console = console;
    const consoleOrigin = console?.site.origin;
    const context: StepContext = {
      prefix,
      lambdas,
      configuration,
      logs,
      encryption,
      alarms: new Alarms(this, 'Alarms', { ...configuration, prefix, encryptionKey: encryption.keyFor('topic') }),
      storage: new Storage(this, 'Storage', { prefix, configuration, encryption, consoleOrigin }),
      console,
      webhooks: new WebhookApi(this, 'Webhooks', {
        ...{ prefix, logs },
        domain: configuration.webhookDomain,
        requestsPerSecond: configuration.webhooksPerSecond,
        consoleOrigin,
      }),
      stream: new StreamApi(this, 'Stream', { prefix, logs, configuration }),
    };
    this.webhooks = context.webhooks;
    this.steps = createSteps(this, context);
    context.alarms.onMetrics();
    watchApis(context);
    new Dashboard(this, 'Watch', context, this.steps);
    new SavedQueries(this, 'Queries', { prefix, steps: this.steps });
    this.environment = environmentOf(context, this.steps);
    for (const step of STEPS) this.steps[step].setEnvironment(this.environment);
    const playUrl = this.steps['recording-play'].url;
    console?.deployPage({
      api: context.webhooks.url,
      audio: [context.storage.audioOrigin, ...(playUrl === undefined ? [] : [originOf(playUrl)])],
    });

    this.table = context.storage.table;
    this.bucket = context.storage.bucket;
    this.secret = context.storage.secret;
    this.alarmTopic = context.alarms.topics.page;
    this.noticeTopic = context.alarms.topics.notice;
    this.voiceUrl = `${this.environment.PUBLIC_URL}${HTTP_PATHS.voice}`;
    this.streamUrl = this.environment.STREAM_URL;
    if (context.webhooks.domain) this.webhookDomainTarget = context.webhooks.domain.target;
    if (context.stream.domain) this.streamDomainTarget = context.stream.domain.target;
    if (console) {
      this.consoleUrl = console.site.origin;
      this.consoleUsers = console.users.pool;
    }
  }

  /**
   * Allows a principal of this account to look up every call and recording (`GET /calls`, `GET /calls/{callSid}`,
   * `GET /recordings`), and to play and download them (`POST /calls/{callSid}/recordings/{recordingSid}/link`). Each use is in the audit.
   */
  grantLookUps(grantee: IGrantable): void {
    this.webhooks.grant(grantee, Object.values(LOOK_UP_ROUTES));
  }

  /** Allows a principal of this account to have live calls recorded (`POST /calls/{callSid}/recording`). */
  grantRecordCalls(grantee: IGrantable): void {
    this.webhooks.grant(grantee, [RECORD_ROUTE]);
  }

  /** Allows a principal of this account to have calls and recordings erased for good (`POST /calls/{callSid}/erasure`). */
  grantErasures(grantee: IGrantable): void {
    this.webhooks.grant(grantee, [ERASE_ROUTE]);
  }

  /** Allows a principal of this account to place calls on hold, release them and list them (`POST /calls/{callSid}/hold` and `/release`, `GET /holds`). */
  grantHolds(grantee: IGrantable): void {
    this.webhooks.grant(grantee, Object.values(HOLD_ROUTES));
  }

  /** Allows a principal of this account to read who looked up, played and downloaded what (`GET /audit`). */
  grantAudit(grantee: IGrantable): void {
    this.webhooks.grant(grantee, [AUDIT_ROUTE]);
  }

  /** The function of a step. */
  functionOf(step: Step): IFunction {
    return this.steps[step].function;
  }

  /**
   * Writes the stack's outputs that the operator's commands (`npm run recorder`) find the system by.
   *
   * @param scope - where the outputs stand; their names are the commands' only in a stack itself, which is the default
   */
  addOutputs(scope: Construct = Stack.of(this)): void {
    const output = (name: string, value: string | undefined, description: string) =>
      value === undefined ? undefined : new CfnOutput(scope, name, { value, description });
    const { environment } = this;
    output('Prefix', this.prefix, 'Where the names of functions, queues, alarms and log groups begin');
    output('VoiceUrl', this.voiceUrl, 'Voice URL of your Twilio numbers (HTTP POST)');
    output('StreamUrl', this.streamUrl, 'For <Stream url> in TwiML of your own, where foreignStreams allows it');
    output('SecretName', environment.TWILIO_SECRET_ID, 'Put the Twilio credentials here, as JSON');
    output('PartySecretName', environment.PARTY_SECRET_ID, 'Keys the HMACs of telephone numbers; generated, never set');
    output('TableName', environment.TABLE_NAME, 'Calls and recordings');
    output('BucketName', environment.BUCKET_NAME, 'The audio of the recordings');
    output('TwilioApiUrl', environment.TWILIO_API_URL, "Base of Twilio's REST API");
    output('WebhookDomainTarget', this.webhookDomainTarget?.name, 'Where the DNS record of webhookDomain must lead');
    output('StreamDomainTarget', this.streamDomainTarget?.name, 'Where the DNS record of streamDomain must lead');
    output('ConsoleUrl', this.consoleUrl, 'The console, for people who sign in');
    output('ConsoleDomainTarget', this.console?.site.domainTarget, 'Where the DNS record of console.domain must lead');
    output('UserPoolId', this.consoleUsers?.userPoolId, "Who may sign in; a company's identity provider is added here");
    output('Deletions', environment.DELETIONS, "Whether Twilio's copies are deleted: on, paused or never");
    output('PlayUrl', environment.PLAY_URL, 'Where links play what is at Twilio only, or off');
    output('Disclaimers', namesOf(this.configuration.disclaimers), 'Names that voice URLs may give, or - for none');
    output('Events', environment.EVENTS, 'Whether what happens is announced: on or off');
  }
}

/** Nothing where the names are more than an output has room for: then the commands do not check any. */
function namesOf(disclaimers: CallRecorderConfiguration['disclaimers']): string | undefined {
  const names = Object.keys(disclaimers).sort().join(',');
  return names.length > LONGEST_OUTPUT ? undefined : names || NO_DISCLAIMERS;
}

const LONGEST_OUTPUT = 1000;
