/** Takes in what Twilio says of a recording. Answers 2xx only once the table holds it. */

import { type HttpReply, refuseRequest, verifyWebhook, type WebhookDoor } from '../shared/entry/verified-webhook.ts';
import type { Clock, Randomness } from '../shared/ports/clock.ts';
import type { Queue, RecordingMessage } from '../shared/ports/queues.ts';
import type { Table } from '../shared/ports/table.ts';
import type { TwilioRest } from '../shared/ports/twilio.ts';
import { changeRow } from '../shared/rows/change-row.ts';
import { flagExtraRecordings } from '../shared/rows/extra-recordings.ts';
import { takeNews } from '../shared/rules/recording/recording.ts';
import type { RecordingRow } from '../shared/rules/table/rows.ts';
import { readRecordingCallback } from '../shared/rules/webhook/recording-callback.ts';
import type { WebhookRequest } from '../shared/rules/webhook/webhook.ts';

export interface RecordingCallbackDependencies extends WebhookDoor {
  readonly table: Table;
  readonly copyQueue: Queue<RecordingMessage>;
  readonly twilio: Pick<TwilioRest, 'urlOf'>;
  readonly clock: Clock;
  readonly randomness: Randomness;
}

/**
 * `POST /recording-callback`. Any order and number of callbacks leads to the same row. An error of the table leaves by
 * way of a 500, which makes Twilio call again (`#rc=5&rp=all`).
 */
export async function recordingCallback(
  deps: RecordingCallbackDependencies,
  request: WebhookRequest,
): Promise<HttpReply> {
  const verified = await verifyWebhook(deps, request);
  if (!verified.ok) return verified.reply;

  const { accountSid } = verified.credentials;
  const reading = readRecordingCallback(verified.parameters, accountSid);
  if (!reading.ok) return refuseRequest(deps, request, { status: 400, reason: reading.reason });

  const { callSid, recordingSid } = reading.news;
  const news = { ...reading.news, twilioUrl: deps.twilio.urlOf(accountSid, recordingSid) };
  const { row, changed } = await changeRow(deps, { kind: 'recording', callSid, recordingSid }, (known) =>
    takeNews(known, news, deps.clock.now()),
  );
  if (changed && row) await announce(deps, row, news.status);
  return { statusCode: 204 };
}

/** All that follows the durable note; whatever fails here, `sweep` finds by the row. */
async function announce(deps: RecordingCallbackDependencies, row: RecordingRow, status: string): Promise<void> {
  // Nothing follows while a recording has only begun; whether it is an extra one is looked at when it ends.
  if (status === 'in-progress') return;
  const { log } = deps;
  const { callSid, recordingSid } = row;
  if (status === 'completed') {
    log.count('RecordingCompleted');
    log.info('Recording SID captured', { event: 'recording_sid_captured', callSid, recordingSid });
    try {
      await deps.copyQueue.send({ callSid, recordingSid });
    } catch (error) {
      log.warn('The copy could not be queued, the sweep will', {
        event: 'copy_not_queued',
        callSid,
        recordingSid,
        error,
      });
    }
  }
  if (status === 'absent' || status === 'failed') {
    log.count(status === 'absent' ? 'RecordingAbsent' : 'RecordingFailed');
    log.warn('Twilio made no audio', {
      event: `recording_${status}`,
      callSid,
      recordingSid,
      code: row.errorCode,
    });
  }
  try {
    await flagExtraRecordings(deps, callSid);
  } catch (error) {
    log.warn('Extra recordings could not be looked for', { event: 'extra_not_checked', callSid, error });
  }
}
