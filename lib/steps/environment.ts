/** What the stack sets in the environment of the functions. */
import { DISCLAIMERS_FILE, type EnvironmentName, IN_FILE } from '../../lambdas/shared/contract/environment.ts';
import { NO_CANARY, NO_PLAY_URL } from '../../lambdas/shared/contract/settings.ts';
import { twilioApiUrl } from '../configuration/configuration.ts';
import { placeOf } from './after-disclaimer.ts';
import type { StepContext } from './context.ts';
import { playableFile, readDisclaimer } from './disclaimer.ts';
import type { Steps } from './steps.ts';

/** The variables of all functions; each gets those that its code reads. */
export function environmentOf(
  { configuration, storage, webhooks, stream }: StepContext,
  steps: Steps,
): { readonly [name in EnvironmentName]: string } {
  return {
    TABLE_NAME: storage.table.tableName,
    BUCKET_NAME: storage.bucket.bucketName,
    TWILIO_SECRET_ID: storage.secret.secretArn,
    PARTY_SECRET_ID: storage.partySecret.secretArn,
    RECORDING_START_QUEUE_URL: steps['recording-start'].queue.queueUrl,
    RECORDING_COPY_QUEUE_URL: steps['recording-copy'].queue.queueUrl,
    ERASE_QUEUE_URL: steps.erase.queue.queueUrl,
    RECORDING_DELETE_QUEUE_URL: steps['recording-delete'].queue.queueUrl,
    RECONCILE_QUEUE_URL: steps.reconcile.queue.queueUrl,
    PUBLIC_URL: configuration.publicUrl ?? webhooks.url,
    STREAM_URL: configuration.streamUrl ?? stream.url,
    CONNECTIONS_URL: stream.connectionsUrl,
    TWILIO_API_URL: twilioApiUrl(configuration),
    AFTER_DISCLAIMER: placeOf(configuration.afterDisclaimer).variable,
    START_BY: configuration.startBy,
    DISCLAIMER: playableFile(readDisclaimer(configuration.disclaimer)).name,
    DISCLAIMERS: IN_FILE + DISCLAIMERS_FILE,
    FOREIGN_STREAMS: configuration.foreignStreams,
    WITHOUT_STREAM: configuration.withoutStream,
    AUDIO_FORMAT: configuration.audioFormat,
    KEEP_AT_TWILIO_SECONDS: String(configuration.keepAtTwilioHours * 3600),
    DELETIONS: configuration.deletions,
    EVENTS: configuration.events,
    EVENT_BUS_NAME: configuration.eventBusName,
    STAGE: configuration.stage,
    CANARY: configuration.canary === undefined ? NO_CANARY : JSON.stringify(configuration.canary),
    PLAY_URL: steps['recording-play'].url ?? NO_PLAY_URL,
  };
}
