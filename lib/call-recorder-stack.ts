/** All that is deployed, in the order of a call. */
import { CfnOutput, Duration, Stack, Validations } from 'aws-cdk-lib';
import { Rule, Schedule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction as LambdaTarget } from 'aws-cdk-lib/aws-events-targets';
import type { Construct } from 'constructs';
import { DISCLAIMER_FILE, type EnvironmentName, HTTP_PATHS } from '../lambdas/shared/contract.ts';
import { Alarms } from './alarms.ts';
import { LAMBDAS } from './bundle.ts';
import type { CallRecorderConfiguration } from './configuration.ts';
import { readDisclaimer } from './disclaimer.ts';
import { QueuedFunction } from './queued-function.ts';
import { StepLambda } from './step-lambda.ts';
import { Storage } from './storage.ts';
import { StreamApi } from './stream-api.ts';
import { WebhookApi } from './webhook-api.ts';

export interface CallRecorderStackProps {
  readonly configuration: CallRecorderConfiguration;
  /** Folder that holds the steps' folders. Default: `lambdas/` of this repository. */
  readonly lambdas?: string;
}

/** Where a deployment's names begin: `call-recorder-<stage>`. */
export function prefixOf({ stage }: CallRecorderConfiguration): string {
  return `call-recorder-${stage}`;
}

export class CallRecorderStack extends Stack {
  constructor(scope: Construct, id: string, { configuration, lambdas = LAMBDAS }: CallRecorderStackProps) {
    const prefix = prefixOf(configuration);
    super(scope, id, { stackName: prefix, description: 'Records Twilio calls and keeps the recordings' });
    const { logRetentionDays, reservedConcurrency } = configuration;

    const alarms = new Alarms(this, 'Alarms', { prefix, email: configuration.alarmEmail });
    const storage = new Storage(this, 'Storage', { prefix, removalPolicy: configuration.removalPolicy });
    const webhooks = new WebhookApi(this, 'Webhooks', { prefix, logRetentionDays });
    const stream = new StreamApi(this, 'Stream', {
      prefix,
      stage: configuration.stage,
      logRetentionDays,
      createApiGatewayLogRole: configuration.createApiGatewayLogRole,
      messagesPerSecond: configuration.streamMessagesPerSecond,
    });

    const common = { prefix, lambdas, logRetentionDays };
    // Twilio waits 15 s at most, its own retry included. A caller hears nothing during a cold start, which is a matter of CPU.
    const webhook = { ...common, timeout: Duration.seconds(10), memory: 1024 };
    // No worker needs more than a few requests to Twilio and AWS for a message.
    const worker = { ...common, timeout: Duration.seconds(60), memory: 512, alarms };

    // A caller dials the number: Twilio asks what to do, and is told to stream the call, then what comes next.
    const incomingCall = new StepLambda(this, 'incoming-call', {
      ...webhook,
      reservedConcurrency: reservedConcurrency['incoming-call'],
    });
    webhooks.post(HTTP_PATHS.voice, incomingCall);
    storage.allowCredentials(incomingCall);
    alarms.onErrors(incomingCall, 'Callers hear an error of Twilio instead of the disclaimer.');
    alarms.onThrottles(incomingCall, 'Callers hear an error of Twilio instead of the disclaimer.');

    // Twilio opens the stream: the call is noted, its recording queued, the disclaimer played.
    const streamConnect = new StepLambda(this, 'stream-connect', {
      ...webhook,
      files: { [DISCLAIMER_FILE]: readDisclaimer(configuration.disclaimer) },
      reservedConcurrency: reservedConcurrency['stream-connect'],
    });
    stream.route(streamConnect);
    stream.allowConnections(streamConnect);
    storage.allowCredentials(streamConnect);
    storage.allowTable(streamConnect, ['GetItem', 'PutItem']);
    alarms.onErrors(streamConnect, 'Calls are not recorded, or callers do not hear the disclaimer.');
    alarms.onThrottles(streamConnect, 'Calls are not recorded, or callers do not hear the disclaimer.');

    // A second later the recording is started. Twilio may not know the call yet, so that a start may take many attempts.
    // An environment that dies keeps its message for six timeouts, in which nothing is recorded: so this one is short.
    const recordingStart = new QueuedFunction(this, 'recording-start', {
      ...worker,
      timeout: Duration.seconds(20),
      batchSize: 1,
      maxConcurrency: configuration.recordingConcurrency,
      maxReceiveCount: 50,
      whatBreaks: 'The recording of a call could not be started, for a reason that nobody foresaw.',
    });
    storage.allowCredentials(recordingStart);
    storage.allowTable(recordingStart, ['GetItem', 'PutItem', 'Query']);
    recordingStart.allowSending(streamConnect);

    // Twilio says that the recording is in progress, completed or absent: that is kept, then the copy is queued.
    const recordingCallback = new StepLambda(this, 'recording-callback', {
      ...webhook,
      reservedConcurrency: reservedConcurrency['recording-callback'],
    });
    webhooks.post(HTTP_PATHS.recordingCallback, recordingCallback);
    storage.allowCredentials(recordingCallback);
    storage.allowTable(recordingCallback, ['GetItem', 'PutItem', 'Query']);
    alarms.onErrors(recordingCallback, 'Finished recordings are noticed up to an hour late, by reconcile.');
    alarms.onThrottles(recordingCallback, 'Finished recordings are noticed up to an hour late, by reconcile.');

    // The recording is copied to S3. 2.8 GB, a whole day in two channels, must go through within Lambda's longest timeout.
    const recordingCopy = new QueuedFunction(this, 'recording-copy', {
      ...worker,
      timeout: Duration.minutes(15),
      memory: 1024,
      batchSize: 1,
      maxConcurrency: 10,
      maxReceiveCount: 10,
      whatBreaks: 'A recording could not be copied, for a reason that nobody foresaw: it is at Twilio only.',
    });
    storage.allowCredentials(recordingCopy);
    storage.allowTable(recordingCopy, ['GetItem', 'PutItem', 'Query']);
    storage.allowStoring(recordingCopy);
    recordingCopy.allowSending(recordingCallback);

    // A day later the copy is proven again, then Twilio's is deleted.
    const recordingDelete = new QueuedFunction(this, 'recording-delete', {
      ...worker,
      timeout: Duration.minutes(2),
      batchSize: 10,
      maxConcurrency: 2,
      maxReceiveCount: 10,
      whatBreaks:
        'A recording could not be deleted at Twilio, for a reason that nobody foresaw: it costs more, none is lost.',
    });
    storage.allowCredentials(recordingDelete);
    storage.allowTable(recordingDelete, ['GetItem', 'PutItem']);
    storage.allowProving(recordingDelete);

    // Every minute: whatever is due and lies on no queue is put there, calls that wait for their recording first of all.
    const sweep = new StepLambda(this, 'sweep', { ...worker, scheduled: true });
    this.every(Duration.minutes(1), sweep);
    storage.allowDueIndex(sweep);
    storage.allowTable(sweep, ['GetItem', 'PutItem']);
    for (const target of [recordingStart, recordingCopy, recordingDelete]) target.allowSending(sweep);
    alarms.onErrors(sweep, 'What a lost message or an outage left behind waits, and so do all deletions at Twilio.');
    alarms.onSilence(
      sweep,
      Duration.minutes(15),
      'Nothing sweeps: what was left behind waits, and so do all deletions.',
    );

    // Every hour: Twilio's own list of recordings is held against the table.
    const reconcile = new StepLambda(this, 'reconcile', { ...worker, timeout: Duration.minutes(5), scheduled: true });
    this.every(Duration.hours(1), reconcile);
    storage.allowCredentials(reconcile);
    storage.allowTable(reconcile, ['GetItem', 'PutItem', 'Query']);
    recordingCopy.allowSending(reconcile);
    alarms.onErrors(reconcile, 'Recordings whose callback never came are not found.');
    alarms.onSilence(
      reconcile,
      Duration.hours(3),
      'Nothing reconciles: recordings whose callback never came are not found.',
    );

    alarms.onMetrics();

    const environment: { readonly [name in EnvironmentName]: string } = {
      TABLE_NAME: storage.table.tableName,
      BUCKET_NAME: storage.bucket.bucketName,
      TWILIO_SECRET_ID: storage.secret.secretArn,
      RECORDING_START_QUEUE_URL: recordingStart.queue.queueUrl,
      RECORDING_COPY_QUEUE_URL: recordingCopy.queue.queueUrl,
      RECORDING_DELETE_QUEUE_URL: recordingDelete.queue.queueUrl,
      PUBLIC_URL: configuration.publicUrl ?? webhooks.url,
      STREAM_URL: configuration.streamUrl ?? stream.url,
      CONNECTIONS_URL: stream.connectionsUrl,
      TWILIO_API_URL: configuration.twilioApiUrl,
      AFTER_DISCLAIMER: JSON.stringify(configuration.afterDisclaimer),
      FOREIGN_STREAMS: configuration.foreignStreams,
      KEEP_AT_TWILIO_SECONDS: String(configuration.keepAtTwilioHours * 3600),
      DELETIONS: configuration.deletions,
    };
    for (const step of [
      incomingCall,
      streamConnect,
      recordingStart,
      recordingCallback,
      recordingCopy,
      recordingDelete,
      sweep,
      reconcile,
    ]) {
      step.setEnvironment(environment);
    }

    this.output(
      'VoiceUrl',
      `${environment.PUBLIC_URL}${HTTP_PATHS.voice}`,
      'Voice URL of your Twilio numbers (HTTP POST)',
    );
    this.output(
      'StreamUrl',
      environment.STREAM_URL,
      'For <Stream url> in TwiML of your own, where foreignStreams allows it',
    );
    this.output('SecretName', environment.TWILIO_SECRET_ID, 'Put the Twilio credentials here, as JSON');
    this.output('TableName', environment.TABLE_NAME, 'Calls and recordings');
    this.output('BucketName', environment.BUCKET_NAME, 'The audio of the recordings');
    this.output('TwilioApiUrl', environment.TWILIO_API_URL, "Base of Twilio's REST API");
    this.output('Deletions', environment.DELETIONS, "Whether Twilio's copies are deleted: on, paused or never");
  }

  /** Invokes a step again and again. A run that fails is not repeated, since the next does the same work. */
  private every(pause: Duration, step: StepLambda): void {
    const rule = new Rule(step, 'Schedule', {
      description: `Runs ${step.step}`,
      schedule: Schedule.rate(pause),
      targets: [new LambdaTarget(step.function, { retryAttempts: 0, maxEventAge: Duration.minutes(1) })],
    });
    Validations.of(rule).acknowledge({
      id: 'Serverless-EventBusDLQ',
      reason: 'The event says nothing but that it is time, which the next one says again; an alarm tells of silence.',
    });
  }

  private output(name: string, value: string, description: string): void {
    new CfnOutput(this, name, { value, description });
  }
}
